"""Whether a reply was sent before, to another request: told by the id that a server gives each completion. Pure.

A server that mixes up its replies, or a connection that is one reply behind, shows the id of a completion that another
request has had already. Not every server's ids tell: some are missing, some constant, some drawn from a thousand
(Ollama), so an id counts only if it is long, and only once the server has shown two different ones. Keeps the newest
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

    NEW = auto()  # never seen: the reply belongs to this request
    REPEATED = auto()  # another request has had this reply
    SILENT = auto()  # this server's ids do not tell


class ReplyIds:
    """The ids seen so far."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._n_repeated = 0

    def judge(self, reply_id: object, request: bytes) -> Verdict:
        """Take the reply's id and the body of the request that it came for into account.

        The same reply to the same request is no mix-up (a caching proxy answers so), but tells nothing either.
        """
        if (
            not isinstance(reply_id, str)
            or len(reply_id) - len(_PREFIX) * reply_id.startswith(_PREFIX) < SHORTEST_TELLING
        ):
            return Verdict.SILENT
        key, asked = hash(reply_id), hash(request)
        before = self._seen.get(key)
        if before is None:
            self._remember(key, asked)
            return Verdict.NEW
        if before == asked:
            return Verdict.SILENT
        self._n_repeated += 1
        return Verdict.SILENT if len(self._seen) == 1 and self._n_repeated > CONSTANT_AFTER else Verdict.REPEATED

    def _remember(self, key: int, asked: int) -> None:
        self._seen[key] = asked
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
