"""The run specification: what a TOML file may say, key by key, and how a mistake in it is answered.

Descriptions here are the documentation (`docs/spec.md` and the JSON Schema are generated from them). Knows how to
validate, not how to run: `voxpop.planning` turns a spec into a design.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from simulator.conditions import Abstain, LabelSet, OptionOrder, ProbeName, SequenceForm, SequenceScore
from simulator.errors import RunSpecError
from simulator.option_orders import SHIFT_PATTERN
from voxpop.spec_decoding import MemorySection, SettingsSection, with_preset
from voxpop.spec_faults import faults_of
from voxpop.spec_section import Section
from voxpop.spec_source import Override, beside, merged, read_data


class SurveySection(Section):
    """Which questionnaire, and which part of it."""

    instrument: str = Field(
        "portrait-values", description="A built-in survey's name, or the path of a survey file (.toml)."
    )
    topics: list[str] = Field([], description="Ask only items on these topics (ids); empty asks all.")
    items: list[str] = Field([], description="Ask only these items (ids); empty asks all.")
    wordings: Literal["original", "all", "random"] | Annotated[int, Field(ge=1)] = Field(
        "original",
        description="Which wordings of a question: the original, all, one drawn per respondent, or the first so many.",
    )
    limit: int | None = Field(None, ge=1, description="Ask only the first so many items.")


class PopulationSection(BaseModel):
    """Who is interviewed. Further keys are options of the strategies (docs/populations.md), such as a table's
    `path`.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    strategies: list[str] = Field(
        ["city"],
        min_length=1,
        description="Persona strategies to compare: basic, city, demographic, value-anchor, named, generated, table, "
        "or a combination joined with + (city+demographic).",
    )
    n: int | None = Field(
        100,
        gt=0,
        le=10_000_000,
        description="Personas in all, split evenly over the strategies; left out for a table: every row.",
    )
    country: str | list[str] = Field(
        "US", description="Country of places and census margins: US, CN, DE, JP, or several."
    )
    drawing: Literal["proportional", "uniform", "quota"] = Field(
        "proportional", description="How places and margins are drawn: by population, uniformly, or as exact quotas."
    )
    margins: dict[str, Any] | str = Field(
        {}, description='Margins that `demographic` draws from: variable → {shares, source, year}, or "census".'
    )
    rake_to: dict[str, Any] | str = Field({}, description="Margins that weights are raked to, written the same way.")
    label: str | None = Field(
        None, description="What this population is called in tables; default: its strategy (and country where needed)."
    )

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """`strategy = "city"` is short for a list of one; a table without `n` gives every row."""
        if not isinstance(value, Mapping):
            return value
        section = dict(value)
        if "strategy" in section:
            if "strategies" in section:
                raise ValueError("give either `strategy` (one) or `strategies` (a list), not both")
            one = section.pop("strategy")
            section["strategies"] = ["+".join(map(str, one)) if isinstance(one, list) else one]
        named = section.get("strategies")
        if isinstance(named, list) and named and all("table" in str(name).split("+") for name in named):
            section.setdefault("n", None)
        return section

    def mapping(self, strategy: str, n: int | None, languages: Sequence[str]) -> dict[str, Any]:
        """One strategy of this section, as `personas.reading.population_from_mapping` takes it."""
        fixed = {"country": self.country, "drawing": self.drawing, "margins": self.margins, "rake_to": self.rake_to}
        return {"strategy": strategy, "n": n, "languages": list(languages), **fixed, **(self.model_extra or {})}


class AskingSection(Section):
    """How items are put."""

    style: str = Field("default", description="Prompt style: a built-in template's name or the path of one.")
    answer_format: Literal["label", "explained", "structured"] = Field(
        "label", description="A bare label; a label with an explanation; or a choice enforced by the engine."
    )
    option_order: OptionOrder | Annotated[str, Field(pattern=SHIFT_PATTERN)] = Field(
        "fixed",
        description="Order of the options; `random` is drawn once per respondent, `cyclic` shifts them in balance over "
        "respondents, `shift-1` and so on by so many.",
    )
    labels: LabelSet = Field(
        "numbers",
        description="What stands beside the options; `random` is drawn once per respondent, `plain` is nothing.",
    )
    abstain: Abstain = Field(
        "as-is",
        description="Whether an option to give no answer stands last: as the survey has it, offered at every item, or "
        "withheld.",
    )
    language: str = Field("en", description="Language of persona, instruction and items.")
    item_order: Literal["instrument", "random"] = Field(
        "instrument", description="As the survey file says, or all items in an order drawn for each respondent."
    )
    max_tries: int = Field(3, ge=1, le=10, description="Tries per item until a reply can be read.")
    reminder: Literal["never", "at-zero-temperature", "always"] = Field(
        "at-zero-temperature", description="When a further try reminds of the answer format."
    )


class ProtocolSection(Section):
    """By which calls an answer is found: item by item, in lists, or by a baseline (docs/protocols.md)."""

    name: str = Field(
        "interview",
        description="interview, battery, critique-single, critique-list, average-person, or the path of a file that "
        "words one of the last four.",
    )
    battery_size: int = Field(
        0, ge=0, le=10_000, description="Items that a battery lists at once; 0 lists all that can be asked."
    )
    list_size: int = Field(
        20, ge=2, le=1000, description="Respondents whose answers critique-list asks for at once: a panel."
    )
    vote: bool = Field(
        False, description="Whether a last call chooses between draft and revision (critique-single, critique-list)."
    )
    forms: list[str] = Field(
        [], description="Forms in which average-person is asked, each an arm of its own; empty takes every form."
    )


class ProbeSection(Section):
    """How a distribution over the options is taken."""

    name: ProbeName = Field(
        "text",
        description="From sampled text, from probabilities of labels, from those of whole answers, or by all three.",
    )
    samples: int = Field(1, ge=1, le=1000, description="Completions per item (probes text and all).")
    top_logprobs: int = Field(20, ge=1, le=20, description="Alternatives asked for (probe token-logit).")
    exact_labels: bool = Field(
        False,
        description="token-logit: score every spelling of a label instead of reading the likeliest tokens; exact for "
        "labels of any length.",
    )
    sequence_form: SequenceForm = Field("label-and-text", description="sequence: what is scored of each option.")
    sequence_score: SequenceScore = Field(
        "inverse-perplexity", description="sequence: how the tokens of an answer make its weight."
    )


class EngineSection(BaseModel):
    """Who answers. Further keys are options of the engine (docs/engines.md)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(
        "synthetic", description="synthetic, openai_compatible, vllm_inprocess, langchain_model, scripted or replay."
    )

    def options(self) -> dict[str, Any]:
        """Every key but `name`."""
        return dict(self.model_extra or {})


class ArmsSection(Section):
    """Arms to cross: each key lists the values that respondents are spread over."""

    memory: list[Literal["none", "full", "window", "random-prune"]] = Field([], description="Memory policies.")
    memory_length: list[Annotated[int, Field(ge=0)]] = Field([], description="Longest memories, in turns.")
    style: list[str] = Field([], description="Prompt styles.")
    answer_format: list[Literal["label", "explained", "structured"]] = Field([], description="Answer formats.")
    option_order: list[OptionOrder | Literal["all-shifts"] | Annotated[str, Field(pattern=SHIFT_PATTERN)]] = Field(
        [],
        description="Option orders; `all-shifts` stands for `fixed` and every shift of the longest list.",
    )
    labels: list[LabelSet] = Field([], description="Label sets.")
    abstain: list[Abstain] = Field([], description="Whether an option to give no answer is offered.")
    language: list[str] = Field([], description="Languages.")
    probe: list[ProbeName] = Field([], description="Probes.")
    temperature: list[Annotated[float, Field(ge=0, le=5)]] = Field([], description="Temperatures.")
    ablation: list[Literal["full", "no-memory", "no-decoding", "no-location", "none"]] = Field(
        [], description="What arms go without: drawn memory, drawn decoding settings, the place told, or all three."
    )
    protocol: list[str] = Field([], description="Protocols: the interview, the battery and baselines.")


class FieldworkSection(Section):
    """How the interviews are carried out."""

    concurrency: int = Field(32, ge=1, le=10_000, description="Interviews under way at a time, in all workers.")
    workers: int = Field(
        1, ge=1, le=256, description="Processes that share the interviews; more than one where the server outruns one."
    )
    passes: int = Field(3, ge=1, le=100, description="How often interviews that broke off are taken up again.")


def _no_limit(value: Any) -> Any:
    """ "none" lifts a limit where it is set from outside; TOML has no word of its own for that."""
    return None if value == "none" else value


class BudgetSection(Section):
    """What the whole run may spend, earlier sessions included (wall time: each session by itself). A limit left out, or
    "none", is no limit. A run stopped by its budget goes on with `voxpop resume RUN --set budget.calls=1000`.
    """

    calls: Annotated[int | None, BeforeValidator(_no_limit)] = Field(
        None, gt=0, description="Calls to the engine, those that fail and those that write a persona included."
    )
    tokens: Annotated[int | None, BeforeValidator(_no_limit)] = Field(
        None, gt=0, description="Tokens of prompts and completions together."
    )
    cost: Annotated[float | None, BeforeValidator(_no_limit)] = Field(
        None, gt=0, allow_inf_nan=False, description="Money, in the currency of the prices."
    )
    price_in: float | None = Field(None, ge=0, allow_inf_nan=False, description="Price of a million prompt tokens.")
    price_out: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Price of a million completion tokens."
    )
    wall_seconds: Annotated[float | None, BeforeValidator(_no_limit)] = Field(
        None, gt=0, allow_inf_nan=False, description="Seconds after which a session starts no further call."
    )

    @model_validator(mode="after")
    def _cost_has_prices(self) -> BudgetSection:
        """What a token costs is the user's to say."""
        if self.cost is not None and (self.price_in is None or self.price_out is None):
            raise ValueError(
                "budget.cost: a limit on cost needs prices; give budget.price_in and budget.price_out, per million "
                "tokens (0 for what costs nothing)"
            )
        return self


class RunSpec(Section):
    """A whole run."""

    name: str = Field(
        "run",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=100,
        description="The run's name: its folder under runs/.",
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Every random draw follows from this number.")
    design: Literal["between", "within"] = Field(
        "between",
        description="Each persona in one cell of the crossed arms, in balance; or each persona in every cell.",
    )
    survey: SurveySection = Field(default_factory=lambda: SurveySection.model_validate({}))
    population: list[PopulationSection] = Field(
        default_factory=lambda: [PopulationSection.model_validate({})],
        min_length=1,
        description="One section, or several (`[[population]]`) where populations differ in more than strategy.",
    )
    asking: AskingSection = Field(default_factory=lambda: AskingSection.model_validate({}))
    protocol: ProtocolSection = Field(default_factory=lambda: ProtocolSection.model_validate({}))
    memory: MemorySection = Field(default_factory=lambda: MemorySection.model_validate({}))
    probe: ProbeSection = Field(default_factory=lambda: ProbeSection.model_validate({}))
    settings: SettingsSection = Field(default_factory=lambda: SettingsSection.model_validate({}))
    engine: EngineSection = Field(default_factory=lambda: EngineSection.model_validate({}))
    arms: ArmsSection = Field(default_factory=lambda: ArmsSection.model_validate({}))
    fieldwork: FieldworkSection = Field(default_factory=lambda: FieldworkSection.model_validate({}))
    budget: BudgetSection = Field(default_factory=lambda: BudgetSection.model_validate({}))

    @model_validator(mode="before")
    @classmethod
    def _preset_beside_the_keys(cls, data: Any) -> Any:
        """`settings.draws` stands for keys of several sections, where these are not given."""
        return with_preset(data) if isinstance(data, Mapping) else data

    @field_validator("survey", mode="before")
    @classmethod
    def _survey_by_name(cls, value: Any) -> Any:
        """`survey = "civic-topics"` is short for a section with that instrument."""
        return {"instrument": value} if isinstance(value, str) else value

    @field_validator("population", mode="before")
    @classmethod
    def _one_population(cls, value: Any) -> Any:
        """A single `[population]` section is a list of one."""
        return [value] if isinstance(value, dict) else value

    @field_validator("engine", mode="before")
    @classmethod
    def _engine_by_name(cls, value: Any) -> Any:
        """`engine = "synthetic"` is short for a section with that name."""
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _enough_personas(self) -> RunSpec:
        """Every strategy needs at least one persona."""
        for section in self.population:
            if section.n is not None and section.n < len(section.strategies):
                raise ValueError(
                    f"population.n: {section.n} cannot be split over {len(section.strategies)} strategies; "
                    "give at least one persona for each"
                )
        return self

    @model_validator(mode="after")
    def _arms_differ(self) -> RunSpec:
        """No value of an arm is listed twice: it would be two arms of one name."""
        for name in type(self.arms).model_fields:
            values = getattr(self.arms, name)
            for value in values:
                if values.count(value) > 1:
                    raise ValueError(f"arms.{name}: {value!r} is listed {values.count(value)} times; list it once")
        for length in self.arms.memory_length:
            if length < self.memory.min_length:
                raise ValueError(
                    f"arms.memory_length: {length} is less than memory.min_length = {self.memory.min_length}; raise "
                    "the one or lower the other"
                )
        return self

    def as_json(self) -> dict[str, Any]:
        """The spec as JSON-able data; `RunSpec.model_validate` is the inverse."""
        return self.model_dump(mode="json")


def read_spec(path: Path, overrides: Sequence[Override] = ()) -> RunSpec:
    """The spec in the TOML file `path` with `overrides` applied; one without a name is called like its file.

    An override is "population.n=50" or ("population.n", 50). Raises RunSpecError.
    """
    data = {"name": _name_for(path), **beside(read_data(path), path.parent)}
    return make_spec(data, source=str(path), overrides=overrides)


def _name_for(path: Path) -> str:
    """A run's name from a file's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("._-")[:100] or "run"


def make_spec(data: Mapping[str, Any], *, source: str = "spec", overrides: Sequence[Override] = ()) -> RunSpec:
    """The validated spec; RunSpecError lists every fault with key, what was found and what is allowed."""
    try:
        return RunSpec.model_validate(merged(data, overrides))
    except ValidationError as error:
        raise RunSpecError.from_faults(source, faults_of(error, RunSpec)) from error
