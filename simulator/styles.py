"""Prompt styles: the wording around a question, as data, in several languages.

Knows no item, persona or engine: only templates and their placeholders. A style is one of the built-in files in
`simulator/templates` or a user's TOML file of the same form. Every template is checked when it is read, so that
rendering cannot fail.

A language table holds: `system` ({persona} {instruction} {answering}, optionally {title}), `request` ({question}
{options}: what later stands in memory), `user` ({request} {hint}: what is sent), `option` ({label} {text}), and the
tables `markers`, `answering`, `hints` and `reminders`. A paragraph whose placeholders are all empty is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from simulator.errors import Fault, RunSpecError
from simulator.markers import Markers
from simulator.placeholders import text_faults
from simulator.template_files import read_template_file

BUILT_IN = ("default", "plain", "citizen", "research")
ANSWER_FORMATS = ("label", "explained", "structured")
_TOPS = {"system", "request", "user", "option"}
# key -> (required placeholders, allowed placeholders)
_PLACEHOLDERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "system": (frozenset({"persona", "instruction", "answering"}), frozenset({"title"})),
    "request": (frozenset({"question", "options"}), frozenset()),
    "user": (frozenset({"request", "hint"}), frozenset()),
    "option": (frozenset({"label", "text"}), frozenset()),
    "answering": (frozenset(), frozenset({"answer", "explanation"})),
    "reminders": (frozenset(), frozenset({"answer", "explanation"})),
    "hints": (frozenset(), frozenset({"n_options", "max_picks", "answer", "explanation"})),
}
_TABLES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "markers": (frozenset({"answer", "explanation"}), frozenset({"request"})),
    "answering": (frozenset(ANSWER_FORMATS), frozenset()),
    "hints": (frozenset({"single", "multiple", "multiple_up_to", "open"}), frozenset()),
    "reminders": (frozenset(ANSWER_FORMATS), frozenset()),
}


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """A style in one language. Compared and hashed by identity, so that it can key a cache."""

    language: str
    system: str
    request: str
    user: str
    option: str
    markers: Markers
    answering: Mapping[str, str]
    hints: Mapping[str, str]
    reminders: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class PromptStyle:
    """A prompt style: one wording per language, and the data it was read from."""

    name: str
    about: str
    wordings: Mapping[str, Wording]
    data: Mapping[str, Any]

    def wording(self, language: str) -> Wording:
        """The wording in `language`; RunSpecError if the style has none: languages are never mixed silently."""
        found = self.wordings.get(language)
        if found is None:
            raise RunSpecError(
                f"prompt style {self.name!r} has no wording in language {language!r} (it has"
                f" {', '.join(sorted(self.wordings))}); choose one of these or give a template file with [{language}]"
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """Everything needed to make the style again with `register_style`; belongs in a run's manifest."""
        return {"name": self.name, **self.data}

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the style's canonical JSON."""
        canonical = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _text_faults(place: str, key: str, value: Any) -> list[Fault]:
    if key not in _PLACEHOLDERS:
        return [] if isinstance(value, str) else [Fault(place, f"is {type(value).__name__}", "give a string")]
    return text_faults(place, value, *_PLACEHOLDERS[key])


def _table_faults(place: str, key: str, value: Any) -> list[Fault]:
    if not isinstance(value, dict):
        return [Fault(place, f"is {type(value).__name__}", "give a table")]
    required, optional = _TABLES[key]
    faults = [Fault(place, f"key {name!r} is missing", "add it") for name in sorted(required - value.keys())]
    for name in sorted(value.keys() - required - optional):
        faults.append(Fault(f"{place}.{name}", "unknown key", f"allowed: {', '.join(sorted(required | optional))}"))
    for name in sorted(value.keys() & (required | optional)):
        faults += _text_faults(f"{place}.{name}", key, value[name])
    return faults


def _language_faults(language: str, table: Any) -> list[Fault]:
    if not isinstance(table, dict):
        return [Fault(language, "unknown key", "a style file holds `about` and one table per language")]
    known = _TOPS | _TABLES.keys()
    faults = [Fault(language, f"key {name!r} is missing", "add it") for name in sorted(known - table.keys())]
    for name in sorted(table.keys() - known):
        faults.append(Fault(f"{language}.{name}", "unknown key", f"allowed: {', '.join(sorted(known))}"))
    for name in sorted(_TOPS & table.keys()):
        faults += _text_faults(f"{language}.{name}", name, table[name])
    for name in sorted(_TABLES.keys() & table.keys()):
        faults += _table_faults(f"{language}.{name}", name, table[name])
    if faults:
        return faults
    marker = table["markers"].get("request", "")
    if marker and not table["request"].strip().startswith(marker):
        faults.append(Fault(f"{language}.request", f"does not begin with {marker!r}", "begin it with markers.request"))
    return faults


def _wording(language: str, table: Mapping[str, Any]) -> Wording:
    return Wording(
        language=language,
        system=table["system"].strip(),
        request=table["request"].strip(),
        user=table["user"].strip(),
        option=table["option"].strip(),
        markers=Markers(**{"request": "", **table["markers"]}),
        answering=dict(table["answering"]),
        hints=dict(table["hints"]),
        reminders=dict(table["reminders"]),
    )


def style_from_data(name: str, data: Mapping[str, Any]) -> PromptStyle:
    """A checked style; RunSpecError lists every fault of its templates."""
    tables = {key: value for key, value in data.items() if key not in {"about", "name"}}
    faults = [fault for language, table in tables.items() for fault in _language_faults(language, table)]
    if not tables:
        faults.append(Fault("file", "no language", "add a table such as [en]"))
    if faults:
        raise RunSpecError.from_faults(f"prompt style {name!r}", faults)
    wordings = {language: _wording(language, table) for language, table in tables.items()}
    kept = {key: value for key, value in data.items() if key != "name"}
    return PromptStyle(name=name, about=str(data.get("about", "")), wordings=wordings, data=kept)


# Styles already read. A style read once stays as it was for the rest of a run, whatever happens to its file;
# `load_style` reads it anew, which a run does once at its start.
_STYLES: dict[str, PromptStyle] = {}


def load_style(name: str) -> PromptStyle:
    """Read a built-in style by name, or a template file by path (ending in .toml), check it and keep it.

    Raises RunSpecError for an unknown name, an unreadable file or faulty templates.
    """
    data = read_template_file(name, "prompt style", resources.files("simulator.templates"), BUILT_IN)
    _STYLES[name] = style_from_data(name, data)
    return _STYLES[name]


def register_style(data: Mapping[str, Any]) -> PromptStyle:
    """Make the style that `PromptStyle.as_json` described available under its name, as when a record is read back."""
    _STYLES[data["name"]] = style_from_data(data["name"], data)
    return _STYLES[data["name"]]


def style_named(name: str) -> PromptStyle:
    """The style as it was last read; reads it the first time."""
    return _STYLES.get(name) or load_style(name)


_BLANK_LINES = re.compile(r"\n{3,}")


def fill(template: str, **values: str | int) -> str:
    """`template` with its placeholders filled; paragraphs and lines that become empty leave no gap."""
    return _BLANK_LINES.sub("\n\n", template.format(**values)).strip()
