"""What an OpenAI-compatible engine keeps while its event loop lives: lines, gate, ids, and whom failures are about.

Sends and translates what comes back or does not; knows no request of ours and no completion.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

from simulator.engines.gate import Gate
from simulator.engines.lines import AnyLine, Lines, Reply
from simulator.engines.openai_failures import FOREIGN, Failure, Place, with_status, without_status
from simulator.engines.reply_ids import ReplyIds


@dataclass(slots=True)
class Session:
    """One for each engine in use. `last_failure` is the last one of a server that seemed absent."""

    lines: Lines
    gate: Gate
    loop: asyncio.AbstractEventLoop
    place: Place
    last_failure: Failure | None = None
    reply_ids: ReplyIds = field(default_factory=ReplyIds)
    _id_prefix: str = field(default_factory=lambda: uuid4().hex[:16])
    _n_sent: int = 0

    def next_id(self) -> str:
        """A name for a request that no other one has, in this process or another."""
        self._n_sent += 1
        return f"{self._id_prefix}{self._n_sent:012x}"

    async def get(self, path: str, seconds: float) -> Reply | Failure:
        """Fetch something on a line of its own."""
        line = self.lines.new()
        try:
            return await self._send(line, "GET", path, None, seconds, "")
        finally:
            await line.drop()

    async def post(self, line: AnyLine, path: str, content: bytes, seconds: float, request_id: str) -> Reply | Failure:
        """Send something on this line."""
        return await self._send(line, "POST", path, content, seconds, request_id)

    async def _send(
        self, line: AnyLine, method: str, path: str, content: bytes | None, seconds: float, request_id: str
    ) -> Reply | Failure:
        """One exchange with the server; every foreign exception becomes a Failure here."""
        try:
            async with asyncio.timeout(seconds):
                reply = await line.request(method, path, content, request_id)
        except FOREIGN as caught:
            return without_status(caught, self.place)
        return reply if reply.status < 300 else with_status(reply, self.place)
