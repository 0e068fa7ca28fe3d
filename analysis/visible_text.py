"""Text that somebody else wrote, with everything in it that would act instead of being seen made visible.

Shared by whatever shows text: terminals, pages, figures. Knows none of them.
"""

from __future__ import annotations

_KEPT = {"\n", "\t"}
# Bidirectional overrides and isolates reorder what a reader sees; zero-width joiners do not and stay (they are
# language).
_REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def safe(text: str) -> str:
    """`text` with every control character made visible: ESC as `\\x1b`, a right-to-left override as `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(character if _is_harmless(character) else _escaped(character) for character in text)


def _is_harmless(character: str) -> bool:
    code = ord(character)
    if character in _KEPT:
        return True
    is_control = code < 0x20 or 0x7F <= code < 0xA0
    return not (is_control or character in _REORDERING or 0xD800 <= code < 0xE000 or character in "\u2028\u2029\u0085")


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
