"""The garbage collector during fieldwork: looks for cycles less often, because an interview makes few and much else.

Every answer makes some hundred short-lived objects that reference counting frees. At CPython's default threshold the
collector runs every few answers and walks everything alive: 12 % of an answer's CPU time (docs/log.md). Knows nothing
of interviews.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATIONS = 20_000
"""New containers between two collections; CPython's default is 700 (2,000 from 3.12 on)."""


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Raise the threshold of the youngest generation inside, and put it back; a collector that is off stays off."""
    before = gc.get_threshold()
    if 0 < before[0] < ALLOCATIONS:
        gc.set_threshold(ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
