"""How varied texts are: share of distinct replies, and how well they compress. Knows only strings.

Source: Liu et al. 2025 (distinct replies); the study of value preferences across response lengths, after Shaib et al.
2024 (gzip compression ratio).
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

__all__ = ["compression_ratio", "count_different", "matched_compression_ratios", "response_diversity"]

# The inner header holds the time, which the outer gzip cannot shorten; a fixed one keeps the size reproducible.
ANY_TIME = 0x66A1B2C3

Convention = Literal["plain", "nested"]


def response_diversity(n_different: int, n_questions: int, n_tests: int) -> float:
    """Diversity of replies: (n_different - n_questions) / (n_tests * n_questions).

    n_different: distinct whole replies, summed over questions; n_tests: runs per question. From 0 to 1 - 1/n_tests. NaN
    without questions or tests. Source: Liu et al. 2025.
    """
    if n_questions <= 0 or n_tests <= 0:
        return float("nan")
    return (n_different - n_questions) / (n_tests * n_questions)


def count_different(replies_by_question: Iterable[Iterable[str | None]]) -> int:
    """Number of distinct whole replies, summed over questions; blanks at the ends trimmed, missing (None) left out.

    Source: Liu et al. 2025.
    """
    return sum(len({reply.strip() for reply in replies if reply is not None}) for replies in replies_by_question)


def compression_ratio(texts: Sequence[str], *, convention: Convention = "plain") -> float:
    """Raw bytes over gzip bytes of the texts joined with blanks; higher is more redundant, less diverse.

    "plain": gzip level 9, no file name, no rounding. "nested": as the `diversity` package does it, the gzip output
    gzipped again into a file called compressed.gz, and the ratio rounded to three decimals (there the size
    also depends, by a byte or two, on the time of day). The ratio grows with text
    length: print the number of texts. NaN below two texts. Source: Shaib et al. 2024.
    """
    if len(texts) < 2:
        return float("nan")
    raw = " ".join(texts).encode("utf-8")
    if convention == "plain":
        return len(raw) / len(gzip.compress(raw, compresslevel=9, mtime=0))
    if convention != "nested":
        raise ValueError(f"unknown convention {convention!r}; use plain or nested")
    buffer = io.BytesIO()
    with gzip.GzipFile("compressed.gz", "wb", fileobj=buffer, mtime=ANY_TIME) as file:
        file.write(gzip.compress(raw, compresslevel=9, mtime=ANY_TIME))
    return round(len(raw) / len(buffer.getvalue()), 3)


def matched_compression_ratios(
    texts_by_value: Mapping[Hashable, Sequence[str]],
    rng: np.random.Generator,
    *,
    n_texts: int | None = None,
    n_draws: int = 20,
    convention: Convention = "plain",
) -> dict[Hashable, float]:
    """Compression ratio of every value over equally many texts: the mean over random subsamples.

    n_texts: the size of the subsamples, else that of the smallest value with at least two texts. Values with fewer
    texts than that are NaN. Source: the study of value preferences across response lengths, with matching added here.
    """
    sizes = [len(texts) for texts in texts_by_value.values() if len(texts) >= 2]
    size = n_texts if n_texts is not None else min(sizes, default=2)
    ratios: dict[Hashable, float] = {}
    for value, texts in texts_by_value.items():
        if len(texts) < max(size, 2):
            ratios[value] = float("nan")
            continue
        draws = [rng.choice(len(texts), size, replace=False) for _ in range(n_draws)]
        picked = [[texts[i] for i in sorted(draw)] for draw in draws]
        ratios[value] = float(np.mean([compression_ratio(sample, convention=convention) for sample in picked]))
    return ratios
