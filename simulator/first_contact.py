"""Whether an engine answers at all: until its first reply one interviewer asks alone, so that what is wrong fails once.

A wrong address, model or key, or log probabilities that never come, would otherwise fail in every interview at once.
Costs no call of its own: the first question is a question of the interview. Knows no engine and no interview.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from simulator.errors import EngineError, EngineRefused, MalformedCompletion
from simulator.store.records import TurnRows

REFUSED_IN_A_ROW = 8
"""After so many requests refused and no reply before, the refusals are no longer about single items."""
MALFORMED_IN_A_ROW = 3
"""After so many interviews begun with nothing usable in reply, it is not about single respondents."""


class FirstContact:
    """The door that the first interviewer opens for the others. `is_made` once a reply has come.

    `earlier` are the turns that the record already holds: where one has a reply, refusals are about single items.
    """

    def __init__(self, earlier: Iterable[TurnRows] = ()) -> None:
        self.is_made = False
        self._was_made_before = any(row.completion is not None for turn in earlier for row in turn.exchanges)
        self._door = asyncio.Event()
        self._n_malformed = 0
        self._n_refused = 0
        self._last_refusal = ""

    async def wait(self) -> None:
        """Wait for the first reply, or for the first interviewer to have nobody left to ask."""
        await self._door.wait()

    def give_way(self) -> None:
        """Let the others in though no reply has come: there is nobody left to ask."""
        self._door.set()

    def note(self, turn: TurnRows) -> None:
        """Take a stored turn into account. Raises EngineRefused where every request so far was refused, and many."""
        for row in turn.exchanges:
            if row.completion is not None:
                self.is_made = True
                self._door.set()
                return
            if row.error_kind == EngineRefused.kind:
                self._n_refused += 1
                self._last_refusal = row.error or ""
        if self._n_refused >= REFUSED_IN_A_ROW:
            self.check()

    def broken_off(self, failure: EngineError) -> None:
        """Raise `failure`, which broke an interview off before any reply, unless asking somebody else may help."""
        self._n_malformed += isinstance(failure, MalformedCompletion)
        if not 0 < self._n_malformed < MALFORMED_IN_A_ROW:
            raise failure

    def check(self) -> None:
        """Raise EngineRefused if requests were made and every one was refused."""
        if self.is_made or self._was_made_before or not self._n_refused:
            return
        every = "the only request was" if self._n_refused == 1 else f"all {self._n_refused} requests so far were"
        raise EngineRefused(f"{self._last_refusal} ({every} refused)", fatal=True)
