"""One writer per record: a lock file beside it, held by the operating system for as long as the process lives.

The lock vanishes with its process, however that ends; the file may stay behind and means nothing unlocked. It holds the
process id of the last holder, for the message. Knows no database.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from simulator.errors import StoreBusy


def _sign(descriptor: int) -> None:
    """Leave our process id for the message. A full disk has no room for it; the lock holds all the same."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


class RecordLock:
    """The exclusive right to write one record; also refuses a second writer in the same process."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(path.name + ".lock")
        self._descriptor = self._take(path)

    def _take(self, record: Path) -> int:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
                os.close(descriptor)
                who = f"process {holder}" if holder else "another process"
                raise StoreBusy(
                    f"{record}: {who} is writing to this record; wait for it to end or stop it, then try again"
                ) from None
            if self._is_current(descriptor):
                _sign(descriptor)
                return descriptor
            os.close(descriptor)  # the last holder removed the file between our open and our lock

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1
