"""A licensed questionnaire from its files to its scores: imported, asked of known-truth respondents, scored by key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Cli
from scipy import stats

from analysis.human_values import human_correlations
from analysis.responses import answers_frame
from analysis.values import center_within_person
from simulator.store.reader import Reader
from surveys.loader import load_instrument
from surveys.value_keys import ESS_21, PVQ_40, PVQ_RR_57, ValueKey
from surveys.values import TEN_VALUES, VALUE_CODES
from voxpop.arms import load_arms
from voxpop.comparing import centered_values

LABELS = ("not at all like me", "not like me", "hardly like me", "partly like me", "like me", "much like me")


def files(folder: Path, key: ValueKey, *, coding: str, reverse: str = "") -> list[str]:
    """Invented texts for every item of `key`, worded by sex, and six answers coded one way or the other."""
    rows = [f"{item.reference},She does {item.reference}.,He does {item.reference}.," for item in key.items]
    rows = [f"{row}{'yes' if item.reference == reverse else 'no'}" for row, item in zip(rows, key.items, strict=True)]
    (folder / "items.csv").write_text("\n".join(["number,text_female,text_male,reverse", *rows]), encoding="utf-8")
    labels = LABELS if coding == "rising" else LABELS[::-1]
    answers = [f"{code},{label}" for code, label in enumerate(labels, start=1)]
    (folder / "answers.csv").write_text("\n".join(["code,label", *answers]), encoding="utf-8")
    (folder / "more.toml").write_text(f'coding = "{coding}"\n', encoding="utf-8")
    return [str(folder / name) for name in ("items.csv", "answers.csv", "more.toml")]


def carried(cli: Cli, folder: Path, key: ValueKey, **how: Any) -> Path:
    """Imported, checked and asked: the record of 40 respondents."""
    told = cli("survey", "import", "values", *files(folder, key, **how), "--key", key.name, "--out", "mine.toml")
    assert told.status == 0, told.err
    assert f"key {key.name}: {len(key.items)} items" in told.out and f"coding {how['coding']}" in told.out
    assert cli("survey", "check", "mine.toml").status == 0
    told = cli("run", "--survey", "mine.toml", "--strategies", "basic", "--n", "40", "--seed", "4", "--name", "mine")
    assert told.status == 0, told.err
    return folder / "runs" / "mine" / "record.sqlite"


@pytest.mark.parametrize(
    ("key", "coding", "reverse"), [(ESS_21, "falling", "3"), (PVQ_40, "falling", ""), (PVQ_RR_57, "rising", "2")]
)
def test_scores_are_those_computed_by_hand_from_the_codes(
    tmp_path: Path, cli: Cli, key: ValueKey, coding: str, reverse: str
) -> None:
    record = carried(cli, tmp_path, key, coding=coding, reverse=reverse)
    instrument = load_instrument("mine.toml")
    codes = np.full((40, len(key.items)), np.nan)
    with Reader(record) as reader:
        for answer in reader.answers():
            codes[answer.respondent, answer.item] = answer.codes[0]
        frame = answers_frame(reader)
    assert set(np.unique(codes)) <= {1, 2, 3, 4, 5, 6} and not np.isnan(codes).any()

    # By hand: 7 - code where the answers fall, and once more for the item that points away from its value.
    by_hand = 7 - codes if coding == "falling" else codes.copy()
    if reverse:
        by_hand[:, int(reverse) - 1] = 7 - by_hand[:, int(reverse) - 1]
    values = list(VALUE_CODES if key is PVQ_RR_57 else TEN_VALUES)
    expected = np.empty((40, len(values)))
    for place, code in enumerate(values):
        of_value = [number for number, item in enumerate(key.items) if item.value == code]
        expected[:, place] = by_hand[:, of_value].mean(axis=1) - by_hand.mean(axis=1)

    items = [item.id for item in instrument.items]
    keyed = frame.pivot(index="respondent", columns="item", values="keyed_score")[items].to_numpy()
    np.testing.assert_array_equal(keyed, by_hand)
    value_of_item = [item.dimensions[0] for item in instrument.items]
    np.testing.assert_allclose(center_within_person(keyed, value_of_item, values=values), expected, atol=1e-12)
    arms = load_arms([record])
    centered = centered_values(arms, arms.arms[0])
    assert centered is not None
    np.testing.assert_allclose(centered, expected, atol=1e-12)

    rows = json.loads(cli("analyze", "mine", "value-means", "--json").out)["rows"]
    assert [row["value"] for row in rows] == values
    np.testing.assert_allclose([row["mean"]["value"] for row in rows], expected.mean(axis=0), atol=1e-9)


def test_the_planted_hierarchy_comes_out_whichever_way_the_answers_are_coded(tmp_path: Path, cli: Cli) -> None:
    """Known-truth respondents share the human hierarchy: a coding read the wrong way round would turn it over."""
    human = human_correlations("ess-10")
    means = {}
    for coding in ("rising", "falling"):
        folder = tmp_path / coding
        folder.mkdir()
        told = cli("survey", "import", "values", *files(folder, PVQ_40, coding=coding), "--key", "pvq-40", "--force")
        assert told.status == 0, told.err
        assert cli("run", "--survey", "items.toml", "--n", "60", "--seed", "4", "--name", coding).status == 0
        arms = load_arms([tmp_path / "runs" / coding / "record.sqlite"])
        centered = centered_values(arms, arms.arms[0])
        assert centered is not None and arms.value_reference is not None
        means[coding] = centered.mean(axis=0)
        people = [human.means[human.values.index(code)] for code in TEN_VALUES]
        np.testing.assert_allclose(list(arms.value_reference.means.values()), people)
        assert stats.spearmanr(means[coding], people).statistic > 0.6
    np.testing.assert_allclose(means["rising"], means["falling"], atol=0.5)
    found = cli("compare", "rising")
    assert "Spearman correlation of the 10 mean values with human means (European Social Survey" in " ".join(
        found.out.split()
    )


def test_another_survey_measures_neither(tmp_path: Path, cli: Cli) -> None:
    assert cli("run", "--survey", "civic-topics", "--n", "2", "--set", "survey.limit=2", "--name", "other").status == 0
    told = cli("analyze", "other", "value-means")
    assert told.status == 2 and "measures neither the 19 values nor the ten" in told.message()


def test_the_import_is_told_as_json_and_refused_with_a_status(tmp_path: Path, cli: Cli) -> None:
    paths = files(tmp_path, ESS_21, coding="falling")
    told = json.loads(cli("survey", "import", "values", *paths, "--key", "ess-21", "--out", "a.toml", "--json").out)
    assert told["survey"] == "items" and any(note.startswith("coding falling") for note in told["notes"])
    refused = cli("survey", "import", "values", *paths, "--key", "ess-22", "--out", "b.toml")
    assert refused.status == 2 and "did you mean 'ess-21'?" in refused.message()
    assert not (tmp_path / "b.toml").exists()
