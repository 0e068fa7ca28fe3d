"""Filling persona texts: a template with {placeholders}, and the values that go into them.

A value is put in as it is and never read as a template; a placeholder is a plain name, so that a template cannot reach
into an object. Knows no strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from string import Formatter

from personas.catalogs import catalog
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError

UNSPACED = ("zh", "ja")


@lru_cache(maxsize=512)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """The template as (text, name of the placeholder that follows it) pairs."""
    try:
        parts = tuple(Formatter().parse(template))
    except ValueError as error:
        raise PopulationError(
            f"template {template!r}: {error}; write {{name}} for a value and {{{{ or }}}} for a brace"
        ) from error
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name):
            raise PopulationError(
                f"template {template!r}: {{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
                " is not a plain placeholder; write {name} with the name of a value and nothing else"
            )
    return tuple((text, name) for text, name, _, _ in parts)


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces, in order of first appearance."""
    return tuple(dict.fromkeys(name for _, name in _parts(template) if name is not None))


def fill(template: str, words: Mapping[str, object]) -> str:
    """The template with every {name} replaced by `words[name]`; PopulationError names an unknown placeholder."""
    filled = []
    for text, name in _parts(template):
        filled.append(text)
        if name is not None:
            if name not in words:
                raise PopulationError(
                    f"template {template!r}: there is no value for {{{name}}}; {did_you_mean(name, words)}"
                )
            filled.append(str(words[name]))
    return "".join(filled)


def shipped_template(name: str, language: str) -> str:
    """The shipped template `name` in `language`; PopulationError if it does not exist in that language."""
    texts: Mapping[str, str] = catalog("templates.toml").heading[name]
    if language not in texts:
        raise PopulationError(
            f"strategy {name!r}: there is no text in language {language!r}; {did_you_mean(language, texts)},"
            " or give a template of your own in that language"
        )
    return texts[language]


def join(texts: Iterable[str], language: str) -> str:
    """Several descriptions of one person as one text: with spaces between, except in Chinese and Japanese."""
    return ("" if language in UNSPACED else " ").join(text for text in texts if text)


def shipped_word(file: str, name: str, language: str, key: str = "text") -> str:
    """How the catalog `file` puts its entry `name` into `language`; the name itself if it is not in the catalog."""
    return _words(file, key).get(name, {}).get(language, name)


@lru_cache(maxsize=32)
def _words(file: str, key: str) -> dict[str, Mapping[str, str]]:
    """Entry name → wording by language, for a TOML catalog (under `key`) or a CSV catalog (one column per language)."""
    return {row["name"]: row.get(key, row) for row in catalog(file).rows}
