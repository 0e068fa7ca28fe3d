"""Diversity of whole replies: the published example, hand counts, a planted diversity covered, a record read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from records_by_hand import write_by_hand

from analysis.diversity import compression_ratio, response_diversity
from analysis.reply_diversity import replies_frame, reply_diversity
from simulator.store.reader import Reader


def told(replies: list[list[str | None]], arm: str = "a") -> pd.DataFrame:
    """One list of replies per item, one reply per respondent."""
    rows = [(arm, f"r{p}", f"q{i}", text) for i, texts in enumerate(replies) for p, text in enumerate(texts)]
    return pd.DataFrame(rows, columns=["arm", "respondent", "item", "reply"])


def test_the_published_example() -> None:
    """10 items, 20 runs, 150 distinct replies: 0.70."""
    replies = [[f"{i}.{min(p, 14)}" for p in range(20)] for i in range(10)]
    row = reply_diversity(told(replies), np.random.default_rng(0)).arms.iloc[0]
    assert row["diversity"] == pytest.approx(0.70) == response_diversity(150, 10, 20)
    assert (row["n_different"], row["n_items"], row["n_replies"]) == (150, 10, 200)
    assert row["ceiling"] == pytest.approx(0.95)


def test_replies_are_whole_exact_and_trimmed() -> None:
    found = reply_diversity(told([["Yes", " Yes\n", "yes", None], ["No", "No", "No", "No"]]), np.random.default_rng(0))
    assert found.items["n_different"].tolist() == [2, 1]
    assert found.items["distinct_share"].tolist() == pytest.approx([2 / 3, 1 / 4])
    row = found.arms.iloc[0]
    assert row["diversity"] == pytest.approx((3 - 2) / 7)
    assert row["n_missing"] == 1


def test_arms_stand_apart_and_compression_is_matched() -> None:
    frame = pd.concat([told([["same"] * 30]), told([[f"reply {p * 7919}" for p in range(60)]], "b")])
    found = reply_diversity(frame, np.random.default_rng(0), by=["arm"]).arms.set_index("arm")
    assert found["diversity"].tolist() == [0.0, pytest.approx(59 / 60)]
    assert found.loc["a", "compression_ratio"] == pytest.approx(compression_ratio(["same"] * 30))
    assert found.loc["a", "compression_matched"] > found.loc["b", "compression_matched"]
    assert (found.loc["a", "low"], found.loc["a", "high"]) == (0.0, 0.0)


def test_nothing_said_is_no_diversity() -> None:
    row = reply_diversity(told([[None, None]]), np.random.default_rng(0)).arms.iloc[0]
    assert np.isnan(row["diversity"])
    assert row["n_missing"] == 2
    alone = reply_diversity(told([["one"]]), np.random.default_rng(0)).arms.iloc[0]
    assert alone["diversity"] == 0.0
    assert np.isnan(alone["low"])


def test_a_planted_diversity_is_covered() -> None:
    """Replies drawn from known shares: E distinct = sum over texts of 1 - (1 - p)^n, so the expected D is known."""
    shares = np.random.default_rng(3).dirichlet(np.full(30, 0.5), 25)
    n = 40
    expected = (np.sum(1 - (1 - shares) ** n) - 25) / (n * 25)
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        replies = [[f"text {k}" for k in rng.choice(30, n, p=row)] for row in shares]
        row = reply_diversity(told(replies), rng).arms.iloc[0]
        hits += row["low"] <= expected <= row["high"]
    assert hits >= 88  # binomial(100, .95): fewer than 88 with probability .002


def test_replies_of_a_record_stand_beside_their_answers(tmp_path: Path) -> None:
    path = tmp_path / "by-hand.sqlite"
    write_by_hand(path)
    with Reader(path) as reader:
        frame = replies_frame(reader)
    said = {(row.respondent, row.item): row.reply for row in frame.itertuples()}
    assert said["r0000", "tax-1"] == "reply 0"
    assert said["r0002", "mood"] == "reply 2"  # unreadable, but said
    assert said["r0002", "tax-1"] is None  # the call failed
    assert said["r0002", "why"] is None  # hidden by a rule
    # Everybody says the same to an item, so nothing is diverse.
    assert reply_diversity(frame, np.random.default_rng(0)).arms["diversity"].tolist() == [0.0]
