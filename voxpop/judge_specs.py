"""Who judges, from what a user wrote: a shorthand such as openai_compatible:MODEL@URL, or a TOML file of judges.

[[judges]]
name = "strict"                              # what its verdicts are filed under; default: engine:model
engine = "openai_compatible"                 # any engine, with its options beside it
model = "my-model"
base_url = "http://127.0.0.1:8000/v1"
temperature = 0.0                            # and top_p, max_tokens, beams; defaults 0, unset, 512, unset
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import Fault, InstrumentError, RunSpecError
from simulator.messages import Settings

if TYPE_CHECKING:
    from simulator.engines.base import Engine
    from simulator.judges.panel import Judge

SHORTHANDS = "synthetic_judge, openai_compatible:MODEL@http://HOST/v1, scripted:FILE, or a file of judges (.toml)"
_NAMED = re.compile(r"(?P<name>[^=:@,]+)=(?P<rest>.+)", re.DOTALL)
_SETTINGS: Mapping[str, type[int] | tuple[type[int], type[float]]] = {
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": int,
    "beams": int,
}


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """One judge as wanted: `name` empty for engine:model."""

    name: str
    engine: str
    options: Mapping[str, Any]
    settings: Mapping[str, Any]


def read_judge_specs(texts: Sequence[str]) -> list[JudgeSpec]:
    """The judges that these shorthands and files name. RunSpecError says which one cannot be used and what can."""
    specs: list[JudgeSpec] = []
    for text in texts:
        specs += _from_file(Path(text)) if text.endswith(".toml") and ":" not in text else [_from_shorthand(text)]
    if not specs:
        raise RunSpecError(f"--judges names nobody; give {SHORTHANDS}")
    return specs


def _from_shorthand(text: str) -> JudgeSpec:
    named = _NAMED.fullmatch(text)
    name, rest = (named["name"].strip(), named["rest"]) if named else ("", text)
    engine, _, detail = rest.partition(":")
    engine = engine.strip().replace("-", "_")
    if engine == "openai_compatible":
        model, _, url = detail.partition("@")
        if not model:
            raise RunSpecError(f"--judges {text!r}: which model? write openai_compatible:MODEL@http://HOST/v1")
        return JudgeSpec(name, engine, {"model": model} | ({"base_url": url} if url else {}), {})
    if engine == "scripted":
        if not detail:
            raise RunSpecError(f"--judges {text!r}: which file? write scripted:FILE")
        return JudgeSpec(name, engine, {"replies": detail}, {})
    if detail:
        raise RunSpecError(
            f"--judges {text!r}: only openai_compatible and scripted take something behind a colon; {_all()}"
        )
    return JudgeSpec(name, engine, {}, {})


def _all() -> str:
    return f"a judge is {SHORTHANDS}"


def _from_file(path: Path) -> list[JudgeSpec]:
    from surveys.loader import parse_toml, read_text

    try:
        data = parse_toml(read_text(path, "a file of judges"), str(path))
    except InstrumentError as error:
        raise RunSpecError(str(error), error.faults) from error
    faults: list[Fault] = [
        Fault(f"key {key!r}", "is not known", "allowed: 'judges'") for key in data if key != "judges"
    ]
    tables = data.get("judges")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        faults.append(Fault("judges", "there are none", "add at least one [[judges]] table"))
        tables = []
    specs = [_from_table(table, f"judge no. {number}", faults) for number, table in enumerate(tables, start=1)]
    if faults:
        raise RunSpecError.from_faults(str(path), faults)
    return specs


def _from_table(table: Mapping[str, Any], place: str, faults: list[Fault]) -> JudgeSpec:
    name, engine = table.get("name", ""), table.get("engine")
    if not isinstance(name, str):
        faults.append(Fault(f"{place}, name", "is no text", 'name it in quotes: name = "strict"'))
    if not isinstance(engine, str):
        faults.append(
            Fault(f"{place}, engine", "is missing" if engine is None else "is no text", 'give engine = "..."')
        )
    settings = {key: table[key] for key in _SETTINGS if key in table}
    for key, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, _SETTINGS[key]) or float(value) < 0:
            faults.append(Fault(f"{place}, {key}", f"cannot be {value!r}", "give a number of at least 0"))
    options = {key: value for key, value in table.items() if key not in {"name", "engine", *_SETTINGS}}
    return JudgeSpec(str(name), str(engine).replace("-", "_"), options, settings)


def make_judges(specs: Sequence[JudgeSpec], *, seed: int, engines: Sequence[Engine] = ()) -> list[Judge]:
    """The judges with their engines; `engines` are ready ones, which judge under engine:model.

    Raises RunSpecError for an engine or option that there is not, and for two judges of one name.
    """
    from simulator.engines.factory import changeable_options, make_engine
    from simulator.judges.judging import JUDGE_SETTINGS
    from simulator.judges.panel import Judge

    judges = [Judge(f"{engine.name}:{engine.model}", engine) for engine in engines]
    for spec in specs:
        engine = make_engine(spec.engine, spec.options, seed=seed)
        settings = Settings(**{**JUDGE_SETTINGS.as_json(), **spec.settings})
        options = {key: value for key, value in spec.options.items() if key not in changeable_options(spec.engine)}
        judges.append(Judge(spec.name or f"{engine.name}:{engine.model}", engine, settings, options))
    for name, count in Counter(judge.name for judge in judges).items():
        if count > 1:
            raise RunSpecError(f"{count} judges are called {name!r}; name them: --judges first=SPEC,second=SPEC")
    return judges


def split_specs(text: str) -> Iterator[str]:
    """The shorthands in a list with commas."""
    yield from (part.strip() for part in text.split(",") if part.strip())
