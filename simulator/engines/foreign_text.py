"""Text from outside, made fit to be shown or sent on: no secrets, no control characters, nothing UTF-8 cannot hold.

Knows no engine.
"""

from __future__ import annotations

import re

from simulator.engines.secrets import holds, without
from simulator.errors import MalformedCompletion
from simulator.messages import Completion

_END_OF_HOST = re.compile(r"[/?#]")


def excerpt(text: str, secrets: tuple[str, ...] = (), limit: int = 200) -> str:
    """Foreign text fit for a message: secrets out, one line, no control characters, at most `limit` characters."""
    # Secrets go before the text is cut: half a secret is still one.
    text = without(text, secrets)
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 20 * limit]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


class SecretRepeated(MalformedCompletion):
    """A reply holds the secret that only its server was told."""


def require_no_secret(completion: Completion, secrets: tuple[str, ...]) -> None:
    """Raise SecretRepeated where a completion gives back the key it was asked with: nobody said that.

    Taking the key out would alter a text that is recorded as what came back; so the reply is not recorded at all.
    """
    if not secrets:
        return
    told = [*completion.texts, completion.model, completion.finish_reason or "", completion.refusal or ""]
    if completion.positions:
        told.append("".join(position.token for position in completion.positions))
        told += (token for position in completion.positions for token, _ in position.top)
    if holds("\n".join(told), secrets):
        raise SecretRepeated("the reply repeats the key it was asked with, and is not kept")


def encodable(text: str) -> str:
    """The text with lone surrogates replaced: JSON can carry them, UTF-8 (the next prompt) cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown_url(url: str) -> str:
    """The URL without user, password, query and fragment; never raises, whatever is given as one.

    Behind an @ in the wrong place ("http://me:pass/word@host") anything may be part of a password: nothing is shown.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme.isalnum():  # no URL: "127.0.0.1:8000"
        scheme, separator, rest = "", "", url
    host = _END_OF_HOST.split(rest, maxsplit=1)[0]
    if "@" in rest[len(host) :]:
        return f"{scheme}{separator}…"
    bare = re.split(r"[?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}{separator}{bare.rstrip('/')}"
