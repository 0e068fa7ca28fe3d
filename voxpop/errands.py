"""What the processes of a run tell each other: an errand one way, frames of rows the other, an ending last.

Frames are pickles between processes of ours on one machine, never files. Knows no engine and no record.
"""

from __future__ import annotations

import asyncio
import copyreg
import fcntl
import io
import json
import mmap
import os
import pickle
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from simulator.budget import Count, Counters
from simulator.errors import VoxpopError
from simulator.fieldwork import Outcome
from simulator.store.records import AnswerRow, ExchangeRow, InterviewRow, RespondentRow, TurnRows

Row = RespondentRow | TurnRows | InterviewRow
_LENGTH = struct.Struct("<Q")


class Errand(NamedTuple):
    """What one worker is to do: the interviews of `record` whose number leaves `share` when divided by `of`.

    `changes` are this session's (voxpop.changes); `counters` names the file in which all workers count what is spent;
    `started` is when the session began on the monotonic clock, which the processes of a machine share.
    """

    record: str
    share: int
    of: int
    changes: dict[str, Any]
    counters: str
    started: float

    def as_line(self) -> bytes:
        """As one line of JSON."""
        return json.dumps(self._asdict()).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes | str) -> Errand:
        """As `as_line` wrote it."""
        return cls(**json.loads(line))


class Frame(NamedTuple):
    """Rows in the order they came, and how the work ended, in the last frame of a worker that was not stopped."""

    rows: tuple[Row, ...]
    ending: Outcome | VoxpopError | None = None


def _by_fields(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    """How a row of this kind is pickled: as its making, which takes half the time of dataclasses' own way."""
    fields = attrgetter(*kind.__slots__)
    return lambda row: (kind, fields(row))


class _FramePickler(pickle.Pickler):
    dispatch_table = {  # noqa: RUF012  # read by the base class, from the class
        **copyreg.dispatch_table,
        **{kind: _by_fields(kind) for kind in (TurnRows, ExchangeRow, AnswerRow, RespondentRow, InterviewRow)},
    }


def write_frame(descriptor: int, frame: Frame) -> None:
    """Hand a frame over, whole; BrokenPipeError where nobody reads any more."""
    body = io.BytesIO()
    _FramePickler(body, pickle.HIGHEST_PROTOCOL).dump(tuple(frame))
    left = memoryview(_LENGTH.pack(body.tell()) + body.getvalue())
    while left:
        left = left[os.write(descriptor, left) :]


async def read_frame(stream: asyncio.StreamReader) -> Frame | None:
    """The next frame; None at the end, also in the middle of a frame whose writer was killed."""
    try:
        (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
        return Frame(*pickle.loads(await stream.readexactly(length)))
    except asyncio.IncompleteReadError:
        return None


class FileLock:
    """A lock between processes, held while a file is locked; the system frees it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def __del__(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)


@contextmanager
def counters_file() -> Iterator[Path]:
    """A file for `shared_counters`, gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="voxpop-counters-") as file:
        file.write(bytes(8 * len(Count)))
        file.flush()
        yield Path(file.name)


def shared_counters(path: Path) -> Counters:
    """The counters in `path`, which every process that maps it changes; they outlive the file's name."""
    with path.open("r+b") as file:
        numbers = memoryview(mmap.mmap(file.fileno(), 8 * len(Count))).cast("d")
    return Counters(numbers, FileLock(path))  # type: ignore[arg-type]  # indexed like a list of floats
