"""Whether a reply was meant for another request: told by the id that a server gives each completion. Pure.

A server that mixes up its replies, or a connection that is one reply behind, shows the id of a completion that another
request has had already. Not every server's ids tell: some are missing, some constant, some drawn from a thousand
(Ollama), so a repetition counts only for long ids, and only once the server has shown two different ones. Some servers
(vLLM) make the id from the X-Request-Id that they were sent; from then on every id has to hold it. Keeps the newest
`REMEMBERED` ids, as hashes.
"""

from __future__ import annotations

from enum import Enum, auto

REMEMBERED = 65_536
"""So many ids back a repetition is recognized."""

SHORTEST_TELLING = 12
"""An id with fewer characters after its prefix may come twice by chance."""

CONSTANT_AFTER = 3
"""After so many repetitions of the only id ever seen, it is the server's id for everything."""

_PREFIX = "chatcmpl-"


class Verdict(Enum):
    """What the id of a reply says."""

    OURS = auto()  # never seen before, or made from what was sent: the reply belongs to this request
    FOREIGN = auto()  # it belongs to another one
    SILENT = auto()  # nothing either way


class ReplyIds:
    """The ids seen so far."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._n_repeated = 0
        self._echoes = False

    def judge(self, reply_id: object, request: bytes, sent_id: str) -> Verdict:
        """Take the id of the reply that came for this request body, sent under `sent_id`, into account.

        The same reply to the same body is no mix-up (a caching proxy answers so), but tells nothing either.
        """
        if not isinstance(reply_id, str) or len(reply_id.removeprefix(_PREFIX)) < SHORTEST_TELLING:
            return Verdict.FOREIGN if self._echoes else Verdict.SILENT
        key, asked = hash(reply_id), hash(request)
        before = self._seen.get(key)
        if sent_id in reply_id:
            self._echoes = True
        elif before == asked:
            return Verdict.SILENT
        elif self._echoes:
            return Verdict.FOREIGN
        elif before is not None:
            self._n_repeated += 1
            is_constant = len(self._seen) == 1 and self._n_repeated > CONSTANT_AFTER
            return Verdict.SILENT if is_constant else Verdict.FOREIGN
        self._seen[key] = asked
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return Verdict.OURS
