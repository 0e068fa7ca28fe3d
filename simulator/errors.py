"""The one error tree of voxpop, drawn here and nowhere else.

A message says what is wrong, which one, and what to do. Knows nothing of engines, stores or surveys: only their
failures. An unreadable answer is data (a status), not an error; a bug in voxpop is any exception not listed here.

    VoxpopError                       exit status
    ├── ConfigError                   2   what the user wrote is wrong
    │   ├── InstrumentError               a survey file
    │   ├── PopulationError               personas, margins, tables
    │   ├── RunSpecError                  a run specification or a command line
    │   └── ReportError                   a report that cannot be written as it is
    ├── EngineError                   4   whoever answers did not answer
    │   ├── EngineUnreachable             no connection, timeout, 5xx after retries
    │   ├── EngineThrottled               429 after retries
    │   ├── EngineRefused                 bad key, unknown model, rejected request
    │   ├── MalformedCompletion           something came back that is no completion
    │   └── MissingCapability         2   the engine cannot do what a probe needs
    ├── StudyIncomplete               3   interviews that a study rests on are open
    ├── WorkerLost                    3   a process that shared in the run died
    └── StoreError                    5   the record cannot be read or written
        ├── StoreNewer                    written by a newer voxpop
        ├── StoreCorrupt                  not a voxpop record, or damaged
        ├── StoreBusy                     another run is writing to it
        └── StoreFull                     no room left on the disk
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

EXIT_COMPLETE = 0
EXIT_BUG = 1
EXIT_USER = 2
EXIT_INCOMPLETE = 3
EXIT_ENGINE = 4
EXIT_STORE = 5


class Fault(NamedTuple):
    """One thing wrong in a file: where, what, and what to do about it."""

    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.remedy}"


class VoxpopError(Exception):
    """Anything voxpop can explain to its user; `exit_status` is what the command line returns."""

    exit_status = EXIT_BUG

    def __reduce__(self) -> tuple[Any, ...]:
        # Between processes: most errors of ours cannot be made again from their message alone.
        return _made_again, (type(self), self.args, self.__dict__)


def _made_again(kind: type[VoxpopError], args: tuple[Any, ...], facts: dict[str, Any]) -> VoxpopError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class ConfigError(VoxpopError):
    """What the user wrote cannot be used. `faults` lists every fault found, not only the first."""

    exit_status = EXIT_USER

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(message)

    @classmethod
    def from_faults(cls, source: str, faults: Sequence[Fault]) -> ConfigError:
        """One error that lists every fault of `source`, one per line."""
        count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
        return cls("\n".join([f"{source}: {count}", *(f"  {fault}" for fault in faults)]), faults)


class InstrumentError(ConfigError):
    """A survey file is faulty."""


class PopulationError(ConfigError):
    """Personas, margins or a respondent table are faulty."""


class RunSpecError(ConfigError):
    """A run specification or a command line is faulty."""


class ReportError(ConfigError):
    """A report cannot be written: a number without a reason, a folder that holds something else, no way to draw."""


class EngineError(VoxpopError):
    """Whoever was asked did not answer. `attempts` counts the tries that were made; `failed_tries` names their faults.

    `ends_run` says that every further request would fail too; otherwise the interview deals with it.
    """

    exit_status = EXIT_ENGINE
    kind = "engine"
    ends_run = False

    def __init__(self, message: str, *, attempts: int = 1, failed_tries: tuple[str, ...] = ()) -> None:
        self.attempts = attempts
        self.failed_tries = failed_tries
        super().__init__(message)


class EngineUnreachable(EngineError):
    """No connection, a timeout, or a server error that retries did not cure; `ends_run` where nobody hopes any more."""

    kind = "unreachable"

    def __init__(
        self, message: str, *, ends_run: bool = False, attempts: int = 1, failed_tries: tuple[str, ...] = ()
    ) -> None:
        self.ends_run = ends_run
        super().__init__(message, attempts=attempts, failed_tries=failed_tries)


class EngineThrottled(EngineError):
    """The server kept asking to slow down."""

    kind = "throttled"


class EngineRefused(EngineError):
    """The server understood and said no.

    `fatal` is true where every further request would be refused too (bad key, unknown model) and false where only
    this request was (too long, filtered): then the item gets the status `error` and the interview goes on.
    """

    kind = "refused"

    def __init__(self, message: str, *, fatal: bool, attempts: int = 1, failed_tries: tuple[str, ...] = ()) -> None:
        self.fatal = self.ends_run = fatal
        super().__init__(message, attempts=attempts, failed_tries=failed_tries)


class MalformedCompletion(EngineError):
    """Something came back that is not a completion: truncated or foreign JSON, no choices, missing logprobs."""

    kind = "malformed"


class MissingCapability(EngineError):
    """The engine cannot do what was asked of it, by declaration."""

    exit_status = EXIT_USER
    kind = "capability"
    ends_run = True


class StudyIncomplete(VoxpopError):
    """A run that a study rests on has interviews open; its report is not written."""

    exit_status = EXIT_INCOMPLETE


class WorkerLost(VoxpopError):
    """A process that shared in the interviews died before it was done."""

    exit_status = EXIT_INCOMPLETE


class StoreError(VoxpopError):
    """The record cannot be read or written."""

    exit_status = EXIT_STORE


class StoreNewer(StoreError):
    """The record was written by a newer voxpop."""


class StoreCorrupt(StoreError):
    """The file is no voxpop record, or a damaged one."""


class StoreBusy(StoreError):
    """Another run is writing to the record."""


class StoreFull(StoreError):
    """There is no room left to write the record."""
