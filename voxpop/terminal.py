"""Text on its way to a terminal: nothing that a model, persona or survey wrote can move the cursor or change a color.

Knows rich, not what is shown. Everything untrusted goes through `safe` or `plain_text` before it is printed.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis.visible_text import safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PLAIN_WIDTH = 120
"""Columns where the output is no terminal: a pipe or a file."""

# What JSON may hold as it is and a terminal should not be sent; the encoder itself escapes everything below U+0020.
_HARMFUL_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain_text(text: str, style: str = "") -> Text:
    """Untrusted `text` for rich: markup is not interpreted, control characters are visible."""
    from rich.text import Text

    return Text(safe(text), style=style)


def program() -> str:
    """What to type to run voxpop here: `voxpop` where it is on the path, else where it lies (.venv/bin/voxpop)."""
    if shutil.which("voxpop") is not None or not sys.argv[0].endswith("voxpop"):
        return "voxpop"
    here = os.path.relpath(sys.argv[0])
    return sys.argv[0] if here.startswith("..") else here


def stdout() -> Console:
    """The console for results."""
    return _console(is_error=False)


def stderr() -> Console:
    """The console for progress and messages."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> Console:
    from rich.console import Console

    class OurConsole(Console):
        """Leaves a closed pipe to the command line; rich itself ends the process with status 1."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    stream = sys.stderr if is_error else sys.stdout
    return OurConsole(stderr=is_error, highlight=False, width=None if stream.isatty() else PLAIN_WIDTH)


def rendered(show: Callable[[Console], object], width: int = 100) -> str:
    """What `show` prints, as plain text without colors: for `str()` of a result in a notebook."""
    from rich.console import Console

    out = io.StringIO()
    show(Console(file=out, width=width, highlight=False, color_system=None, force_terminal=False, force_jupyter=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def print_json(data: Any) -> None:
    """`data` as JSON on standard output; NaN and infinities as null, which JSON has no word for."""
    sys.stdout.write(json_text(data, indent=2, ensure_ascii=not _is_utf8()) + "\n")


def json_text(data: Any, *, indent: int | None = None, ensure_ascii: bool = False) -> str:
    """`data` as JSON that a terminal can be sent: control and reordering characters are escaped, not removed."""
    text = json.dumps(_finite(data), ensure_ascii=ensure_ascii, indent=indent, default=str)
    # Such a character can only stand inside a JSON string, where \\uXXXX means the same.
    return _HARMFUL_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return data


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def say(message: str, kind: str, status: int, *, as_json: bool = False) -> int:
    """An error on standard error, a sentence or one JSON object; returns `status`."""
    if as_json:
        text = json_text({"error": kind, "message": message, "exit_status": status})
    else:
        text = safe(f"voxpop: {message}")
    sys.stderr.write(text + "\n")
    return status
