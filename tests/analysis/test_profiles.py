"""Preference-bias profiles: modal options and groups by hand, what chance gives by simulation, real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import answers_of, drawn, instrument_of, scale_item
from scipy import stats

from analysis.profiles import AGE_GROUPS, SEX_GROUPS, preference_profiles
from surveys.instrument import Instrument
from surveys.reference import EVERYBODY, HumanReference, ReferenceCell


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def reference_of(shares: dict[tuple[str, str], list[float]], n: dict[str, float | None]) -> HumanReference:
    """(item, group) → shares; group → n."""
    cells = [
        ReferenceCell(item, {code + 1: share for code, share in enumerate(row)}, n=n[group], country="US", group=group)
        for (item, group), row in shares.items()
    ]
    return HumanReference("h", "h", "h", tuple(cells))


TWO_ITEMS = {
    ("a", EVERYBODY): [0.6, 0.4],
    ("a", "sex=female"): [0.7, 0.3],
    ("a", "sex=male"): [0.3, 0.7],
    ("b", EVERYBODY): [0.55, 0.45],
    ("b", "sex=female"): [0.5, 0.5],
    ("b", "sex=male"): [0.6, 0.4],
}
N = {EVERYBODY: 300, "sex=female": 200, "sex=male": 100}
SEX = {"sex": SEX_GROUPS}
ITEMS = instrument_of(scale_item("a", 2, "X"), scale_item("b", 2, "X", "Y"))


@pytest.mark.parametrize(
    ("convention", "expected"),
    # Arm: a → 2, b → 1. Counts: a/2 is 60 women to 70 men; b/1 is 100 to 60. Shares: men, men.
    [("counts", ["sex=male", "sex=female"]), ("share", ["sex=male", "sex=male"])],
)
def test_profiles_by_hand(convention, expected) -> None:
    frame = answers_of(np.array([[1, 0], [1, 0], [0, 1]]), "ab")
    found = preference_profiles(frame, ITEMS, reference_of(TWO_ITEMS, N), rng(), variables=SEX, convention=convention)
    assert found.items["sex"].tolist() == expected
    assert found.items["human_modal"].tolist() == [1, 1]
    assert found.items["arm_modal"].tolist() == [2, 1]
    assert found.items["is_match"].tolist() == [False, True]
    rates = found.matching.set_index("dimension")
    assert rates["rate"].to_dict() == {"X": 0.5, "Y": 1.0, "overall": 0.5}
    wilson = stats.binomtest(1, 2).proportion_ci(method="wilson")
    assert (rates.loc["X", "low"], rates.loc["X", "high"]) == pytest.approx((wilson.low, wilson.high))
    shares = found.profiles.set_index(["among", "group"])["share"]
    assert shares["mismatch", "sex=male"] == 1.0
    assert shares["match", expected[1]] == 1.0
    assert shares["all", "tie"] == 0.0


def test_ties_and_gaps_are_labelled() -> None:
    shares = TWO_ITEMS | {("a", "sex=female"): [0.5, 0.5], ("a", "sex=male"): [0.5, 0.5]}
    del shares["b", "sex=male"]
    frame = answers_of(np.array([[0, 0]]), "ab")
    found = preference_profiles(
        frame, ITEMS, reference_of(shares, N | {"sex=male": 200}), rng(), variables=SEX | {"age": AGE_GROUPS}
    )
    assert found.items["sex"].iloc[0] == "tie"
    assert pd.isna(found.items["sex"].iloc[1])
    ages = found.profiles[found.profiles["variable"] == "age"]
    assert ages["share"].isna().all()
    assert set(ages["reason"]) == {"the reference has no group age=18-29, age=30-49, age=50+"}
    unknown = preference_profiles(
        frame, ITEMS, reference_of(TWO_ITEMS, dict.fromkeys(N)), rng(), variables=SEX, convention="counts"
    )
    assert set(unknown.profiles["reason"]) == {"the reference does not say how many people answered; use share"}
    assert unknown.profiles["share"].isna().all()


def test_modal_ties_go_to_the_first_option() -> None:
    frame = answers_of(np.array([[0, 0], [1, 1]]), "ab")
    found = preference_profiles(frame, ITEMS, reference_of(TWO_ITEMS, N), rng(), variables=SEX)
    assert found.items["arm_modal"].tolist() == [1, 1]


def unrelated_world(
    seed: int, sizes: dict[str, int], n_items: int = 200
) -> tuple[Instrument, HumanReference, pd.DataFrame]:
    """Age groups that answer alike, in samples of `sizes`; an arm that chooses at random."""
    generator = rng(seed)
    shares, names = generator.dirichlet(np.ones(4), n_items), [f"q{place}" for place in range(n_items)]
    cells = []
    for place, name in enumerate(names):
        counts = {group: generator.multinomial(n, shares[place]) for group, n in sizes.items()}
        counts[EVERYBODY] = np.sum(list(counts.values()), axis=0)
        cells += [
            ReferenceCell(name, {c + 1: k / row.sum() for c, k in enumerate(row)}, n=row.sum(), country="US", group=g)
            for g, row in counts.items()
        ]
    frame = answers_of(generator.integers(0, 4, (1, n_items)), names)
    return instrument_of(*(scale_item(name, 4) for name in names)), HumanReference("h", "h", "h", tuple(cells)), frame


@pytest.mark.parametrize("convention", ["counts", "share"])
def test_the_share_expected_by_chance_is_what_groups_without_any_difference_give(convention) -> None:
    """A middle group twice as large wins under counts though nobody differs: the artefact the published reading has."""
    sizes = {"age=18-29": 60, "age=30-49": 120, "age=50+": 70}
    observed, expected = [], []
    for seed in range(8):
        instrument, reference, frame = unrelated_world(seed, sizes)
        found = preference_profiles(
            frame, instrument, reference, rng(seed), variables={"age": AGE_GROUPS}, convention=convention
        )
        rows = found.profiles[found.profiles["among"] == "mismatch"].set_index("group")
        observed.append(rows["share"])
        expected.append(rows["expected_unrelated"])
    seen, chance = pd.concat(observed, axis=1).mean(axis=1), pd.concat(expected, axis=1).mean(axis=1)
    np.testing.assert_allclose(seen, chance, atol=0.045)  # 1,200 mismatches: three standard errors
    assert chance.sum() == pytest.approx(1.0)
    if convention == "counts":
        assert chance["age=30-49"] > 0.8
    else:
        assert chance["age=30-49"] < 0.4


def test_a_random_choice_has_the_share_expected_of_it() -> None:
    """Arms that choose at random, many times, show on average what `expected_random` says."""
    instrument, reference, _ = unrelated_world(5, {"sex=female": 80, "sex=male": 80}, n_items=60)
    names, seen, expected = [item.id for item in instrument.items], [], []
    for seed in range(40):
        frame = answers_of(rng(seed).integers(0, 4, (1, 60)), names)
        rows = preference_profiles(
            frame, instrument, reference, rng(), variables=SEX, convention="share"
        ).profiles.set_index(["among", "group"])
        seen.append(rows.loc[("all", "sex=female"), "share"])
        expected.append(rows.loc[("all", "sex=female"), "expected_random"])
    assert np.mean(seen) == pytest.approx(np.mean(expected), abs=3 * np.std(seen) / np.sqrt(40) + 0.01)


def test_an_arm_that_speaks_for_men_is_found_out() -> None:
    generator = rng(2)
    names = [f"q{place}" for place in range(80)]
    by_sex = {sex: generator.dirichlet(np.ones(4), 80) for sex in SEX_GROUPS}
    shares = {(name, sex): list(by_sex[sex][place]) for sex in SEX_GROUPS for place, name in enumerate(names)}
    shares |= {
        (name, EVERYBODY): list(np.mean([by_sex[s][p] for s in SEX_GROUPS], axis=0)) for p, name in enumerate(names)
    }
    reference = reference_of(shares, {EVERYBODY: 400, "sex=female": 200, "sex=male": 200})
    frame = answers_of(drawn(generator, 200, by_sex["sex=male"]), names)
    instrument = instrument_of(*(scale_item(name, 4) for name in names))
    for over in ("items", "respondents"):
        found = preference_profiles(frame, instrument, reference, rng(), variables=SEX, convention="share", over=over)
        row = found.profiles[(found.profiles["among"] == "mismatch") & (found.profiles["group"] == "sex=male")].iloc[0]
        assert row["low"] > max(row["expected_unrelated"], row["expected_random"])
        assert row["low"] <= row["share"] <= row["high"]


def test_wrong_conventions_are_named() -> None:
    with pytest.raises(ValueError, match="convention is 'number'; use counts or share"):
        preference_profiles(
            answers_of(np.array([[0, 0]]), "ab"), ITEMS, reference_of(TWO_ITEMS, N), rng(), convention="number"
        )


def test_the_american_sample_of_the_world_values_survey(shared_data: Path) -> None:
    """303 Americans by sex and age: the middle group's advantage under counts is chance, and gone under share."""
    path = shared_data / "derived" / "wvs7_us_egypt_n303_by_sex_age.csv.gz"
    if not path.is_file():
        pytest.skip("wvs7_us_egypt_n303_by_sex_age.csv.gz is not here")
    table = pd.read_csv(path)
    table = table[table["country"] == "United States"]
    groups = {
        "all": EVERYBODY, "female": "sex=female", "male": "sex=male",
        "age_le29": "age=18-29", "age_30_49": "age=30-49", "age_ge50": "age=50+",
    }  # fmt: skip
    cells, items = [], []
    for question, rows in table.groupby("question", sort=False):
        code_of = {answer: place + 1 for place, answer in enumerate(dict.fromkeys(rows["answer"]))}
        items.append(scale_item(str(question), len(code_of)))
        for name, part in rows.groupby("group"):
            total = part["count"].sum()
            shares = {code_of[a]: c / total for a, c in zip(part["answer"], part["count"], strict=True)}
            cells.append(ReferenceCell(str(question), shares, n=int(total), country="US", group=groups[str(name)]))
    reference = HumanReference("wvs7-us", "World Values Survey 7, n = 303", "WVS", tuple(cells))
    choices = np.array([[rng(place).integers(0, len(item.options)) for place, item in enumerate(items)]])
    frame = answers_of(choices, [item.id for item in items])
    shares = {}
    for convention in ("counts", "share"):
        found = preference_profiles(frame, instrument_of(*items), reference, rng(), convention=convention).profiles
        rows = found[(found["variable"] == "age") & (found["among"] == "mismatch")].set_index("group")
        assert rows["share"].sum() == pytest.approx(1.0)
        assert rows["expected_random"].sum() == pytest.approx(1.0)
        shares[convention] = rows
    for column in ("share", "expected_unrelated", "expected_random"):
        assert shares["counts"].loc["age=30-49", column] > shares["share"].loc["age=30-49", column]
