"""How varied the whole replies of each arm are: distinct replies and compression, with intervals over respondents.

Works on the frame of `replies_frame`; knows no answer, only texts.

Source: Liu et al. 2025 (diversity); Shaib et al. 2024 (compression); jackknife: Efron and Tibshirani 1993, chapter 11.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from analysis.diversity import compression_ratio, matched_compression_ratios
from analysis.responses import answers_frame
from analysis.sums import Estimate
from simulator.store.records import respondent_name

if TYPE_CHECKING:
    import pandas as pd

    from simulator.store.reader import Reader

__all__ = ["DiversityTables", "replies_frame", "reply_diversity"]


class DiversityTables(NamedTuple):
    """One row per arm; one row per arm and item."""

    arms: pd.DataFrame
    items: pd.DataFrame


def replies_frame(reader: Reader, *, attributes: bool = False) -> pd.DataFrame:
    """`answers_frame` with one column more, `reply`: the whole reply that the answer was read from, None if none came.

    Failed and unreadable replies are texts like any other. The list that answers a battery is no reply to one item:
    None. Source: the record.
    """
    import pandas as pd

    frame = answers_frame(reader, attributes=attributes)
    texts = {(row.respondent, row.number): row.completion for row in reader.exchanges() if not row.listed}
    number_of = {respondent_name(number): number for number in reader.respondent_columns()["number"].tolist()}
    keys = zip(frame["respondent"], frame["exchange"], strict=True)
    replies = [None if pd.isna(exchange) else texts.get((number_of[who], int(exchange))) for who, exchange in keys]
    return frame.assign(reply=pd.Series(replies, index=frame.index, dtype="object"))


def reply_diversity(frame: pd.DataFrame, rng: np.random.Generator, *, by: Sequence[str] = ()) -> DiversityTables:
    """Diversity D = (distinct replies - items) / replies of every arm, and of every item in it.

    frame: of `replies_frame`; by: its columns that tell arms apart. Replies are whole and exact, blanks at the ends
    trimmed; replies that never came are left out and counted (n_missing). With equally many replies to every item this
    is the published formula. arms: diversity with low and high (jackknife over respondents, t), ceiling (1 - items /
    replies, all distinct), n_items, n_respondents, n_replies, n_different, n_missing, compression_ratio (of all
    replies; higher is less diverse) and compression_matched (over equally many replies in every arm). items: item,
    distinct_share, n_different, n_replies, n_missing. The interval is for this number of respondents: fewer or more of
    the same kind have another diversity. NaN without replies. Source: Liu et al. 2025.
    """
    import pandas as pd

    keys = list(by)
    parts = list(frame.groupby(keys, observed=True, sort=False)) if keys else [((), frame)]
    texts: dict[Hashable, Sequence[str]] = {
        key: [str(reply) for reply in part["reply"].dropna()] for key, part in parts
    }
    matched = matched_compression_ratios(texts, rng)
    rows, of_items = [], []
    for key, part in parts:
        arm, told = (tuple(key) if keys else ()), part[part["reply"].notna()]
        estimate, n_items, n_different = _diversity(told)
        ceiling = 1 - n_items / len(told) if len(told) else np.nan
        sizes = n_items, estimate.n, len(told), n_different, len(part) - len(told)
        compression = compression_ratio(texts[key]), matched[key]
        rows.append((*arm, *estimate[:3], ceiling, *sizes, *compression))
        of_items += [(*arm, *row) for row in _by_item(part)]
    names = [*keys, "diversity", "low", "high", "ceiling", "n_items", "n_respondents", "n_replies", "n_different"]
    arms = pd.DataFrame(rows, columns=[*names, "n_missing", "compression_ratio", "compression_matched"])
    columns = [*keys, "item", "distinct_share", "n_different", "n_replies", "n_missing"]
    return DiversityTables(arms, pd.DataFrame(of_items, columns=columns))


def _diversity(told: pd.DataFrame) -> tuple[Estimate, int, int]:
    """Diversity with its jackknife interval, the number of items with replies, and of distinct replies."""
    trimmed = told.assign(reply=told["reply"].astype(str).str.strip())
    counts = trimmed.groupby(["item", "reply"], observed=True)["respondent"].transform("size").to_numpy()
    n_items, n_people = trimmed["item"].nunique(), trimmed["respondent"].nunique()
    n_different = round(float((1 / counts).sum())) if len(counts) else 0
    if not len(counts):
        return Estimate(np.nan, np.nan, np.nan, 0), 0, 0
    value = (n_different - n_items) / len(counts)
    if n_people < 2:
        return Estimate(value, np.nan, np.nan, n_people), n_items, n_different
    # Without the only reply to an item, both the reply and the item are gone.
    per_item = trimmed.groupby("item", observed=True)["reply"].transform("size").to_numpy()
    alone = (
        trimmed.assign(single=(counts == 1) & (per_item > 1))
        .groupby("respondent", observed=True)["single"]
        .agg(["sum", "size"])
    )
    left = (n_different - alone["sum"] - n_items) / (len(counts) - alone["size"])
    error = float(np.sqrt((n_people - 1) / n_people * ((left - left.mean()) ** 2).sum()))
    reach = float(stats.t.isf(0.025, n_people - 1)) * error
    ceiling = 1 - n_items / len(counts)
    ends = np.clip([value - reach, value + reach], 0.0, ceiling)
    return Estimate(value, float(ends[0]), float(ends[1]), n_people), n_items, n_different


def _by_item(part: pd.DataFrame) -> list[tuple[str, float, int, int, int]]:
    rows = []
    for item, replies in part.groupby("item", observed=True, sort=False)["reply"]:
        told = replies.dropna().astype(str).str.strip()
        share = told.nunique() / len(told) if len(told) else np.nan
        rows.append((str(item), share, told.nunique(), len(told), len(replies) - len(told)))
    return rows
