"""What is said at each step of a protocol, as data, in several languages: TOML of the same kind as a prompt style.

A file names its `protocol` and has a table per language. For a baseline: `system` ({answering}), `answering` (one text
per answer format), `reminder`; and by protocol `draft` and `revise` ({asked}: the question as the prompt style words
it), `critique`, `vote` ({candidates}) with the table `candidates`; or `forms`, each with {asked}. {country} may stand
everywhere, {n} where a list is asked for. For a battery: `answering`, `reminder`, `list` ({options} {items}), `options`
and `item`; the rest is the prompt style's. Knows no item and no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast, get_args

from simulator.conditions import ProtocolKind
from simulator.errors import Fault, RunSpecError
from simulator.placeholders import text_faults
from simulator.style_parts import ANSWER_FORMATS
from simulator.template_files import read_template_file

WORDED: tuple[ProtocolKind, ...] = tuple(kind for kind in get_args(ProtocolKind) if kind != "interview")
"""The protocols that have a wording of their own."""
BUILT_IN: tuple[str, ...] = WORDED

BATTERY_FORMATS = ("label", "explained")
"""The answer formats that a list can be asked for in."""
_NONE: frozenset[str] = frozenset()
_ASKED, _EVERYWHERE = frozenset({"asked"}), frozenset({"country"})
_CRITIQUE: Mapping[str, frozenset[str]] = {
    "draft": _ASKED,
    "critique": _NONE,
    "revise": _ASKED,
    "vote": frozenset({"candidates"}),
}
"""Template of a critique protocol → placeholders that it must have."""
_BATTERY: Mapping[str, frozenset[str]] = {
    "list": frozenset({"options", "items"}),
    "options": frozenset({"options"}),
    "item": frozenset({"number", "question", "options"}),
}
"""Template of a battery → placeholders that it must have."""
_SYSTEM = frozenset({"instruction", "title"})


@dataclass(frozen=True, slots=True, eq=False)
class StepWording:
    """A protocol in one language; `system` is "" where the prompt style has it.

    `steps` maps draft, critique, revise and vote, or the name of a form, or list, options and item to its text.
    """

    language: str
    system: str
    answering: Mapping[str, str]
    reminder: str
    steps: Mapping[str, str]
    candidates: tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class ProtocolWording:
    """A protocol's wording: one per language, and the data it was read from."""

    name: str
    kind: ProtocolKind
    about: str
    languages: Mapping[str, StepWording]
    data: Mapping[str, Any]

    def in_language(self, language: str) -> StepWording:
        """The wording in `language`; RunSpecError if there is none: languages are never mixed silently."""
        found = self.languages.get(language)
        if found is None:
            raise RunSpecError(
                f"protocol {self.name!r} has no wording in language {language!r} (it has"
                f" {', '.join(sorted(self.languages))}); choose one of these or give a file with [{language}]"
            )
        return found

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms in which an average person is asked about, in the order of the file; () for other protocols."""
        return tuple(next(iter(self.languages.values())).steps) if self.kind == "average-person" else ()

    def as_json(self) -> dict[str, Any]:
        """Everything needed to make the wording again with `register_wording`; belongs in a run's manifest."""
        return {"name": self.name, **self.data}


def _table_faults(
    place: str, table: Any, keys: Mapping[str, frozenset[str]], optional: frozenset[str] = _NONE
) -> list[Fault]:
    """Faults of a table that must hold exactly `keys`, each a template with these placeholders."""
    if not isinstance(table, dict):
        return [Fault(place, f"is {type(table).__name__}", "give a table")]
    faults = [Fault(place, f"key {key!r} is missing", "add it") for key in keys if key not in table]
    unknown = sorted(table.keys() - keys)
    faults += [Fault(f"{place}.{key}", "unknown key", f"allowed: {', '.join(sorted(keys))}") for key in unknown]
    for key, required in keys.items():
        if key in table:
            faults += text_faults(f"{place}.{key}", table[key], required, optional)
    return faults


def _language_faults(language: str, table: Any, kind: ProtocolKind) -> list[Fault]:
    if not isinstance(table, dict):
        return [Fault(language, "unknown key", "a protocol file holds `protocol`, `about` and a table per language")]
    if kind == "battery":
        return _battery_faults(language, table)
    everywhere = _EVERYWHERE | ({"n"} if kind == "critique-list" else _NONE)
    tables: dict[str, dict[str, frozenset[str]]] = {"answering": dict.fromkeys(ANSWER_FORMATS, _NONE)}
    steps = {} if kind == "average-person" else dict(_CRITIQUE)
    if kind == "average-person":
        forms = table.get("forms")
        tables["forms"] = dict.fromkeys(forms, _ASKED) if isinstance(forms, dict) and forms else {"...": _ASKED}
    else:
        tables["candidates"] = {"draft": _NONE, "revision": _NONE}
    texts = {key: value for key, value in table.items() if key not in tables}
    system = {"system": texts.pop("system")} if "system" in texts else {}
    faults = _table_faults(language, system, {"system": frozenset({"answering"})}, everywhere | _SYSTEM)
    faults += _table_faults(language, texts, {"reminder": _NONE, **steps}, everywhere)
    for name, keys in tables.items():
        allowed = everywhere | ({"answer", "explanation"} if name == "answering" else _NONE)
        faults += _table_faults(f"{language}.{name}", table.get(name, {}), keys, allowed)
    return faults


def _battery_faults(language: str, table: Mapping[str, Any]) -> list[Fault]:
    texts = {key: value for key, value in table.items() if key != "answering"}
    answering = dict.fromkeys(BATTERY_FORMATS, _NONE)
    return [
        *_table_faults(language, texts, {"reminder": _NONE, **_BATTERY}, frozenset({"n"})),
        *_table_faults(f"{language}.answering", table.get("answering", {}), answering),
    ]


def _step_wording(language: str, table: Mapping[str, Any], kind: ProtocolKind) -> StepWording:
    keys = _BATTERY if kind == "battery" else _CRITIQUE
    steps = table["forms"] if kind == "average-person" else {key: table[key] for key in keys}
    candidates = table.get("candidates", {"draft": "", "revision": ""})
    return StepWording(
        language=language,
        system=table.get("system", "").strip(),
        answering=dict(table["answering"]),
        reminder=table["reminder"].strip(),
        steps={key: text.strip() for key, text in steps.items()},
        candidates=(candidates["draft"], candidates["revision"]),
    )


def wording_from_data(name: str, data: Mapping[str, Any]) -> ProtocolWording:
    """A checked wording; RunSpecError lists every fault of its templates."""
    kind = data.get("protocol")
    if kind not in WORDED:
        fault = Fault("protocol", f"found {kind!r}", f"allowed: {', '.join(WORDED)}")
        raise RunSpecError.from_faults(f"protocol {name!r}", [fault])
    kind = cast(ProtocolKind, kind)
    tables = {key: value for key, value in data.items() if key not in {"about", "name", "protocol"}}
    faults = [fault for language, table in tables.items() for fault in _language_faults(language, table, kind)]
    if not tables:
        faults.append(Fault("file", "no language", "add a table such as [en]"))
    if not faults and kind == "average-person" and len({tuple(table["forms"]) for table in tables.values()}) > 1:
        faults.append(Fault("forms", "differ between languages", "give every language the same forms in one order"))
    if faults:
        raise RunSpecError.from_faults(f"protocol {name!r}", faults)
    languages = {language: _step_wording(language, table, kind) for language, table in tables.items()}
    kept = {key: value for key, value in data.items() if key != "name"}
    return ProtocolWording(name, kind, str(data.get("about", "")), languages, kept)


# As with styles: a wording read once stays as it was for the rest of a run, whatever happens to its file.
_WORDINGS: dict[str, ProtocolWording] = {}


def load_wording(name: str) -> ProtocolWording:
    """Read a built-in protocol by name, or a file by path (ending in .toml), check it and keep it.

    Raises RunSpecError for an unknown name, an unreadable file or faulty templates.
    """
    folder = resources.files("simulator.protocols") / "catalog"
    data = read_template_file(name, "protocol", folder, BUILT_IN, others=("interview",))
    _WORDINGS[name] = wording_from_data(name, data)
    return _WORDINGS[name]


def register_wording(data: Mapping[str, Any]) -> ProtocolWording:
    """Make the wording that `ProtocolWording.as_json` described available, as when a record is read back."""
    _WORDINGS[data["name"]] = wording_from_data(data["name"], data)
    return _WORDINGS[data["name"]]


def wording_named(name: str) -> ProtocolWording:
    """The wording as it was last read; reads it the first time."""
    return _WORDINGS.get(name) or load_wording(name)
