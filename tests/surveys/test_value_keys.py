"""The ready-made keys: whole, of one system, and right by what people answered under them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveys.value_keys import ESS_21, PVQ_40, PVQ_RR_57, VALUE_KEYS, ValueKey, value_system
from surveys.values import TEN_VALUES, VALUE_CODES, VALUES

DERIVED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "derived"
needs_data = pytest.mark.skipif(not DERIVED.is_dir(), reason="the derived human tables are not on this machine")
CODES = np.arange(1, 7)


@pytest.mark.parametrize(("key", "n", "system"), [(PVQ_RR_57, 57, 19), (ESS_21, 21, 10), (PVQ_40, 40, 10)])
def test_a_key_names_every_item_once_and_every_value(key: ValueKey, n: int, system: int) -> None:
    assert [item.reference for item in key.items] == [str(number) for number in range(1, n + 1)]
    assert key.values == (VALUE_CODES if system == 19 else tuple(TEN_VALUES))
    assert {item.value for item in key.items} == set(key.values)
    assert VALUE_KEYS[key.name] is key


def test_items_per_value_are_those_of_the_published_forms() -> None:
    assert set(Counter(item.value for item in PVQ_RR_57.items).values()) == {3}
    # Two items a value, three for universalism (ESS round 1 core questionnaire).
    assert Counter(item.value for item in ESS_21.items) == {code: 3 if code == "UN" else 2 for code in TEN_VALUES}
    # Schwartz 2009: three to six items a value.
    expected = {"SD": 4, "ST": 3, "HE": 3, "AC": 4, "PO": 3, "SE": 5, "CO": 4, "TR": 4, "BE": 4, "UN": 6}
    assert Counter(item.value for item in PVQ_40.items) == expected


def test_both_forms_of_the_ten_values_begin_alike() -> None:
    """The 21-item form was cut from the 40-item one: the first twenty items of both measure the same values."""
    forty, twenty_one = ([item.value for item in key.items] for key in (PVQ_40, ESS_21))
    assert forty[:20] == twenty_one[:20]
    assert (forty[20], twenty_one[20]) == ("SE", "HE")


def test_a_code_that_only_one_system_has_decides() -> None:
    assert value_system(["AC", "HE", "SDT"]) == VALUE_CODES
    assert value_system(["AC", "", "XX", "BE"]) == tuple(TEN_VALUES)
    assert value_system(["AC", "HE", "ST", "TR"]) == ()
    assert {value.ten for value in VALUES} - {None} == set(TEN_VALUES)


@needs_data
def test_the_survey_key_gives_the_published_value_means_of_every_country_and_group() -> None:
    """Value means from item answers alone, 7 - code, against those of respondents: they differ by who was left out.

    The published means leave out respondents with more than 16 identical answers (5 %), the item answers do not.
    """
    items = pd.read_csv(DERIVED / "ess9_item_distributions_by_country_group.csv.gz")
    published = pd.read_csv(DERIVED / "ess9_values_means_by_country_group.csv")
    published["group"] = published.group.replace({"le29": "age_le29", "30_49": "age_30_49", "ge50": "age_ge50"})
    published = published.set_index(["country", "group", "value"])["mean_centred"]
    shares = items[[f"p{code}" for code in CODES]].to_numpy()
    items["score"] = shares @ (7 - CODES) / shares.sum(axis=1)

    def centered(values: list[str]) -> pd.Series:
        value = items["item"].map(dict(zip([item.name for item in ESS_21.items], values, strict=True)))
        by_group = items.groupby(["country", "group"])["score"].mean()
        by_value = items.groupby(["country", "group", value.rename("value")])["score"].mean()
        return (by_value - by_group).reindex(published.index)

    keyed = [item.value for item in ESS_21.items]
    away = (centered(keyed) - published).abs()
    assert len(away) == 29 * 6 * 10 and not away.isna().any()
    assert away.mean() < 0.015 and away.max() < 0.12
    # A key shifted by one item, or read without reversal, is far off: the check can fail.
    assert (centered(keyed[1:] + keyed[:1]) - published).abs().mean() > 0.5
    assert (-centered(keyed) - published).abs().mean() > 0.5


@needs_data
def test_the_57_item_key_gives_the_published_value_means_of_the_german_sample() -> None:
    items = pd.read_csv(DERIVED / "pvqrr_de2022_item_distributions.csv").query("group == 'all'").set_index("item")
    published = pd.read_csv(DERIVED / "pvqrr_de2022_value_means.csv").set_index("value")["mean_centred"]
    means = items[[f"p{code}" for code in CODES]].to_numpy() @ CODES
    value = [PVQ_RR_57.items[number - 1].value for number in items.index]
    centered = pd.Series(means - means.mean()).groupby(value).mean()
    # Shares are printed with four digits, so a mean of three items is known to about .0003.
    assert (centered - published).abs().max() < 0.001
