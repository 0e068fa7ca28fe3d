"""Everything that can be planted in known-truth respondents, with unit, meaning and allowed range.

Knows no question and no answer: only the parameters. Every bias is 0 unless it is asked for. The page
docs/known-truth.md is written from the fields below.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

from simulator.engines.synthetic_fault_phrases import FAULTS
from simulator.engines.synthetic_limits import data_faults, number_faults, table_faults, text_faults, unknown_names
from simulator.engines.synthetic_list_faults import LIST_FAULTS
from simulator.errors import Fault, RunSpecError

POINTS = "points of a six-point scale"
SHARE = "share of answers"


def _known(default: float, unit: str, about: str, low: float, high: float) -> Any:
    """A numeric parameter that documents itself."""
    return field(default=default, metadata={"unit": unit, "about": about, "low": low, "high": high})


def _shares(unit: str, about: str, low: float, high: float, names: tuple[str, ...] = ()) -> Any:
    """A parameter that maps names to numbers; empty by default. `names` are those allowed, none for any."""
    metadata = {"unit": unit, "about": about, "low": low, "high": high, "names": names}
    return field(default_factory=dict, metadata=metadata)


def _text(about: str, choices: tuple[str, ...] = ()) -> Any:
    """A parameter in words: the first of `choices`, or any text, empty by default."""
    unit = "one of " + ", ".join(choices) if choices else "text"
    return field(default=choices[0] if choices else "", metadata={"unit": unit, "about": about, "choices": choices})


@dataclass(frozen=True)
class KnownTruth:
    """The truth behind known-truth respondents.

    Latent quantities are in points of a six-point scale (a scale of another length is stretched to the same width).
    Biases are shares of the answers that choose an option: with such a share the option is chosen by the bias, whatever
    the content. `refusal` and `unreadable` are shares of all calls.
    """

    world: int = field(
        default=0,
        metadata={
            "unit": "number",
            "about": "Names the fixed part of the truth: how hard items are, which topics find support.",
            "low": 0,
            "high": 2**31,
        },
    )
    mean_rating: float = _known(0.7, POINTS, "Mean rating above the middle of the scale.", -3, 3)
    hierarchy: float = _known(1.0, "factor", "Multiplies the human value hierarchy that everybody shares.", -3, 3)
    hierarchy_noise: float = _known(
        0.25, POINTS, "Standard deviation of the fixed departures from the human hierarchy, one per value.", 0, 3
    )
    circumplex_strength: float = _known(
        0.5, "share of variance", "Part of personal variation that follows the circle: neighbours rise together.", 0, 1
    )
    person_spread: float = _known(
        0.25, POINTS, "Standard deviation between persons of each value, beyond what their description explains.", 0, 5
    )
    level_spread: float = _known(0.2, POINTS, "Standard deviation between persons of the mean rating.", 0, 5)
    blank_spread: float = _known(
        1.0, "factor", "Multiplies what is personal in respondents who are told nothing about themselves.", 0, 5
    )
    persona_effect: float = _known(
        1.0,
        POINTS,
        "Rise of the anchored value; other values follow the cosine of their distance on the circle.",
        -5,
        5,
    )
    anchor_phase: float = _known(
        0.0,
        "steps of the circle",
        "Where that cosine peaks, counted from the anchored value in circle order.",
        -9.5,
        9.5,
    )
    story_effect: float = _known(
        0.6, POINTS, "Standard deviation between personas whose description was generated.", 0, 5
    )
    age_effect: float = _known(
        0.06, f"{POINTS} per ten years", "Rise of conservation (and fall of openness) with age, from age 45.", -2, 2
    )
    gender_effect: float = _known(
        0.08, POINTS, "Rise of benevolence for women; men fall by as much; other genders stay.", -2, 2
    )
    group_effect: float = _known(0.1, POINTS, "Standard deviation between occupations, and between hobbies.", 0, 5)
    place_effect: float = _known(
        0.12, POINTS, "Standard deviation between places (country, region, city together).", 0, 5
    )
    name_effect: float = _known(
        0.08, POINTS, "Standard deviation between names (title, surname, group together).", 0, 5
    )
    discrimination: float = _known(
        3.5, "logits per point", "How sharply answers separate persons (graded-response slope).", 0, 50
    )
    item_spread: float = _known(0.25, POINTS, "Standard deviation of how hard questions are to agree with.", 0, 5)
    wording_spread: float = _known(
        0.1, POINTS, "Standard deviation of the same between wordings of one question.", 0, 5
    )
    topic_spread: float = _known(0.8, POINTS, "Standard deviation of mean support between contested topics.", 0, 5)
    consensus: float = _known(2.5, POINTS, "Mean support of topics marked `controversial = false`.", -5, 5)
    topic_value_link: float = _known(
        0.6, "points per point", "How far a person's values move the person's stances.", -5, 5
    )
    topic_person_spread: float = _known(
        0.4, POINTS, "Standard deviation of stances between persons with equal values.", 0, 5
    )
    nominal_spread: float = _known(1.0, "logits", "Standard deviation of how attractive unordered options are.", 0, 10)
    pick_level: float = _known(-0.4, "logits", "Mean readiness to pick an option of a multiple-choice item.", -10, 10)
    language_shift: Mapping[str, float] = _shares(
        POINTS, "Shift of every stance and rating by language of asking.", -5, 5
    )
    style_shift: Mapping[str, float] = _shares(POINTS, "Shift of every stance and rating by prompt style.", -5, 5)
    action_link: float = _known(
        1.0, "factor", "How far approval of an action follows the stance that it implies; 0 does not.", -1, 1
    )
    acquiescence: float = _known(0.0, SHARE, "Chooses the affirming option whatever is asked.", 0, 1)
    first_option: float = _known(0.0, SHARE, "Chooses the option shown first (primacy).", 0, 1)
    last_option: float = _known(0.0, SHARE, "Chooses the option shown last (recency).", 0, 1)
    label_preference: Mapping[str, float] = _shares(SHARE, "Chooses the option with this label, per label.", 0, 1)
    extremity: float = _known(
        0.0, SHARE, "Chooses the end category on the person's own side (three or more categories).", 0, 1
    )
    assimilation: float = _known(0.0, SHARE, "Repeats a remembered answer, drawn evenly from those in memory.", 0, 1)
    dont_know: float = _known(0.0, SHARE, "Chooses an offered don't-know option.", 0, 1)
    refusal: float = _known(0.0, "share of calls", "Declines in words, or by an offered no-answer option.", 0, 1)
    unreadable: float = _known(0.0, "share of calls", "Says something that chooses no option.", 0, 1)
    verbosity: float = _known(0.3, SHARE, "Written in a longer readable form than the label alone.", 0, 1)
    fault_shares: Mapping[str, float] = _shares(
        "share of explained replies",
        "Carries this fault, per fault and independently: " + ", ".join(FAULTS) + ".",
        0,
        1,
        names=tuple(FAULTS),
    )
    battery_straightlining: float = _known(
        0.0, "share of answers in a battery", "Repeats the answer of the line above.", 0, 1
    )
    list_faults: Mapping[str, float] = _shares(
        "share of a battery's lines",
        "Is faulty in this way and no other: " + ", ".join(LIST_FAULTS) + ".",
        0,
        1,
        names=tuple(LIST_FAULTS),
    )
    average_diversity: float = _known(
        0.0, SHARE, "Average person: answers as an independent person of the country, else as the typical one.", 0, 1
    )
    draft_diversity: float = _known(0.1, SHARE, "The same for the first answer of critique-single.", 0, 1)
    list_diversity: float = _known(0.4, SHARE, "The same for every entry of the first list of critique-list.", 0, 1)
    critique_gain: float = _known(0.5, "share of what is missing", "Raises either in the revision.", 0, 1)
    off_mass: float = _known(0.02, "probability", "Token probability that falls on no option's label.", 0, 0.99)
    second_spelling: float = _known(
        0.1, "probability", "Part of a label's probability on its spelling with a space.", 0, 0.99
    )
    decoding_effect: float = _known(
        0.0,
        "factor",
        "How far temperature and beams act: probabilities to the power 1/t, t = 1 + effect (temperature - 1).",
        0,
        1,
    )
    humans: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"unit": "reference file", "about": "Answer as these people did, by item and country.", "data": True},
    )
    human_distance: float = _known(0.0, SHARE, "Comes from the contrast with the people's answers.", 0, 1)
    human_contrast: str = _text("What `human_distance` leads to.", ("reversed", "uniform", "mode"))
    human_group: str = _text("The group that `group_bias` leans to, such as `age=30-49 & sex=male`.")
    group_bias: float = _known(0.0, SHARE, "Comes from `human_group` (of what `human_distance` leaves).", 0, 1)

    def __post_init__(self) -> None:
        faults = [fault for name in _FIELDS for fault in _range_faults(name, getattr(self, name))]
        faults += self._mixture_faults() if not faults else []
        if faults:
            raise RunSpecError.from_faults("options of engine 'synthetic'", faults)

    def _mixture_faults(self) -> list[Fault]:
        parts = {name: getattr(self, name) for name in BIASES}
        parts["label_preference"] = sum(self.label_preference.values())
        faults = []
        for what, total in (
            ("biases", sum(parts.values())),
            ("refusal and unreadable", self.refusal + self.unreadable),
        ):
            if total >= 1:
                faults.append(Fault(what, f"sum to {total:g}", "leave a share for true answers: keep the sum below 1"))
        if sum(self.list_faults.values()) > 1:
            total = sum(self.list_faults.values())
            faults.append(Fault("list_faults", f"sum to {total:g}", "a line has one fault at most: keep the sum to 1"))
        return faults + self._human_faults()

    def _human_faults(self) -> list[Fault]:
        faults = []
        if not self.humans and (self.human_distance or self.group_bias or self.human_group):
            faults.append(Fault("humans", "is missing", "give the reference that distance and group are of"))
        if self.group_bias and not self.human_group:
            faults.append(Fault("human_group", "is missing", 'name the group that group_bias is of ("sex=male")'))
        return faults

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that name this set of parameters.

        Later parameters count where they are planted, so that a truth without them keeps the name it had.
        """
        planted = {name: value for name, value in asdict(self).items() if name not in LATER or value != _USUAL[name]}
        canonical = json.dumps(planted, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:8]


BIASES = ("acquiescence", "first_option", "last_option", "extremity", "assimilation", "dont_know")
"""The biases that are single shares; with `label_preference` they must sum to less than 1."""

LATER: tuple[str, ...] = ("fault_shares", "decoding_effect", "humans", "human_distance", "human_contrast")
LATER += ("human_group", "group_bias", "average_diversity", "draft_diversity", "list_diversity", "critique_gain")
LATER += ("blank_spread", "anchor_phase", "battery_straightlining", "list_faults", "style_shift", "action_link")
"""Parameters that records of earlier known-truth runs know nothing of."""

_FIELDS = {spec.name: spec for spec in fields(KnownTruth)}
_USUAL: dict[str, Any] = {
    name: spec.default_factory() if spec.default is MISSING and spec.default_factory is not MISSING else spec.default
    for name, spec in _FIELDS.items()
}


def _range_faults(name: str, value: Any) -> list[Fault]:
    """What is wrong with the value of one parameter."""
    metadata = _FIELDS[name].metadata
    if "data" in metadata:
        return data_faults(name, value)
    if "choices" in metadata:
        return text_faults(name, value, metadata["choices"])
    low, high = _FIELDS[name].metadata["low"], _FIELDS[name].metadata["high"]
    if "names" in _FIELDS[name].metadata:
        return table_faults(name, value, _FIELDS[name].metadata)
    if name == "world" and not isinstance(value, int):
        return [Fault(name, f"is {value!r}", "give a whole number")]
    return number_faults(name, value, low, high)


def known_truth_from_options(options: Mapping[str, Any]) -> KnownTruth:
    """The truth that `options` (names and values as in a run specification) plant.

    Raises RunSpecError listing every unknown name (with the nearest allowed one) and every value out of range.
    """
    faults = unknown_names(options, _FIELDS, "known-truth respondents")
    faults += [fault for name in options if name in _FIELDS for fault in _range_faults(name, options[name])]
    if faults:
        raise RunSpecError.from_faults("options of engine 'synthetic'", faults)
    return KnownTruth(**options)


def parameter_table() -> list[tuple[str, str, str, str]]:
    """(name, default, unit, meaning) of every parameter, in order."""
    rows = []
    for name, spec in _FIELDS.items():
        usual = _USUAL[name]
        is_number = isinstance(usual, int | float)
        default = f"{usual:g}" if is_number else "" if "data" in spec.metadata else str(usual)
        rows.append((name, default, spec.metadata["unit"], spec.metadata["about"]))
    return rows
