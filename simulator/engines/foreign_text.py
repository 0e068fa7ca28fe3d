"""Text from outside, made fit to be shown or sent on: no secrets, no control characters, nothing UTF-8 cannot hold.

Knows no engine.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def excerpt(text: str, secrets: tuple[str, ...] = (), limit: int = 200) -> str:
    """Foreign text fit for a message: secrets out, one line, no control characters, at most `limit` characters."""
    # Secrets go before the text is cut: half a secret is still one.
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "[removed]")
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 20 * limit]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def encodable(text: str) -> str:
    """The text with lone surrogates replaced: JSON can carry them, UTF-8 (the next prompt) cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown_url(url: str) -> str:
    """The URL without user, password, query and fragment."""
    if "://" not in url:  # no URL: "127.0.0.1:8000" would come out as "://127.0.0.1:8000"
        return url.partition("?")[0].partition("#")[0].rpartition("@")[2]
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
