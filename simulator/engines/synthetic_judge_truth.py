"""Everything that can be planted in a known-truth judge, and the agreement that follows from it exactly.

Knows no reply and no draw: only parameters, and what they imply for fault rates and for Fleiss kappa and
Krippendorff alpha of a panel. The page docs/known-truth.md is written from the fields below.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

from simulator.engines.synthetic_fault_phrases import FAULTS
from simulator.engines.synthetic_limits import number_faults, table_faults, unknown_names
from simulator.errors import Fault, RunSpecError

WHOSE = "options of engine 'synthetic_judge'"
LANGUAGE_TAGS = "language tags"


def _share(default: float, unit: str, about: str) -> Any:
    return field(default=default, metadata={"unit": unit, "about": about, "kind": "share"})


def _per_criterion(default: float, unit: str, about: str) -> Any:
    return field(default=default, metadata={"unit": unit, "about": about, "kind": "per criterion"})


@dataclass(frozen=True)
class KnownJudge:
    """The truth behind a known-truth judge.

    Verdicts come about in this order: `always`; else `position_bias`; else, in a language the judge does not read,
    chance; else the truth with the shares below. `unreadable` and `refusal` come off the top of all calls.
    """

    sensitivity: float | Mapping[str, float] = _per_criterion(
        0.9, "share of faulty replies", "Calls a fault a fault; one number, or one per criterion as in {cv = 0.7}."
    )
    specificity: float | Mapping[str, float] = _per_criterion(
        0.95, "share of sound replies", "Passes what is free of the fault; one number, or one per criterion."
    )
    accuracy: float = _share(0.9, "share of verdicts", "Stance: gives the true answer, else another one, evenly drawn.")
    abstain: float = _share(0.0, "share of verdicts", "Stance: abstains where it may, although the text leans.")
    repeatability: float = _share(
        0.5, "share of repeats", "Uses the draw of its first verdict on the same reply and criterion; else draws anew."
    )
    position_bias: float = _share(0.0, "share of verdicts", "Chooses the label shown first, whatever the reply says.")
    always: str = field(
        default="",
        metadata={
            "unit": "label",
            "about": 'Gives this verdict whatever is asked: a label, its word as shown, or "no" for a fault and "yes" '
            "for none.",
            "kind": "label",
        },
    )
    languages: tuple[str, ...] = field(
        default=(),
        metadata={
            "unit": LANGUAGE_TAGS,
            "about": "Languages that it reads, empty for all; in another one every label is as likely.",
            "kind": "languages",
        },
    )
    unreadable: float = _share(0.0, "share of calls", "Writes prose that comes to no verdict.")
    refusal: float = _share(0.0, "share of calls", "Declines to judge, in words.")

    def __post_init__(self) -> None:
        faults = [fault for name in _FIELDS for fault in _value_faults(name, getattr(self, name))]
        if not faults and self.unreadable + self.refusal >= 1:
            total = self.unreadable + self.refusal
            faults = [Fault("unreadable and refusal", f"sum to {total:g}", "leave a share for verdicts: below 1")]
        if faults:
            raise RunSpecError.from_faults(WHOSE, faults)
        object.__setattr__(self, "languages", tuple(self.languages))

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that name this set of parameters."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]

    def rates(self, criterion: str) -> Rates:
        """How often a fault, and a sound reply, is called a fault by this judge (position bias apart)."""
        if self.always:
            says_fault = float(ALIASES.get(self.always.casefold(), self.always.casefold()) == "fault")
            return Rates(says_fault, 1 - says_fault)
        return Rates(_of(self.sensitivity, criterion, "sensitivity"), _of(self.specificity, criterion, "specificity"))


class Rates(NamedTuple):
    """Share of true faults called a fault, and share of sound replies passed."""

    sensitivity: float
    specificity: float


ALIASES = {"no": "fault", "yes": "pass"}
"""The question of every fault is "is the reply free of it?", so yes means pass."""

_FIELDS = {spec.name: spec for spec in fields(KnownJudge)}


def _of(value: float | Mapping[str, float], criterion: str, name: str) -> float:
    if isinstance(value, Mapping):
        share: float = value.get(criterion, getattr(KnownJudge, name))
        return share
    return float(value)


def _value_faults(name: str, value: Any) -> list[Fault]:
    """What is wrong with the value of one parameter."""
    kind = _FIELDS[name].metadata["kind"]
    if kind == "label":
        return [] if isinstance(value, str) else [Fault(name, f"is {value!r}", 'give a label, as in "no"')]
    if kind == "languages":
        is_good = isinstance(value, list | tuple) and all(isinstance(tag, str) and tag for tag in value)
        return [] if is_good else [Fault(name, f"is {value!r}", 'give a list of tags, as in ["en", "zh"]')]
    if kind == "per criterion" and isinstance(value, Mapping):
        return table_faults(name, value, {"names": tuple(FAULTS), "low": 0, "high": 1})
    return number_faults(name, value, 0, 1)


def known_judge_from_options(options: Mapping[str, Any]) -> KnownJudge:
    """The judge that `options` (names and values as in a run specification) plant.

    Raises RunSpecError listing every unknown name (with the nearest allowed one) and every value out of range.
    """
    faults = unknown_names(options, _FIELDS, "known-truth judges")
    faults += [fault for name in options if name in _FIELDS for fault in _value_faults(name, options[name])]
    if faults:
        raise RunSpecError.from_faults(WHOSE, faults)
    return KnownJudge(**options)


def judge_parameter_table() -> list[tuple[str, str, str, str]]:
    """(name, default, unit, meaning) of every parameter, in order."""
    return [
        (name, _shown(spec.default), spec.metadata["unit"], spec.metadata["about"]) for name, spec in _FIELDS.items()
    ]


def _shown(default: Any) -> str:
    if isinstance(default, float):
        return f"{default:g}"
    return '""' if default == "" else "[]"


# What follows from the parameters -------------------------------------------------------------------------------------


class ExpectedAgreement(NamedTuple):
    """What a panel's verdicts tend to as replies grow many: the shares of pairs that agree, and what chance explains.

    `kappa` is Fleiss' kappa and, in this limit, Krippendorff's nominal alpha; NaN where only one label is ever given.
    """

    observed: float
    expected: float
    kappa: float


def expected_fault_rate(judge: KnownJudge, criterion: str, share: float, *, first_is_fault: float = 0.5) -> float:
    """The share of verdicts that say fault where a share `share` of the replies carries it.

    share * sensitivity + (1 - share) * (1 - specificity), mixed with `first_is_fault` (how often that label is shown
    first: half of the time where labels are rotated) in the share `position_bias`.
    """
    sensitivity, specificity = judge.rates(criterion)
    by_truth = share * sensitivity + (1 - share) * (1 - specificity)
    bias = 0.0 if judge.always else judge.position_bias
    return bias * first_is_fault + (1 - bias) * by_truth


def expected_agreement(
    judges: Sequence[KnownJudge], criterion: str, share: float, *, repeats: int = 1
) -> ExpectedAgreement:
    """The agreement of a panel of `judges`, each judging every reply `repeats` times, about one fault of this `share`.

    Given the truth, verdicts of different judges are independent: with q_t the chance of "fault" at truth t, a pair
    agrees with P = sum_t P(t) (q_t q'_t + (1 - q_t)(1 - q'_t)). Two verdicts of one judge rest on the same draw with
    probability c, and then agree; else they are independent: P = c + (1 - c) sum_t P(t) (q_t^2 + (1 - q_t)^2). The
    first of them is copied by each later one with probability r = `repeatability`, so among R repeats the R - 1 pairs
    with the first share a draw with c = r, and the other (R - 1)(R - 2) / 2 pairs with c = r^2. Observed agreement is
    the mean over all pairs of raters (judge and repeat), expected agreement follows from the mean share of "fault",
    and kappa = (observed - expected) / (1 - expected). ValueError for fewer than two raters, or with position bias,
    whose effect depends on the order shown.
    """
    if len(judges) * repeats < 2:
        raise ValueError("agreement needs two raters: several judges, or one that repeats")
    if any(judge.position_bias and not judge.always for judge in judges):
        raise ValueError("with position bias the agreement depends on how labels were rotated; plant none")
    says = [(judge.rates(criterion).sensitivity, 1 - judge.rates(criterion).specificity) for judge in judges]
    observed = n_pairs = 0.0
    for place, (judge, own) in enumerate(zip(judges, says, strict=True)):
        pairs = repeats * (repeats - 1) / 2
        copied = (repeats - 1) * (judge.repeatability + (repeats / 2 - 1) * judge.repeatability**2)
        observed += copied + (pairs - copied) * _agreeing(own, own, share)
        n_pairs += pairs
        for other in says[place + 1 :]:
            observed += repeats**2 * _agreeing(own, other, share)
            n_pairs += repeats**2
    observed /= n_pairs
    fault = sum(share * of_faulty + (1 - share) * of_sound for of_faulty, of_sound in says) / len(says)
    expected = fault**2 + (1 - fault) ** 2
    kappa = (observed - expected) / (1 - expected) if expected < 1 else float("nan")
    return ExpectedAgreement(observed, expected, kappa)


def _agreeing(one: tuple[float, float], other: tuple[float, float], share: float) -> float:
    """How often two independent verdicts agree; each is the chance of "fault" for faulty and for sound replies."""
    parts = [q * p + (1 - q) * (1 - p) for q, p in zip(one, other, strict=True)]
    return share * parts[0] + (1 - share) * parts[1]
