"""The answers of a run as tidy frames and matrices: one row per answer, or one row per respondent.

Reads a record and its questionnaire. A missing answer keeps its row and its reason (`status`); its score is NaN, never
a number. Shares of options are in `analysis.option_shares`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.answer_lookup import make_lookup
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES
from surveys.instrument import Instrument, ResponseFormat
from surveys.serialize import instrument_from_json

if TYPE_CHECKING:
    import pandas as pd

BATCH = 200_000


class ScoreMatrix(NamedTuple):
    """Scores of shape (n_respondents, n_items), NaN = no score, and what rows and columns are.

    respondents: numbers; conditions: ids; strategies: names; weights: final weights; all (n_respondents,). items: ids.
    """

    scores: NDArray[np.float64]
    respondents: NDArray[np.int64]
    items: tuple[str, ...]
    weights: NDArray[np.float64]
    conditions: NDArray[np.int32]
    strategies: NDArray[Any]


def recorded_instrument(reader: Reader) -> Instrument:
    """The questionnaire of the run. Raises InstrumentError if the record holds something else."""
    return instrument_from_json(reader.run().instrument)


def answers_frame(reader: Reader, *, attributes: bool = False) -> pd.DataFrame:
    """One row per answer, in the order of respondents and items.

    Columns: respondent ("r0042"), persona_id, strategy, condition (id) and what it stands for (population, memory,
    memory_length, style, answer_format, option_order, labels, language, probe, temperature, engine, ablation, protocol,
    form, abstain); what this respondent was asked with, drawn for them or fixed by the arm (memory_bound, temperature,
    top_p, beams, sampling, and in not_applied what the engine cannot do); item, question, wording, topic, block,
    format, dimensions ("A;B"), reverse_keyed; status, code (canonical; the first of several), codes ("1;3", multiple
    choice alone), text (of the option in the language asked, or the open answer), score and keyed_score (NaN unless
    answered with one scored option), stance, reason, exchange, weight, option_mass; p_CODE where a probe took
    probabilities; attr_NAME for every attribute if `attributes`. Names are categoricals; a lone surrogate in a text is
    shown as a backslash escape. No answers: no rows.
    """
    import pandas as pd

    frames = list(answer_frames(reader, attributes=attributes))
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def answer_frames(reader: Reader, *, attributes: bool = False, size: int = BATCH) -> Iterator[pd.DataFrame]:
    """`answers_frame` in parts of `size` rows with the same columns and types: bounded memory. At least one part."""
    from analysis.answer_frame import STORED, empty_batch, make_frame_maker

    maker = make_frame_maker(reader, recorded_instrument(reader), attributes=attributes)
    is_empty = True
    for batch in reader.answer_batches(STORED, size=size):
        is_empty = False
        yield maker.frame(batch)
    if is_empty:
        yield maker.frame(empty_batch())


def respondents_frame(reader: Reader, *, attributes: bool = True) -> pd.DataFrame:
    """One row per respondent, by number: as in `answers_frame`, and disposition (None while the interview is open)."""
    import pandas as pd

    from analysis.answer_frame import make_frame_maker

    maker = make_frame_maker(reader, recorded_instrument(reader), attributes=attributes)
    ended = {row.respondent: row.disposition for row in reader.interviews()}
    frame = pd.DataFrame(dict(maker.of_respondent))
    dispositions: list[str | None] = [ended.get(number) for number in maker.numbers.tolist()]
    frame.insert(list(frame.columns).index("weight") + 1, "disposition", pd.Series(dispositions, dtype="str"))
    return frame


def score_matrix(reader: Reader, *, keyed: bool = True, items: Sequence[str] | None = None) -> ScoreMatrix:
    """Scores by respondent and item; with `keyed`, reverse-keyed items are mirrored on their range.

    items: ids in the order wanted, default all; an unknown id raises KeyError. NaN where an item was not answered, not
    asked, or has no scores (open, multiple choice). A respondent without any answer has a row of NaN.
    """
    instrument = recorded_instrument(reader)
    lookup = make_lookup(instrument, set())
    wanted = [item.id for item in instrument.items] if items is None else list(items)
    column_of = np.full(len(instrument.items), -1)
    for column, item_id in enumerate(wanted):
        place = instrument.index[item_id]
        if instrument.items[place].format != ResponseFormat.MULTIPLE:
            column_of[place] = column
    people = reader.respondent_columns()
    scores = np.full((len(people["number"]), len(wanted)), np.nan)
    table = lookup.keyed_score if keyed else lookup.score
    for batch in reader.answer_batches(("respondent", "item", "status", "code")):
        columns = column_of[batch["item"]]
        use = (batch["status"] == ANSWER_STATUSES.index("answered")) & (columns >= 0)
        rows = np.searchsorted(people["number"], batch["respondent"][use])
        scores[rows, columns[use]] = table[batch["item"][use], lookup.columns_of(batch["code"][use])]
    who = people["number"], tuple(wanted), people["weight"], people["condition"], people["strategy"]
    return ScoreMatrix(scores, *who)
