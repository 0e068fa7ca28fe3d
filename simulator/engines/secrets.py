"""What must not be kept or shown: which names stand for secrets, and a secret found in a text in whatever form.

Knows no engine, no file and no environment: whoever holds a secret asks here.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

REMOVED = "[removed]"
SHORTEST = 16
"""Characters that a key has at least. Shorter ones ("EMPTY", "none", "lm-studio") stand in for one, and occur in texts
by chance.
"""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_ALONE = frozenset(
    {"token", "secret", "password", "passwd", "passphrase", "authorization", "credential", "credentials", "bearer"}
    | {"apikey", "cookie"}
)
_BEFORE_KEY = frozenset({"api", "access", "secret", "private", "subscription", "auth", "account"})


def names_secret(name: str) -> bool:
    """Whether a value of this name is a secret: `api_key`, `X-API-Key`, `accessToken`, not `max_tokens` or `top_k`."""
    words = _NOT_WORD.sub(" ", _HUMP.sub("_", name).lower()).split()
    if not words:
        return False
    return words[-1] in _ALONE or words == ["key"] or (words[-1] == "key" and bool(_BEFORE_KEY.intersection(words)))


def secret_places(data: Any, place: str = "") -> Iterator[str]:
    """The dotted places in nested tables and lists whose name says that a secret stands there."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            inner = f"{place}.{key}" if place else str(key)
            if names_secret(str(key)) and isinstance(value, str) and value:
                yield inner
            else:
                yield from secret_places(value, inner)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from secret_places(value, place)


@lru_cache(maxsize=64)
def forms(secret: str) -> tuple[str, ...]:
    """The ways in which a text may hold `secret`, longest first: as it is, as JSON, Python or an address, in base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    quoted, written = json.dumps(secret)[1:-1], secret.replace("\\", "\\\\")
    found = [secret, quoted, quoted.replace("/", "\\/"), written, written.replace("'", "\\'"), quote(raw, safe="")]
    if len(raw) >= SHORTEST:
        # Three base64 texts, by where the secret begins in what was encoded; their ends depend on the neighbours.
        for before in range(3):
            first, last = -(-before * 4 // 3), (before + len(raw)) * 8 // 6
            found += [encode(b"\0" * before + raw).decode()[first:last] for encode in (b64encode, urlsafe_b64encode)]
    return tuple(sorted({form for form in found if form}, key=len, reverse=True))


def without(text: str, secrets: Iterable[str]) -> str:
    """`text` with every form of every secret taken out."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in forms(secret) if secret else ():
            text = text.replace(form, REMOVED)
    return text


def holds(text: str, secrets: Iterable[str]) -> bool:
    """Whether `text` holds one of the secrets that are long enough not to be there by chance."""
    return any(form in text for secret in secrets if len(secret) >= SHORTEST for form in forms(secret))
