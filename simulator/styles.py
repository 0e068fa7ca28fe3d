"""Prompt styles: the wording around a question, as data, in several languages.

Knows no item, persona or engine: only templates and their placeholders. A style is one of the built-in files in
`simulator/templates` or a user's TOML file of the same form. Every template is checked when it is read, so that
rendering cannot fail.

A language table holds: `system` ({persona} {instruction} {answering}, optionally {title}), `request` ({question}
{options}: what later stands in memory), `user` ({request} {hint}: what is sent), `option` ({label} {text}), and the
tables `markers`, `answering`, `hints` and `reminders`. A paragraph whose placeholders are all empty is left out. It may
hold `completion` ({user} {answer}: the prompt is one text, and this its last part), and the tables `prefix` (how the
reply begins), `example`, `unlabelled` and `abstain`. A file `based_on` a built-in style holds only what differs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, TypeVar

from simulator.abstention import Abstention
from simulator.errors import Fault, RunSpecError
from simulator.markers import Markers
from simulator.placeholders import text_faults
from simulator.style_parts import (
    ANSWER_FORMATS,
    Answerings,
    Example,
    abstention_of,
    example_of,
    keys_faults,
    part_faults,
    unlabelled_of,
)
from simulator.template_files import read_template_file

BUILT_IN = ("default", "plain", "citizen", "research", "affirmative", "one-shot", "completion")
Part = TypeVar("Part", Answerings, Abstention)

_TOPS = {"system", "request", "user", "option"}
_PARTS = {"example", "unlabelled", "abstain"}
_OPTIONAL = {"completion", "prefix"} | _PARTS
# key -> (required placeholders, allowed placeholders)
_PLACEHOLDERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "system": (frozenset({"persona", "instruction", "answering"}), frozenset({"title"})),
    "request": (frozenset({"question", "options"}), frozenset()),
    "user": (frozenset({"request", "hint"}), frozenset()),
    "option": (frozenset({"label", "text"}), frozenset()),
    "completion": (frozenset({"user", "answer"}), frozenset()),
    "prefix": (frozenset(), frozenset({"answer"})),
    "answering": (frozenset(), frozenset({"answer", "explanation"})),
    "reminders": (frozenset(), frozenset({"answer", "explanation"})),
    "hints": (frozenset(), frozenset({"n_options", "max_picks", "answer", "explanation"})),
}
_TABLES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "markers": (frozenset({"answer", "explanation"}), frozenset({"request"})),
    "answering": (frozenset(ANSWER_FORMATS), frozenset()),
    "hints": (frozenset({"single", "multiple", "multiple_up_to", "open"}), frozenset()),
    "reminders": (frozenset(ANSWER_FORMATS), frozenset()),
    "prefix": (frozenset(), frozenset(ANSWER_FORMATS)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """A style in one language. Compared and hashed by identity, so that it can key a cache.

    `prefix` has the beginning of a reply by answer format, for those formats that have one; `completion` is "" for a
    chat. `example`, `unlabelled` and `abstention` are None where the style has none.
    """

    language: str
    system: str
    request: str
    user: str
    option: str
    markers: Markers
    answering: Mapping[str, str]
    hints: Mapping[str, str]
    reminders: Mapping[str, str]
    style: str = ""
    prefix: Mapping[str, str] = field(default_factory=dict)
    completion: str = ""
    example: Example | None = None
    unlabelled: Answerings | None = None
    abstention: Abstention | None = None

    @property
    def is_raw(self) -> bool:
        """Whether the prompt is one text to be completed, not a chat."""
        return bool(self.completion)

    @property
    def asks_alone(self) -> bool:
        """Whether the style shapes the conversation itself, so that no other protocol can use it."""
        return self.is_raw or bool(self.prefix) or self.example is not None

    def prefix_for(self, answer_format: str) -> str | None:
        """The beginning of the reply that is given with the prompt; None where the reply begins by itself."""
        template = self.prefix.get(answer_format)
        return template.strip().format(answer=self.markers.answer) if template else None

    def worded_for(self, *, has_labels: bool) -> Answerings:
        """How to answer; RunSpecError where options have no labels and the style has no words for that."""
        if has_labels:
            return Answerings(self.answering, self.reminders)
        return self._own(self.unlabelled, "unlabelled", 'asking.labels = "plain"')

    @property
    def abstention_offered(self) -> Abstention:
        """The option to give no answer; RunSpecError where the style has none."""
        return self._own(self.abstention, "abstain", 'asking.abstain = "offered"')

    def _own(self, part: Part | None, name: str, wanted_by: str) -> Part:
        if part is None:
            raise RunSpecError(
                f"prompt style {self.style!r} has no [{self.language}.{name}], which {wanted_by} needs; add it to the"
                " style's file, or choose another style"
            )
        return part


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
    if key in _PARTS:
        return part_faults(place, key, value)
    if not isinstance(value, dict):
        return [Fault(place, f"is {type(value).__name__}", "give a table")]
    required, optional = _TABLES[key]
    faults = keys_faults(place, value, required, optional)
    for name in sorted(value.keys() & (required | optional)):
        faults += _text_faults(f"{place}.{name}", key, value[name])
    return faults


def _language_faults(language: str, table: Any) -> list[Fault]:
    if not isinstance(table, dict):
        return [Fault(language, "unknown key", "a style file holds `about` and one table per language")]
    known = frozenset(_TOPS | _TABLES.keys())
    faults = keys_faults(language, table, known - _OPTIONAL, frozenset(_OPTIONAL))
    for name in sorted((_TOPS | {"completion"}) & table.keys()):
        faults += _text_faults(f"{language}.{name}", name, table[name])
    for name in sorted((_TABLES.keys() | _PARTS) & table.keys()):
        faults += _table_faults(f"{language}.{name}", name, table[name])
    if faults:
        return faults
    if "prefix" in table and "completion" in table:
        what = "begins the reply of a style that is one text"
        faults.append(Fault(f"{language}.prefix", what, "write the beginning at the end of `completion`"))
    marker = table["markers"].get("request", "")
    if marker and not table["request"].strip().startswith(marker):
        faults.append(Fault(f"{language}.request", f"does not begin with {marker!r}", "begin it with markers.request"))
    return faults


def _wording(style: str, language: str, table: Mapping[str, Any]) -> Wording:
    parts = {key: table.get(key) for key in _PARTS}
    return Wording(
        style=style,
        language=language,
        system=table["system"].strip(),
        request=table["request"].strip(),
        user=table["user"].strip(),
        option=table["option"].strip(),
        markers=Markers(**{"request": "", **table["markers"]}),
        answering=dict(table["answering"]),
        hints=dict(table["hints"]),
        reminders=dict(table["reminders"]),
        prefix=dict(table.get("prefix", {})),
        completion=table.get("completion", "").strip(),
        example=example_of(parts["example"]) if parts["example"] else None,
        unlabelled=unlabelled_of(parts["unlabelled"]) if parts["unlabelled"] else None,
        abstention=abstention_of(parts["abstain"]) if parts["abstain"] else None,
    )


def style_from_data(name: str, data: Mapping[str, Any]) -> PromptStyle:
    """A checked style; RunSpecError lists every fault of its templates."""
    tables = {key: value for key, value in data.items() if key not in {"about", "name"}}
    faults = [fault for language, table in tables.items() for fault in _language_faults(language, table)]
    if not tables:
        faults.append(Fault("file", "no language", "add a table such as [en]"))
    if faults:
        raise RunSpecError.from_faults(f"prompt style {name!r}", faults)
    wordings = {language: _wording(name, language, table) for language, table in tables.items()}
    kept = {key: value for key, value in data.items() if key != "name"}
    return PromptStyle(name=name, about=str(data.get("about", "")), wordings=wordings, data=kept)


# Styles already read. A style read once stays as it was for the rest of a run, whatever happens to its file;
# `load_style` reads it anew, which a run does once at its start.
_STYLES: dict[str, PromptStyle] = {}


def load_style(name: str) -> PromptStyle:
    """Read a built-in style by name, or a template file by path (ending in .toml), check it and keep it.

    Raises RunSpecError for an unknown name, an unreadable file or faulty templates.
    """
    _STYLES[name] = style_from_data(name, _read(name))
    return _STYLES[name]


def _read(name: str) -> dict[str, Any]:
    """The data of a file; of one that is based on a built-in style with all that it takes from there.

    It has the languages that it names itself: what it changes in one language must not be missing in another.
    """
    data = read_template_file(name, "prompt style", resources.files("simulator.templates"), BUILT_IN)
    base = data.pop("based_on", None)
    if base is None:
        return data
    if base not in BUILT_IN or base == name:
        raise RunSpecError(f"prompt style {name!r}: based_on = {base!r} is no built-in style; give one of {BUILT_IN}")
    below = _read(base)
    return {
        key: _laid_over(below.get(key, {}), value) if isinstance(value, dict) else value for key, value in data.items()
    }


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with the keys of `above` in place of its own, table by table."""
    laid = dict(below)
    for key, value in above.items():
        under = laid.get(key)
        laid[key] = _laid_over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return laid


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
