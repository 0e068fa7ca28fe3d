"""Frames, matrices and shares against a small record worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from records_by_hand import INSTRUMENT, write_by_hand
from strategies_store import plain_writer

from analysis.option_shares import item_distributions, status_counts
from analysis.responses import answer_frames, answers_frame, recorded_instrument, score_matrix
from simulator.errors import InstrumentError
from simulator.store.reader import Reader


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("responses") / "record.sqlite"
    write_by_hand(path)
    return path


@pytest.fixture(scope="module")
def frame(record: Path) -> pd.DataFrame:
    with Reader(record) as reader:
        return answers_frame(reader, attributes=True)


def row(frame: pd.DataFrame, respondent: str, item: str) -> dict[str, object]:
    (found,) = frame[(frame["respondent"] == respondent) & (frame["item"] == item)].to_dict("records")
    return {str(key): None if pd.isna(value) else value for key, value in found.items()}


def part(whole: dict[str, object], **expected: object) -> None:
    assert {key: whole[key] for key in expected} == expected


def test_single_choice(frame: pd.DataFrame) -> None:
    found = row(frame, "r0000", "tax-1")
    part(found, persona_id="p0", strategy="city", condition=0, population="town", memory="window", memory_length=3)
    part(found, language="en", temperature=0.7, engine="default", option_order="fixed")
    part(found, question="tax-1", wording=0, topic="tax", block="b1", format="single", dimensions="SEC;UNI")
    part(found, status="answered", code=1, codes=None, text="Yes", score=1.0, keyed_score=1.0, stance="supports")
    part(found, exchange=1, weight=1.0, reason="label", attr_city="Cairo", attr_age=30)


def test_paraphrase_in_another_language(frame: pd.DataFrame) -> None:
    found = row(frame, "r0001", "tax-1~1")
    part(found, question="tax-1", wording=1, language="de", text="Nein", stance="opposes", code=2)
    part(found, attr_city="Köln", attr_age=None, weight=3.0, condition=1, temperature=None)


def test_reverse_keyed_scale(frame: pd.DataFrame) -> None:
    # Scores 1..5 with 4 chosen: mirrored on 1..5 it is 2.
    part(row(frame, "r0000", "mood"), code=4, score=4.0, keyed_score=2.0, reverse_keyed=True)


def test_missing_answers_keep_reason_and_have_no_score(frame: pd.DataFrame) -> None:
    part(row(frame, "r0001", "mood"), status="dont_know", code=9, text="Weiß nicht", score=None, keyed_score=None)
    part(row(frame, "r0002", "mood"), status="unparsed", code=None, text=None, score=None, reason="no label")
    part(row(frame, "r0002", "tax-1"), status="error", code=None, score=None, stance=None)
    part(row(frame, "r0002", "why"), status="not_applicable", exchange=None)


def test_multiple_choice_and_open(frame: pd.DataFrame) -> None:
    part(row(frame, "r0000", "media"), code=1, codes="1;3", text="Paper; Radio", score=None, stance=None)
    part(row(frame, "r0001", "media"), code=3, codes="3", text="Radio")
    part(row(frame, "r0000", "why"), code=None, text="because = 1\x00\n", score=None)
    part(row(frame, "r0001", "why"), text="half \\ud800 a pair")


def test_probabilities(frame: pd.DataFrame) -> None:
    found = row(frame, "r0000", "tax-1")
    part(found, p_1=0.75, p_2=0.25, p_3=None, option_mass=0.9)
    part(row(frame, "r0001", "tax-1"), p_1=None, p_2=None, option_mass=None)


def test_parts_have_the_same_columns_and_make_the_whole(record: Path, frame: pd.DataFrame) -> None:
    with Reader(record) as reader:
        parts = list(answer_frames(reader, attributes=True, size=4))
    assert [len(one) for one in parts] == [4, 4, 4, 3]
    assert all(one.dtypes.equals(frame.dtypes) for one in parts)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), frame)


def test_empty_record_has_columns_and_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    write_by_hand(path, n_respondents=0)
    with Reader(path) as reader:
        frame = answers_frame(reader)
        matrix = score_matrix(reader)
    assert len(frame) == 0
    assert {"respondent", "item", "status", "score", "weight"} <= set(frame.columns)
    assert matrix.scores.shape == (0, 5)
    assert len(item_distributions(frame, INSTRUMENT)) == 0
    assert status_counts(frame)["n"].tolist() == [0]


def test_instrument_is_the_one_asked(record: Path) -> None:
    with Reader(record) as reader:
        assert recorded_instrument(reader) == INSTRUMENT


def test_score_matrix(record: Path) -> None:
    with Reader(record) as reader:
        matrix = score_matrix(reader)
        plain = score_matrix(reader, keyed=False, items=["mood", "tax-1"])
    nan = np.nan
    assert matrix.items == ("tax-1", "tax-1~1", "mood", "media", "why")
    np.testing.assert_array_equal(matrix.scores, [[1, 1, 2, nan, nan], [2, 2, nan, nan, nan], [nan, 1, nan, nan, nan]])
    np.testing.assert_array_equal(plain.scores, [[4, 1], [nan, 2], [nan, nan]])
    assert matrix.respondents.tolist() == [0, 1, 2]
    assert matrix.weights.tolist() == [1.0, 3.0, 0.5]
    assert matrix.conditions.tolist() == [0, 1, 0]
    assert matrix.strategies.tolist() == ["city", "basic", "city"]


def test_shares_by_hand(frame: pd.DataFrame) -> None:
    table = item_distributions(frame, INSTRUMENT)
    tax = table[table["item"] == "tax-1~1"]
    # Weights 1 (yes), 3 (no), 0.5 (yes): 1.5/4.5 and 3/4.5; Kish n = 4.5**2 / (1 + 9 + 0.25).
    np.testing.assert_allclose(tax["share"], [1.5 / 4.5, 3 / 4.5])
    np.testing.assert_allclose(tax["n_effective"], 4.5**2 / 10.25)
    assert tax[["code", "n", "n_answered", "n_missing"]].to_numpy().tolist() == [[1, 2, 3, 0], [2, 1, 3, 0]]
    assert ((tax["low"] < tax["share"]) & (tax["share"] < tax["high"])).all()
    mood = table[table["item"] == "mood"]
    assert mood["code"].tolist() == [1, 2, 3, 4, 5]
    assert mood["share"].tolist() == [0, 0, 0, 1, 0]
    assert set(mood["n_missing"]) == {2}
    assert "why" not in set(table["item"])


def test_shares_of_multiple_choice(frame: pd.DataFrame) -> None:
    media = item_distributions(frame, INSTRUMENT).query("item == 'media'")
    # Respondents of weight 1 (paper and radio) and 3 (radio).
    assert media["text"].tolist() == ["Paper", "Television", "Radio"]
    np.testing.assert_allclose(media["share"], [0.25, 0.0, 1.0])
    assert media["n"].tolist() == [1, 0, 2]


def test_shares_by_arm(frame: pd.DataFrame) -> None:
    table = item_distributions(frame, INSTRUMENT, ["strategy", "language"])
    assert table.groupby(["strategy", "language"], observed=True).ngroups == 2
    mood = table[(table["item"] == "mood") & (table["strategy"] == "basic")]
    assert mood["share"].isna().all()
    assert mood[["n_answered", "n_missing"]].drop_duplicates().to_numpy().tolist() == [[0, 1]]
    city = table[(table["item"] == "tax-1") & (table["strategy"] == "city")]
    assert city["share"].tolist() == [1.0, 0.0]
    with pytest.raises(KeyError, match="no-such-arm"):
        item_distributions(frame, INSTRUMENT, "no-such-arm")


def test_shares_of_probabilities(frame: pd.DataFrame) -> None:
    table = item_distributions(frame, INSTRUMENT, source="probabilities")
    tax = table[table["item"] == "tax-1"]
    np.testing.assert_allclose(tax["share"], [0.75, 0.25])
    assert set(tax["n_answered"]) == {1}
    assert tax["n"].isna().all()


def test_status_counts(frame: pd.DataFrame) -> None:
    whole = status_counts(frame).to_dict("records")
    assert whole == [
        {"answered": 10, "refused": 1, "dont_know": 1, "not_applicable": 1, "unparsed": 1, "error": 1, "n": 15}
    ]
    by = status_counts(frame, "strategy").set_index("strategy")
    assert by.loc["basic"].to_dict() == {
        "answered": 4,
        "refused": 0,
        "dont_know": 1,
        "not_applicable": 0,
        "unparsed": 0,
        "error": 0,
        "n": 5,
    }


def test_record_without_an_instrument_says_so(tmp_path: Path) -> None:
    plain_writer(tmp_path / "record.sqlite").close()
    with Reader(tmp_path / "record.sqlite") as reader, pytest.raises(InstrumentError):
        answers_frame(reader)
