"""One row per answer, put together from a record's columns part by part. Knows no statistic.

Names come as categoricals with the same categories in every part, so that parts can be joined and written out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.answer_lookup import STANCES, AnswerLookup, make_lookup, printable
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, respondent_name
from surveys.instrument import Instrument, ResponseFormat

ARM_COLUMNS: tuple[str, ...] = ("population", "memory", "memory_length", "style", "answer_format", "option_order")
ARM_COLUMNS += ("labels", "language", "probe", "temperature", "engine", "ablation", "protocol", "form", "abstain")

STORED = ("respondent", "item", "exchange", "status", "code", "codes", "text", "reason", "probabilities", "option_mass")
"""The columns of the record that a frame is made of."""

_NUMERIC_ARMS: Mapping[str, Any] = {"memory_length": "Int64", "temperature": "Float64"}
_IN_FORCE: Mapping[str, Any] = {"temperature": "Float64", "top_p": "Float64", "beams": "Int64", "sampling": "boolean"}
_OBJECTS = frozenset({"codes", "text", "reason", "probabilities"})
_ANSWERED = ANSWER_STATUSES.index("answered")

Batch = Mapping[str, NDArray[Any]]


def empty_batch() -> Batch:
    """No answers."""
    return {name: np.empty(0, object if name in _OBJECTS else float) for name in STORED}


@dataclass(frozen=True)
class FrameMaker:
    """What every part of the frame needs: names by place, to take from."""

    lookup: AnswerLookup
    numbers: NDArray[np.int64]
    of_respondent: Mapping[str, Any]
    languages: NDArray[Any]
    of_item: Mapping[str, Any]
    is_multiple: NDArray[np.bool_]
    has_probabilities: bool

    def frame(self, batch: Batch) -> pd.DataFrame:
        """The answers of `batch` as a frame."""
        person = np.searchsorted(self.numbers, batch["respondent"])
        item, status = batch["item"].astype(np.int64), batch["status"].astype(np.int64)
        option = self.lookup.columns_of(batch["code"])
        is_multiple = self.is_multiple[item]
        scored = (status == _ANSWERED) & ~is_multiple
        stance = np.where(scored, self.lookup.stance[item, option], -1).astype(np.int64)
        codes = _joined_codes(batch, is_multiple)
        of_person = {name: values.take(person) for name, values in self.of_respondent.items()}
        attributes = {name: of_person.pop(name) for name in list(of_person) if name.startswith("attr_")}
        weight = of_person.pop("weight")
        columns = of_person | {name: values.take(item) for name, values in self.of_item.items()}
        columns |= {
            "status": pd.Categorical.from_codes(status, pd.Index(ANSWER_STATUSES)),
            "code": pd.array(batch["code"], dtype="Int64"),
            "codes": _strings(codes),
            "text": _strings(self._texts(batch, self.languages[person], option, codes)),
            "score": np.where(scored, self.lookup.score[item, option], np.nan),
            "keyed_score": np.where(scored, self.lookup.keyed_score[item, option], np.nan),
            "stance": pd.Categorical.from_codes(stance, pd.Index(STANCES)),
            "reason": _strings(_loaded(batch["reason"])),
            "exchange": pd.array(batch["exchange"], dtype="Int64"),
            "weight": weight,
            "option_mass": batch["option_mass"],
        }
        if self.has_probabilities:
            columns |= self._probabilities(batch["probabilities"])
        return pd.DataFrame(columns | attributes)

    def _texts(
        self, batch: Batch, languages: NDArray[Any], option: NDArray[np.int64], codes: NDArray[Any]
    ) -> NDArray[Any]:
        """The open answer if there is one, else the text of the option, or of all options chosen."""
        texts, item = _loaded(batch["text"]), batch["item"].astype(np.int64)
        is_closed = np.array([text is None for text in texts], dtype=bool)
        for language, table in self.lookup.texts.items():
            here = is_closed & (languages == language)
            texts[here] = table[item[here], option[here]]
        for row in np.flatnonzero(is_closed & (codes != None)):  # noqa: E711 - elementwise
            chosen = self.lookup.columns_of(np.array(codes[row].split(";"), dtype=np.float64))
            texts[row] = "; ".join(str(text) for text in self.lookup.texts[languages[row]][item[row], chosen])
        return texts

    def _probabilities(self, stored: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
        """p_CODE for every code of the instrument; NaN where none was taken."""
        place = {str(code): column for column, code in enumerate(self.lookup.codes.tolist())}
        table = np.full((len(stored), len(place)), np.nan)
        for row, text in enumerate(stored):
            if text is not None:
                for code, probability in json.loads(text).items():
                    if code in place:
                        table[row, place[code]] = probability
        return {f"p_{code}": table[:, column] for code, column in place.items()}


def make_frame_maker(reader: Reader, instrument: Instrument, *, attributes: bool) -> FrameMaker:
    """Read what every part of the frame needs."""
    arms = {row.id: arm_facts(row.settings) for row in reader.conditions()}
    people = reader.respondent_columns()
    condition = people["condition"].tolist()
    of_respondent: dict[str, Any] = {
        "respondent": _names(respondent_name(number) for number in people["number"].tolist()),
        "persona_id": _names(people["persona_id"]),
        "strategy": _names(people["strategy"]),
        "condition": people["condition"],
        "weight": people["weight"],
    }
    of_respondent |= {name: _arm_column(name, [arms[number][name] for number in condition]) for name in ARM_COLUMNS}
    of_respondent |= drawn_columns([row.settings for row in reader.conditions()], people)
    if attributes:
        of_respondent |= {f"attr_{name}": values for name, values in attribute_columns(reader).items()}
    languages = np.array([_language(arms[number], instrument) for number in condition], dtype=object)
    return FrameMaker(
        lookup=make_lookup(instrument, set(languages.tolist())),
        numbers=people["number"],
        of_respondent=of_respondent,
        languages=languages,
        of_item=_item_columns(instrument),
        is_multiple=np.array([item.format == ResponseFormat.MULTIPLE for item in instrument.items], dtype=bool),
        has_probabilities=reader.has_probabilities(),
    )


def _arm_column(name: str, values: list[Any]) -> Any:
    """Names as a categorical; lengths and temperatures as numbers."""
    if name in _NUMERIC_ARMS:
        return pd.array(values, dtype=_NUMERIC_ARMS[name])
    return _names(values)


def arm_facts(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a condition that frames show, by column; None where it does not say."""
    memory, engine_settings = settings.get("memory") or {}, settings.get("settings") or {}
    # Records made before there were protocols hold interviews, with the survey's own missing categories.
    protocol = settings.get("protocol") or {}
    special = {
        "protocol": protocol.get("name", "interview"),
        "form": protocol.get("form"),
        "abstain": settings.get("abstain", "as-is"),
        "memory": memory.get("kind"),
        "memory_length": memory.get("max_length"),
        "temperature": engine_settings.get("temperature"),
    }
    return {name: special.get(name, settings.get(name)) for name in ARM_COLUMNS}


def drawn_columns(conditions: Sequence[Mapping[str, Any]], people: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """What each respondent was asked with, drawn for them or fixed by their arm: memory_bound and decoding settings.

    Settings are those in force: what the engine cannot do is missing, and named in `not_applied`.
    """
    bounds = [None if np.isnan(bound) else int(bound) for bound in people["memory_length"]]
    rows = []
    for condition, stored in zip(people["condition"].tolist(), people["settings"], strict=True):
        drawn = {} if stored is None else json.loads(stored)
        fixed = conditions[condition].get("settings") or {}
        row = {"sampling": None, **fixed, **drawn}
        if drawn.get("sampling") is False:
            row["top_p"] = None
        rows.append(row | dict.fromkeys(drawn.get("not_applied", ())))
        rows[-1]["not_applied"] = ";".join(drawn.get("not_applied", ())) or None
    columns = {"memory_bound": pd.array(bounds, dtype="Int64")}
    columns |= {name: pd.array([row.get(name) for row in rows], dtype=kind) for name, kind in _IN_FORCE.items()}
    return {**columns, "not_applied": pd.array([row["not_applied"] for row in rows], dtype="str")}


def attribute_columns(reader: Reader) -> dict[str, Any]:
    """Every persona attribute over all respondents by number; lists and tables as JSON text."""
    rows = [row.attributes for row in reader.respondents()]
    names = dict.fromkeys(name for row in rows for name in row)
    return {printable(name): _typed([_plain(row.get(name)) for row in rows]) for name in names}


def _item_columns(instrument: Instrument) -> dict[str, Any]:
    items = instrument.items
    return {
        "item": _names(item.id for item in items),
        "question": _names(item.question_id for item in items),
        "wording": np.array([item.wording for item in items], dtype=np.int64),
        "topic": _names(item.topic for item in items),
        "block": _names(item.block for item in items),
        "format": _names(str(item.format) for item in items),
        "dimensions": _names(";".join(item.dimensions) or None for item in items),
        "reverse_keyed": np.array([item.reverse_keyed for item in items], dtype=bool),
    }


def _language(arm: Mapping[str, Any], instrument: Instrument) -> str:
    return str(arm["language"] or instrument.language)


def _names(values: Iterable[Any]) -> pd.Categorical:
    """A categorical whose categories stand in the order of their first appearance."""
    shown = [printable(value) if isinstance(value, str) else value for value in values]
    return pd.Categorical(shown, categories=list(dict.fromkeys(value for value in shown if value is not None)))


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return printable(value) if isinstance(value, str) else value


def _typed(values: list[Any]) -> Any:
    """Numbers as numbers, everything else as text: a column of mixed kinds is text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.array(values, dtype="boolean")
    if kinds and kinds <= {int, float}:
        return pd.array(values, dtype="Float64" if float in kinds else "Int64")
    return _names(value if value is None or isinstance(value, str) else str(value) for value in values)


def _loaded(stored: NDArray[Any]) -> NDArray[Any]:
    """Texts as they can be shown: what UTF-8 cannot hold is stored as bytes, and becomes backslash escapes."""
    texts = stored.copy()
    for row in np.flatnonzero([isinstance(text, bytes) for text in stored]):
        texts[row] = printable(stored[row].decode("utf-8", "surrogatepass"))
    return texts


def _strings(texts: NDArray[Any]) -> Any:
    return pd.array(texts, dtype="str")


def _joined_codes(batch: Batch, is_multiple: NDArray[np.bool_]) -> NDArray[Any]:
    """ "1;3" for multiple-choice answers with codes, None for others."""
    joined = np.full(len(is_multiple), None, dtype=object)
    for row in np.flatnonzero(is_multiple & ~np.isnan(batch["code"].astype(float))):
        several = batch["codes"][row]
        joined[row] = str(int(batch["code"][row])) if several is None else several[1:-1].replace(",", ";")
    return joined
