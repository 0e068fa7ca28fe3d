"""A small instrument and its parts, shared by the tests of presentation, memory and probes."""

from __future__ import annotations

from simulator.conditions import Condition
from surveys.instrument import Block, Instrument, Item, ResponseFormat, ResponseOption


def options(*texts, scores=None, missing=None):
    return tuple(
        ResponseOption(
            code,
            {"en": text, "de": f"{text} (de)", "zh": f"{text} (zh)", "ja": f"{text} (ja)"},
            score=None if scores is None else scores[code - 1],
            missing=(missing or {}).get(code),
        )
        for code, text in enumerate(texts, 1)
    )


def texts(english):
    return {
        language: english if language == "en" else f"{english} ({language})" for language in ("en", "de", "zh", "ja")
    }


SCALE = Item("scale", texts("How much?"), ResponseFormat.SCALE, options("Little", "Some", "Much", "All"), block="b1")
NOMINAL = Item(
    "nominal", texts("Which party?"), ResponseFormat.SINGLE, options("Red", "Green", "Blue", "White", "Gold")
)
SCORED = Item("scored", texts("How good?"), ResponseFormat.SINGLE, options("Bad", "Fair", "Good", scores=(-1, 0, 1)))
UNSURE = Item(
    "unsure",
    texts("Is it so?"),
    ResponseFormat.SINGLE,
    options("Yes", "No", "Perhaps", "Don't know", missing={4: "dont_know"}),
)
SEVERAL = Item("several", texts("Which ones?"), ResponseFormat.MULTIPLE, options("Home", "Work", "Play"), max_picks=2)
OPEN = Item("open", texts("Why?"), ResponseFormat.OPEN)
INSTRUMENT = Instrument(
    id="small",
    title=texts("A small survey"),
    items=(SCALE, NOMINAL, SCORED, UNSURE, SEVERAL, OPEN),
    languages=("en", "de", "zh", "ja"),
    instruction=texts("Please answer every question."),
    blocks=(Block("b1", instruction=texts("Think of last year.")),),
)


def condition(**fields):
    return Condition(strategy="basic", **fields)
