"""A child process per session, forked from a warm one: killed from outside at some moment, or from within at some call.

Nothing of ours is patched: the moment comes from a signal, the call from `sys.setprofile`, a torn write from the
kernel, which kills a process that writes past its file-size limit. Knows no run.
"""

from __future__ import annotations

import faulthandler
import hashlib
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

Work = Callable[[], None]

OURS = ("simulator/store/", "voxpop/running.py", "voxpop/recorded.py")
READ_ONLY = ("reader", "progress", "columns", "search", "tally")
"""Modules whose every call goes through a connection that SQLite opened for reading only."""
TOUCHING = {
    "_sqlite3": {"connect"},
    "sqlite3": {"connect"},
    "Connection": {"execute", "executemany", "executescript", "commit", "rollback", "close", "__exit__"},
    "Cursor": {"execute", "executemany", "executescript"},
    "posix": {
        "open",
        "close",
        "unlink",
        "remove",
        "rename",
        "replace",
        "mkdir",
        "ftruncate",
        "pwrite",
        "write",
        "fsync",
    },
    "fcntl": {"flock"},
}
"""Module or type → the functions written in C that can change what is on the disk (or hold a lock on it)."""


class Ended(NamedTuple):
    """How a child ended: its wait status, and the Python functions it was in when the signal came, innermost first."""

    status: int
    stack: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether it came to its end by itself."""
        return os.WIFEXITED(self.status) and os.WEXITSTATUS(self.status) == 0

    def killed_by(self) -> int:
        """The signal that ended it, 0 if none did; RuntimeError if it failed by itself."""
        if os.WIFSIGNALED(self.status):
            return os.WTERMSIG(self.status)
        if not self.is_complete:
            raise RuntimeError(f"the child failed by itself (wait status {self.status}); see its traceback above")
        return 0


def forked(work: Work) -> int:
    """The process id of a child that carries out `work` and ends at once: no clean-up of ours, no exit handlers."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def killed_after(seconds: float, work: Work) -> Ended:
    """Kill `work` that long after it began, if it has not ended by then.

    The child is stopped first, and while it stands still its stack is read, so the stack is that of the very moment.
    """
    reading, writing = os.pipe()

    def watched() -> None:
        # A group of its own: the kernel ignores a stop signal in a group that no parent could wake up.
        os.setpgid(0, 0)
        faulthandler.register(signal.SIGTSTP, file=writing, all_threads=False, chain=True)
        work()

    child = forked(watched)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGTSTP)
    _, status = os.waitpid(child, os.WUNTRACED)
    stack: tuple[str, ...] = ()
    if os.WIFSTOPPED(status):
        os.set_blocking(reading, False)
        try:
            stack = functions_in(os.read(reading, 1 << 16).decode("utf-8", "replace"))
        except BlockingIOError:  # it had not yet come to its first line
            stack = ()
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    os.close(reading)
    return Ended(status, stack)


def functions_in(dump: str) -> tuple[str, ...]:
    """The functions in a dump of faulthandler, innermost first, as `module.function`."""
    found = []
    for line in dump.splitlines():
        if line.startswith('  File "'):
            path, _, rest = line.removeprefix('  File "').partition('", line ')
            found.append(f"{Path(path).stem}.{rest.partition(' in ')[2]}")
    return tuple(found)


class DiskCall(NamedTuple):
    """A call that can touch the disk: the function of ours that makes it, what it calls, and the disk just before."""

    module: str
    function: str
    called: str
    disk: str = ""

    @property
    def kind(self) -> str:
        """What the call is, whatever lies on the disk."""
        return f"{self.module}.{self.function}: {self.called}"


class DiskCalls:
    """Counts the calls into C that can touch the disk; does something just before one of them.

    With a `folder`, each call carries a digest of everything in it: where that is the same before two calls, nothing
    was written in between, and a process killed before the one leaves behind what it leaves behind before the other.
    """

    def __init__(self, at: int = -1, then: Callable[[], Any] = lambda: None, folder: Path | None = None) -> None:
        self.calls: list[DiskCall] = []
        self._at = at
        self._then = then
        self._folder = folder

    def __enter__(self) -> DiskCalls:
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or not touches_disk(called):
            return
        caller = our_caller(frame)
        if caller is None or Path(caller.f_code.co_filename).stem in READ_ONLY:
            return
        if len(self.calls) == self._at:
            self._then()
        code = caller.f_code
        disk = "" if self._folder is None else digest_of(self._folder)
        self.calls.append(DiskCall(Path(code.co_filename).stem, code.co_name, called.__name__, disk))


def digest_of(folder: Path) -> str:
    """A digest of the names and contents of all files in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def touches_disk(called: Any) -> bool:
    """Whether this C function is one of `TOUCHING`."""
    owner = getattr(called, "__self__", None)
    name = getattr(owner, "__name__", None) if owner is None or isinstance(owner, type(os)) else type(owner).__name__
    return called.__name__ in TOUCHING.get(name or "", ())


def our_caller(frame: FrameType | None) -> FrameType | None:
    """The nearest function of ours around this call, None if there is none."""
    while frame is not None:
        if any(part in frame.f_code.co_filename for part in OURS):
            return frame
        frame = frame.f_back
    return None


def kill_self() -> None:
    """As if from outside, at this very place."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_before(call: int, work: Work) -> Ended:
    """Kill `work` just before its call number `call` that can touch the disk."""

    def counted() -> None:
        with DiskCalls(call, kill_self):
            work()

    _, status = os.waitpid(forked(counted), 0)
    return Ended(status, ())


def torn_at(call: int, folder: Path, rng: random.Random, work: Work) -> Ended:
    """From call number `call` on the kernel kills `work` in the middle of any write past some offset of a file."""

    def limit() -> None:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        size = rng.choice(files).stat().st_size if files else 0
        beyond = size + rng.choice((0, 1, 17, 32, 500, 4096 + 24, 9001, 20_000))
        offset = rng.choice((beyond, beyond, rng.randint(0, size)))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (offset, hard))

    def counted() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with DiskCalls(call, limit):
            work()

    _, status = os.waitpid(forked(counted), 0)
    return Ended(status, ())


def counted_calls(work: Work, folder: Path) -> list[DiskCall]:
    """The calls of `work` that can touch the disk, in order, none of them disturbed."""
    with DiskCalls(folder=folder) as counted:
        work()
    return counted.calls


def waited_for(work: Work) -> Ended:
    """Let `work` come to its end in a child."""
    _, status = os.waitpid(forked(work), 0)
    return Ended(status, ())
