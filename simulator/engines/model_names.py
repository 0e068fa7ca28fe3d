"""Whether a reply's model is the one that was asked for: a proxy that answers from another makes wrong data. Pure.

Providers answer an alias by the dated version behind it (gpt-4o-mini by gpt-4o-mini-2024-07-18), and gateways add or
drop an owner before the name (openai/gpt-4o-mini); both are the model that was asked for. A size, a generation or
another name after a dash is not (gpt-4 is not gpt-4-turbo).
"""

from __future__ import annotations

import re

# Versions: three digits or more (0613, 001), dates, and the words for the newest one.
_VERSION = re.compile(r"(?:[-@:](?:\d{3,8}|\d{4}-\d\d-\d\d|\d\d-\d\d|latest|preview))+")
_NEWEST = re.compile(r"[-@:]latest$")


def is_same_model(said: str, asked: str) -> bool:
    """Whether a reply from `said` answers a request to `asked`."""
    said, asked = _bare(said), _bare(asked)
    return said == asked or (said.startswith(asked) and _VERSION.fullmatch(said, len(asked)) is not None)


def _bare(name: str) -> str:
    return _NEWEST.sub("", name.strip().rstrip("/").rpartition("/")[2].casefold())
