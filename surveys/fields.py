"""Reading one table of a survey file field by field, noting every fault and going on. Knows TOML types, no survey.

A `Fields` wraps a table with its place in the file; each getter returns a usable value even where the file has none,
and notes a fault then. `close` names the keys nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.errors import Fault
from surveys.suggest import did_you_mean

LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NAMES = {
    bool: "true or false",
    str: "a string",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def type_name(value: object) -> str:
    """What a TOML author calls the type of `value`."""
    return _NAMES.get(type(value), f"a {type(value).__name__}")


def shown(value: object) -> str:
    """`value` for a message: at most 60 characters, nothing that could steer a terminal."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Fields:
    """One table of a survey file: `place` says where it stands, `faults` is shared by the whole reading."""

    def __init__(self, data: Mapping[str, Any], place: str, faults: list[Fault]) -> None:
        self.data = data
        self.place = place
        self.faults = faults
        self.asked: dict[str, None] = {}

    def at(self, part: str) -> str:
        """The place of a part of this table."""
        return f"{self.place}, {part}" if self.place else part

    def fault(self, part: str, what: str, remedy: str) -> None:
        """Note one fault in `part` of this table."""
        self.faults.append(Fault(self.at(part), what, remedy))

    def wrong_type(self, key: str, wanted: str, value: object) -> None:
        """Note that `key` holds something else than `wanted`."""
        self.fault(key, f"found {shown(value)} ({type_name(value)})", f"give {wanted}")

    def raw(self, key: str, *, required: str = "") -> Any:
        """The value as it stands, None where the key is absent; `required` is the remedy if it must not be."""
        self.asked[key] = None
        value = self.data.get(key)
        if value is None and required:
            self.fault(key, "is missing", required)
        return value

    def string(self, key: str, default: str = "", *, required: str = "") -> str:
        """A string, `default` where absent."""
        value = self.raw(key, required=required)
        if value is None or isinstance(value, str):
            return default if value is None else value
        self.wrong_type(key, 'a string, in quotes, such as "1"', value)
        return default

    def flag(self, key: str) -> bool:
        """True or false, false where absent."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong_type(key, "true or false, without quotes", value)
        return False

    def whole(self, key: str, *, required: str = "") -> int | None:
        """A whole number, None where absent."""
        value = self.raw(key, required=required)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.wrong_type(key, "a whole number, without quotes", value)
        return None

    def number(self, key: str) -> float | None:
        """A number, None where absent."""
        value = self.raw(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.wrong_type(key, "a number, without quotes", value)
        return None

    def choice(self, key: str, allowed: Iterable[str]) -> str | None:
        """One of the allowed words, None where absent or faulty."""
        value = self.raw(key)
        allowed = list(allowed)
        if value is None:
            return None
        if isinstance(value, str):
            if value in allowed:
                return value
            self.fault(key, f"{value!r} is not known", did_you_mean(value, allowed))
        else:
            self.wrong_type(key, f"one of {', '.join(map(repr, allowed))}", value)
        return None

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of strings, empty where absent."""
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.wrong_type(key, 'a list of strings, such as ["a", "b"]', value)
        return ()

    def wholes(self, key: str, *, required: str = "") -> tuple[int, ...]:
        """A list of whole numbers, empty where absent."""
        value = self.raw(key, required=required)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(one, int) and not isinstance(one, bool) for one in value):
            return tuple(value)
        self.wrong_type(key, "a list of whole numbers, such as [1, 2]", value)
        return ()

    def texts(self, key: str, language: str, *, required: str = "") -> dict[str, str]:
        """A wording: a string in `language`, or a table of strings by language; empty where absent."""
        value = self.raw(key, required=required)
        return {} if value is None else self.as_texts(key, value, language)

    def as_texts(self, part: str, value: object, language: str) -> dict[str, str]:
        """`value` as a wording, with a fault at `part` where it is none."""
        if isinstance(value, str):
            return {language: value}
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.wrong_type(part, 'a string, or a table of strings by language such as {en = "...", de = "..."}', value)
            return {}
        for code in value:
            if not LANGUAGE_CODE.fullmatch(code):
                self.fault(part, f"{code!r} is no language code", 'use codes such as "en", "de" or "zh-Hant"')
        return dict(value)

    def tables(self, key: str, hint: str) -> list[Mapping[str, Any]]:
        """A list of tables, empty where absent."""
        value = self.raw(key)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return value
        self.wrong_type(key, hint, value)
        return []

    def close(self) -> None:
        """Note every key that was never asked for."""
        for key in self.data:
            if key not in self.asked:
                self.fault(f"key {key!r}", "is not known", did_you_mean(key, self.asked))
