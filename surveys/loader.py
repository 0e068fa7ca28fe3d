"""Reading a survey file: TOML on disk to a checked, frozen instrument. Knows the file system, not the format."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.errors import Fault, InstrumentError
from surveys.check import check_instrument, source_faults
from surveys.instrument import Instrument
from surveys.source import read_source
from surveys.toml_text import is_too_deep

_WHERE = re.compile(r" \(at (.+)\)$")


def load_instrument(path: str | Path) -> Instrument:
    """The instrument in a TOML survey file (format: docs/surveys.md).

    InstrumentError if the file cannot be read, is no TOML (with line and column), or has any fault (all are listed).
    """
    return instrument_from_toml(read_text(path, "a survey file"), str(path))


def instrument_from_toml(text: str, name: str) -> Instrument:
    """The instrument written in `text`; `name` is what messages call it."""
    return instrument_from_source(parse_toml(text, name), name)


def instrument_from_source(data: Mapping[str, Any], name: str) -> Instrument:
    """The instrument in the raw data of a survey file; InstrumentError listing every fault."""
    instrument, reading = read_source(data)
    faults = source_faults(instrument, reading)
    if faults:
        raise InstrumentError.from_faults(name, faults)
    return instrument


def accept(instrument: Instrument, name: str) -> Instrument:
    """The instrument itself if it is sound, else InstrumentError listing every fault: what importers end with."""
    faults = check_instrument(instrument)
    if faults:
        raise InstrumentError.from_faults(name, faults)
    return instrument


def read_text(path: str | Path, noun: str = "a file") -> str:
    """The text of a UTF-8 file, a byte order mark dropped; InstrumentError naming the file where that fails."""
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InstrumentError(f"{path}: there is no such file; give the path of {noun}") from error
    except IsADirectoryError as error:
        raise InstrumentError(f"{path}: this is a folder; give the path of {noun} in it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InstrumentError(f"{path}: cannot be read ({reason}); check its permissions") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"0x{raw[error.start]:02x}"
        raise InstrumentError(f"{path}: line {line} is not UTF-8 (byte {byte}); save the file as UTF-8") from error


def parse_json(text: str, name: str) -> Any:
    """JSON text as plain data; InstrumentError with line and column where it is not JSON."""
    try:
        data = json.loads(text)
        if not is_too_deep(data):
            return data
        raise RecursionError("nested too deeply")
    except (ValueError, RecursionError) as error:
        raise InstrumentError(f"{name}: is no JSON ({error}); correct it there") from error


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """TOML text as plain data; InstrumentError with line and column where it is not TOML."""
    try:
        data = tomllib.loads(text)
        if not is_too_deep(data):
            return data
        raise RecursionError  # dotted keys can nest tables deeper than the parser's own limit
    except ValueError as error:  # TOMLDecodeError, or a number too long for Python
        message = str(error)
        where = _WHERE.search(message)
        fault = Fault(where[1] if where else "somewhere", _WHERE.sub("", message), "correct the TOML there")
    except RecursionError:
        fault = Fault("somewhere", "lists or tables are nested too deeply", "flatten them")
    raise InstrumentError.from_faults(name, [fault])
