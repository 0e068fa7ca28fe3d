"""The answers of a value questionnaire: codes, labels, and which way they run. Knows no item.

Canonical codes stay those of the original. Where they fall (1 = very much like me) every answer gets a score, low plus
high minus its code, so that keyed scores rise with likeness.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

from simulator.errors import Fault
from surveys.fields import shown
from surveys.importers.value_tables import Entry, Tables, worded
from surveys.reading import MISSING_REASONS
from surveys.suggest import did_you_mean
from surveys.value_keys import CODINGS, Coding, ValueKey

_WHOLE = re.compile(r"-?[0-9]{1,9}")
EXAMPLE = "a table with the columns code and label, one answer a row"


class Scale(NamedTuple):
    """Answers as a survey file holds them, how they run, and who said so."""

    options: list[dict[str, Any]]
    coding: Coding | None
    said_by: str


def read_scale(tables: Tables, key: ValueKey, language: str, languages: Sequence[str]) -> Scale:
    """The answers in `tables`, with every fault noted there; `languages` are those of the items."""
    if not tables.scale:
        if "scale" not in tables.file_of:
            tables.faults.append(Fault("answers", "no file says how they read", f"give {EXAMPLE}"))
        return Scale([], None, "")
    before = len(tables.faults)
    options = [option for entry in tables.scale if (option := _option(entry, language, languages, tables.faults))]
    file = tables.file_of["scale"]
    answers = [option for option in options if "missing" not in option]
    _check_points(answers, file, tables, key)
    if len(tables.faults) > before or not key.items:
        return Scale(options, None, "")
    coding, said_by = _coding(answers, file, tables, key)
    codes = [option["code"] for option in answers]
    if coding == "falling":
        for option in answers:
            option.setdefault("score", float(min(codes) + max(codes) - option["code"]))
    return Scale(options, coding, said_by)


def _option(entry: Entry, language: str, languages: Sequence[str], faults: list[Fault]) -> dict[str, Any] | None:
    """One answer; None where it has no code."""
    labels = {other or language: entry.get(column) for column, other in worded(entry.cells, "label")}
    for one in languages:
        if not labels.get(one):
            column = "label" if one == language and "label" in entry.cells else f"label_{one}"
            faults.append(Fault(entry.at(column), f"has no label in {one!r}", "give every answer one in each language"))
    option: dict[str, Any] = {"text": {one: label for one, label in labels.items() if label and one in languages}}
    if missing := entry.get("missing"):
        option["missing"] = missing
        if missing not in MISSING_REASONS:
            faults.append(
                Fault(entry.at("missing"), f"{missing!r} is no reason", did_you_mean(missing, MISSING_REASONS))
            )
    if score := entry.get("score"):
        try:
            option["score"] = float(score)
        except ValueError:
            faults.append(Fault(entry.at("score"), f"found {shown(score)}", "give a number"))
    code = entry.get("code")
    if not _WHOLE.fullmatch(code):
        faults.append(Fault(entry.at("code"), f"found {shown(code)}", "give a whole number"))
        return None
    return {"code": int(code), **option}


def _check_points(answers: Sequence[Mapping[str, Any]], file: str, tables: Tables, key: ValueKey) -> None:
    """The codes run without a gap, and there are as many as the key, or the file, says."""
    codes = [option["code"] for option in answers]
    if sorted(codes) != list(range(min(codes, default=1), min(codes, default=1) + len(codes))):
        what = f"the codes are {', '.join(map(str, codes))}"
        tables.faults.append(Fault(f"{file}, column code", what, "give each answer its own code, without a gap"))
    points = tables.facts.get("points")
    if points is not None and (not isinstance(points, int) or isinstance(points, bool)):
        tables.faults.append(Fault(f"{tables.file_of['points']}, points", f"found {shown(points)}", "give a number"))
        points = None
    for said, n in ((tables.file_of.get("points", ""), points), (key.called, key.n_points)):
        if n is not None and n != len(codes):
            what = f"{len(codes)} answers, where {said} has {n}"
            tables.faults.append(
                Fault(file, what, f"give all {n}; one that is no answer gets a reason in column missing")
            )


def _coding(
    answers: Sequence[Mapping[str, Any]], file: str, tables: Tables, key: ValueKey
) -> tuple[Coding | None, str]:
    """Which way the answers run, by key, file and scores, which must agree."""
    said: dict[str, Coding] = {}
    stated = tables.facts.get("coding")
    if stated is not None:
        if stated in CODINGS:
            said[f"{tables.file_of['coding']}, coding"] = cast(Coding, stated)
        else:
            remedy = did_you_mean(str(stated), list(CODINGS))
            tables.faults.append(Fault(f"{tables.file_of['coding']}, coding", f"found {shown(stated)}", remedy))
            return None, ""
    if key.coding is not None:
        said[key.called] = key.coding
    if any("score" in option for option in answers):
        by_scores = _coding_of_scores(answers)
        if by_scores is None:
            what = "the scores neither rise nor fall with the codes"
            tables.faults.append(Fault(f"{file}, column score", what, "score every answer, most like me highest"))
            return None, ""
        said[f"{file}, column score"] = by_scores
    if not said:
        remedy = "; ".join(f'coding = "{name}" in a TOML file: {words}' for name, words in CODINGS.items())
        tables.faults.append(
            Fault(file, "nothing says whether a high code is much or little like me", f"{remedy}; or a column score")
        )
        return None, ""
    if len(set(said.values())) > 1:
        what = ", ".join(f"{coding} by {place}" for place, coding in said.items())
        tables.faults.append(Fault("coding", f"contradicts itself: {what}", "let all of them say the same"))
        return None, ""
    place, coding = next(iter(said.items()))
    return coding, place.partition(",")[0]


def _coding_of_scores(answers: Sequence[Mapping[str, Any]]) -> Coding | None:
    """Which way explicit scores run with the codes; None where they do not run one way."""
    scores = [option.get("score") for option in sorted(answers, key=lambda option: option["code"])]
    known = [score for score in scores if score is not None]
    if len(known) < len(scores):
        return None
    if all(early < late for early, late in pairwise(known)):
        return "rising"
    return "falling" if all(early > late for early, late in pairwise(known)) else None
