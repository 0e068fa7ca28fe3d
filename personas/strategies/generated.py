"""Personas that a model writes: two to three sentences, asked for before the interview and stored like every other.

Knows what to ask for and how to read the reply, and calls nobody: whoever runs the interviews sends `persona_request`,
reads the reply with `read_persona` and completes the persona with `with_generated_text`.
"""

# ruff: noqa: ARG002 (the protocol fixes the parameters, used or not)
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from personas.persona import Persona
from personas.render import fill, join, shipped_template
from personas.strategies.base import Attributes, Draw
from simulator.errors import PopulationError

if TYPE_CHECKING:
    from personas.plan import Population

MIN_SENTENCES, MAX_SENTENCES = 2, 3
MAX_CHARACTERS = 800

_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_HEADING = re.compile(
    r"(?:\*\*|#+ *)?(?:persona|description|beschreibung|人物描述|人物)(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*", re.I
)
_QUOTES = {'"': '"', "“": "”", "„": "“", "「": "」", "'": "'"}
_REFUSAL = re.compile(
    r"(?:i(?:'|’)?m sorry|i am sorry|sorry,|i can(?:no|')t|i can’t|i(?: a|'|’)m (?:an ai|unable|not able)|i won't"
    r"|as an (?:ai|artificial)|unfortunately, i"
    r"|es tut mir leid|ich kann (?:das|dies|dabei|keine|nicht)|als (?:ki|eine ki)\b"
    r"|抱歉|对不起|很遗憾|作为(?:一个|一名)?(?:ai|人工智能|语言模型)|我(?:无法|不能)"
    r"|申し訳|すみません|ai(?:として|なので)|(?:私は)?言語モデル)",
    re.I,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Jr|Sr|vs|etc|approx|No|ca|bzw|Nr|usw)|\b[A-Z]|\b(?:e\.g|i\.e|z\.B|d\.h|U\.S|a\.m|p\.m))\.$"
)
_STOP = re.compile(r"[.!?…]+[\"”“'’)\]]*(?=\s|$)|[。！？]+[」』”）]*")


class Generated:
    """Attribute `generated`; the text is empty until a model has written it."""

    name = "generated"
    options: frozenset[str] = frozenset()

    def check(self, population: Population) -> None:
        """The languages must be ones a request exists in."""
        for language in population.languages:
            persona_request(language)

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """`n` personas that wait for their text."""
        return Draw([{"generated": True} for _ in range(n or 0)])

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """No values."""
        return {}

    def text(self, attributes: Attributes, language: str) -> str:
        """No text yet."""
        return ""


def persona_request(language: str, seed_facts: str = "") -> str:
    """The request for one persona in `language`, as plain text; `seed_facts` is what is already known of the person."""
    parts = [shipped_template("generated-request", language)]
    if seed_facts:
        parts.append(fill(shipped_template("generated-facts", language), {"facts": seed_facts}))
    return join(parts, language)


def read_persona(text: str) -> str:
    """The persona in a model's reply: thoughts, fences, heading and quotes removed, whitespace joined, at most three
    sentences.

    Raises PopulationError for an empty reply, a refusal, fewer than two sentences, or more than 800 characters in
    three sentences; such a reply is asked for again, never used.
    """
    cleaned = _THOUGHTS.sub("", text).strip()
    fenced = _FENCE.fullmatch(cleaned)
    cleaned = " ".join((fenced[1] if fenced else cleaned).split())
    cleaned = _HEADING.sub("", cleaned, count=1) if _HEADING.match(cleaned) else cleaned
    if len(cleaned) > 1 and _QUOTES.get(cleaned[0]) == cleaned[-1]:
        cleaned = cleaned[1:-1].strip()
    if not cleaned:
        raise PopulationError("generated persona: the reply is empty; ask the model again")
    if _REFUSAL.match(cleaned):
        raise PopulationError(
            f"generated persona: the reply is a refusal ({cleaned[:60]!r}); ask again or use another model"
        )
    sentences = _sentences(cleaned)
    if len(sentences) < MIN_SENTENCES:
        raise PopulationError(
            f"generated persona: the reply has {len(sentences)} sentence, not two to three ({cleaned[:60]!r});"
            " ask again"
        )
    persona = "".join(sentences[:MAX_SENTENCES]).strip()
    if len(persona) > MAX_CHARACTERS:
        raise PopulationError(
            f"generated persona: {MAX_SENTENCES} sentences have {len(persona)} characters, at most {MAX_CHARACTERS} are"
            " allowed; ask again"
        )
    return persona


def with_generated_text(persona: Persona, text: str, language: str = "en") -> Persona:
    """`persona` with the text that a model wrote, after what was already known of the person in that language."""
    known = persona.texts.get(language, "")
    return replace(persona, texts={**persona.texts, language: join([known, text], language)})


def _sentences(text: str) -> list[str]:
    """The text cut after each sentence; what follows the last stop is a sentence of its own."""
    sentences, start = [], 0
    for stop in _STOP.finditer(text):
        rest = text[stop.end() :].lstrip()
        if rest and (rest[0].islower() or _ABBREVIATION.search(text[start : stop.end()])):
            continue
        sentences.append(text[start : stop.end()])
        start = stop.end()
    if text[start:].strip():
        sentences.append(text[start:])
    return sentences
