"""Alignment with humans: the published rules by hand, scipy as reference, planted distances recovered, real data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import World, answers, answers_of, drawn, humans, instrument_of, scale_item, world
from scipy import stats

from analysis.alignment import MEAN, AlignmentRules, align
from analysis.alignment_rows import BEYOND, WITHIN
from analysis.item_distances import replace_infinite
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.reference import HumanReference, ReferenceCell

FEW = AlignmentRules(resamples=99)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def cell(table: pd.DataFrame, metric: str, **where: str) -> pd.Series:
    rows = table[table["metric"] == metric]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def truth_of(planted: World) -> dict[str, float]:
    """The distances of the populations, by scipy, as the mean over the three dimensions."""
    pairs = list(zip(planted.model, planted.human, strict=True))
    steps = np.arange(planted.model.shape[1])
    by_item = {
        "kl": [stats.entropy(p, q) for p, q in pairs],
        "js": [(stats.entropy(p, (p + q) / 2) + stats.entropy(q, (p + q) / 2)) / 2 for p, q in pairs],
        "emd": [stats.wasserstein_distance(steps, steps, p, q) / steps[-1] for p, q in pairs],
        "tv": [np.abs(p - q).sum() / 2 for p, q in pairs],
    }
    return {m: float(np.mean([np.mean(values[start::3]) for start in range(3)])) for m, values in by_item.items()}


def test_the_worked_example_of_the_infinite_rule() -> None:
    found = replace_infinite(np.array([[0.2, np.inf, 0.7, np.nan], [np.inf, np.inf, np.nan, np.inf]]))
    np.testing.assert_allclose(found[0], [0.2, 1.7, 0.7, 1.7])
    assert found[0].mean() == pytest.approx(1.075)
    assert found[1].tolist() == [1.0] * 4


def test_the_worked_example_end_to_end() -> None:
    """Two finite items, one infinite, one that nobody answered: KL (a, inf, b, NaN) → (a, b+1, b, b+1)."""
    items = [scale_item(name, 2, "EVI") for name in "abcd"]
    rows = [
        (p, item, "answered", [code], "US")
        for item, codes in (("a", [1, 1, 2, 2]), ("b", [1, 1, 1, 2]), ("c", [1, 1, 1, 2]))
        for p, code in enumerate(codes)
    ]
    rows += [(p, "d", "not_applicable" if p else "dont_know", [9] if p == 0 else [], "US") for p in range(4)]
    shares = np.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5], [0.5, 0.5]])
    found = align(answers(rows), instrument_of(*items), humans(shares, "abcd", 500), rng(), rules=FEW)
    a, c = stats.entropy([0.5, 0.5], [0.25, 0.75]), stats.entropy([0.75, 0.25], [0.5, 0.5])
    assert a > c
    kl = found.items[found.items["metric"] == "kl"].set_index("item")["value"]
    np.testing.assert_allclose(kl[["a", "b", "c", "d"]], [a, a + 1, c, a + 1])
    score = cell(found.scores, "kl", level="dimension")
    assert score["value"] == pytest.approx(np.mean([a, a + 1, c, a + 1]))
    assert (score["n_items"], score["n_infinite"], score["n_respondents"]) == (4, 2, 4)
    assert "replaced by the largest finite KL plus 1" in score["reason"]
    assert cell(found.scores, "js", level="dimension")["n_items"] == 3
    assert found.left_out["reason"].tolist() == ["no respondent answered; KL counts as the infinite rule says"]


@pytest.mark.parametrize(("failures", "n_infinite"), [("infinite", 1), ("exclude", 0)])
def test_a_single_failed_reply_is_infinite_by_the_published_rule_alone(failures, n_infinite) -> None:
    rows = [(p, "a", "answered", [1 + p % 2], "US") for p in range(10)] + [(10, "a", "refused", [], "US")]
    found = align(
        answers(rows),
        instrument_of(scale_item("a", 2)),
        humans(np.array([[0.5, 0.5]]), "a", None),
        rng(),
        rules=AlignmentRules(failures=failures, resamples=49),
    )
    score = cell(found.scores, "kl", level="overall")
    assert (score["n_infinite"], score["n_failed"]) == (n_infinite, 1)
    assert score["failure_rate"] == pytest.approx(1 / 11)
    assert score["value"] == (1.0 if failures == "infinite" else 0.0)
    assert cell(found.scores, "js", level="overall")["value"] == 0.0  # failures leave the other metrics alone


def test_numbers_that_were_not_offered_and_offered_dont_knows_are_no_failures() -> None:
    frame = answers([(0, "a", "answered", [1], "US"), (1, "a", "unparsed", [], "US"), (2, "a", "dont_know", [9], "US")])
    frame["reason"] = ["label", "out_of_range: 7 is not offered", "label"]
    found = align(frame, instrument_of(scale_item("a", 2)), humans(np.array([[0.5, 0.5]]), "a", 100), rng(), rules=FEW)
    assert cell(found.scores, "kl", level="overall")["n_failed"] == 0


def test_every_pick_of_a_multiple_choice_item_counts() -> None:
    item = scale_item("m", 3, format=ResponseFormat.MULTIPLE)
    picks = [[1, 2], [1], [1, 3], [2, 3]]
    frame = answers([(p, "m", "answered", codes, "US") for p, codes in enumerate(picks)])
    reference = HumanReference(
        "h", "h", "h", (ReferenceCell("m", {1: 0.8, 2: 0.4, 3: 0.4}, n=200, country="US", is_multiple=True),)
    )
    found = align(frame, instrument_of(item), reference, rng(), rules=FEW)
    expected = stats.entropy([3, 2, 2], [0.8, 0.4, 0.4])
    assert cell(found.items, "kl")["value"] == pytest.approx(expected)
    assert "emd" not in set(found.items["metric"])  # no order among picks


def test_values_are_scipys_and_an_item_of_two_dimensions_counts_in_both() -> None:
    shares = np.random.default_rng(5).dirichlet(np.ones(5), 3)
    choices = np.random.default_rng(6).integers(0, 5, (60, 3))
    items = [scale_item("a", 5, "X"), scale_item("b", 5, "X", "Y"), scale_item("c", 5)]
    found = align(answers_of(choices, "abc"), instrument_of(*items), humans(shares, "abc", 900), rng(), rules=FEW)
    counts = [np.bincount(column, minlength=5) for column in choices.T]
    kl = [stats.entropy(p, q) for p, q in zip(counts, shares, strict=True)]
    emd = [stats.wasserstein_distance(range(5), range(5), p, q) / 4 for p, q in zip(counts, shares, strict=True)]
    for metric, by_item in (("kl", kl), ("emd", emd)):
        assert cell(found.scores, metric, name="X")["value"] == pytest.approx(np.mean(by_item[:2]))
        assert cell(found.scores, metric, name="Y")["value"] == pytest.approx(by_item[1])
        # Mean of the dimensions, not of the items; c has no dimension.
        expected = (np.mean(by_item[:2]) + by_item[1]) / 2
        assert cell(found.scores, metric, name="overall")["value"] == pytest.approx(expected)
    assert cell(found.scores, "alignment", name="Y")["value"] == pytest.approx(1 - emd[1])
    flat = align(
        answers_of(choices, "abc"),
        instrument_of(*items),
        humans(shares, "abc", 900),
        rng(),
        rules=AlignmentRules(overall="items", resamples=49),
    )
    assert cell(flat.scores, "kl", name="overall")["value"] == pytest.approx(np.mean(kl))


def test_the_literal_reading_puts_cumulative_shares_inside_the_logarithm() -> None:
    p, q = np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.25, 0.25])
    rules = AlignmentRules(divergence="literal", resamples=49)
    frame = answers_of(np.array([[0], [1], [2], [2]]), "a")
    found = align(frame, instrument_of(scale_item("a", 3)), humans(q[None], "a", 100), rng(), rules=rules)
    kl = cell(found.items, "kl")
    assert kl["value"] == pytest.approx(float(p @ np.log(np.cumsum(p) / np.cumsum(q))))  # negative here
    assert kl["value"] < 0
    assert np.isnan(kl["p_value"])
    assert "kl:literal" in kl["convention"]


def test_smoothing_keeps_kl_finite_and_is_marked() -> None:
    frame, reference = answers_of(np.array([[0], [1]]), "a"), humans(np.array([[1.0, 0.0]]), "a", 100)
    found = align(
        frame, instrument_of(scale_item("a", 2)), reference, rng(), rules=AlignmentRules(smoothing=0.1, resamples=49)
    )
    kl = cell(found.items, "kl")
    assert kl["value"] == pytest.approx(stats.entropy([0.6, 0.6], [1.1, 0.1]))
    assert kl["n_infinite"] == 0
    assert "smoothing:0.1 (not published)" in kl["convention"]


def test_weights_count_as_people() -> None:
    frame = answers_of(np.array([[0], [1], [1]]), "a")
    frame["weight"] = [2.0, 1.0, 1.0]
    instrument, reference = instrument_of(scale_item("a", 2)), humans(np.array([[0.5, 0.5]]), "a", 100)
    assert cell(align(frame, instrument, reference, rng(), rules=FEW).items, "tv")["value"] == pytest.approx(0.0)
    plain = align(frame, instrument, reference, rng(), rules=AlignmentRules(weighted=False, resamples=49))
    assert cell(plain.items, "tv")["value"] == pytest.approx(1 / 6)


def test_arms_and_countries_stand_apart_and_their_mean_beside_them() -> None:
    instrument = instrument_of(scale_item("a", 2, "X"))
    frame = pd.concat(
        [
            answers_of(np.array([[0]] * 8 + [[1]] * 2), "a", country, arm)
            for arm in ("one", "two")
            for country in ("US", "CN")
        ],
        ignore_index=True,
    )
    cells = [ReferenceCell("a", {1: share, 2: 1 - share}, n=100, country=c) for c, share in (("US", 0.5), ("CN", 0.6))]
    found = align(frame, instrument, HumanReference("h", "h", "h", tuple(cells)), rng(), by=["arm"], rules=FEW)
    tv = found.scores[(found.scores["metric"] == "tv") & (found.scores["level"] == "overall")]
    assert tv[["arm", "country"]].to_numpy().tolist() == [
        ["one", "US"], ["one", "CN"], ["two", "US"], ["two", "CN"], ["one", MEAN], ["two", MEAN],
    ]  # fmt: skip
    np.testing.assert_allclose(tv["value"], [0.3, 0.2, 0.3, 0.2, 0.25, 0.25])
    assert tv["n_respondents"].tolist() == [10, 10, 10, 10, 20, 20]


def test_groups_are_found_by_attributes() -> None:
    frame = answers_of(np.array([[0], [0], [1], [1]]), "a")
    frame["attr_gender"], frame["attr_age"] = ["female", "female", "female", "male"], [20, 35, 40, 60]
    cells = [ReferenceCell("a", {1: 0.5, 2: 0.5}, n=50, country="US", group=g) for g in ("age=30-49 & sex=female",)]
    found = align(
        frame,
        instrument_of(scale_item("a", 2)),
        HumanReference("h", "h", "h", tuple(cells)),
        rng(),
        groups=["age=30-49 & sex=female", "age=70+", "faith=none"],
        rules=FEW,
    )
    assert cell(found.items, "tv")["n_answered"] == 2
    reasons = found.left_out.set_index("group")["reason"]
    assert reasons["age=70+"] == "the run has nobody in this group"
    assert reasons["faith=none"] == "the run has no attribute for this group"


def test_what_cannot_be_compared_is_named() -> None:
    items = [scale_item(name, 2) for name in ("ok", "none", "foreign", "more", "unasked")]
    cells = [
        ReferenceCell("ok", {1: 0.5, 2: 0.5}, country="US"),
        ReferenceCell("foreign", {7: 1.0}, country="US"),
        ReferenceCell("more", {1: 0.5, 2: 0.4, 3: 0.1}, country="US"),
        ReferenceCell("unasked", {1: 0.5, 2: 0.5}, country="US"),
        ReferenceCell("elsewhere", {1: 1.0}, country="US"),
        ReferenceCell("ok", {1: 0.5, 2: 0.5}, country="JP"),
    ]
    frame = answers_of(np.zeros((3, 4), dtype=int), ["ok", "none", "foreign", "more"])
    found = align(frame, instrument_of(*items), HumanReference("h", "h", "h", tuple(cells)), rng(), rules=FEW)
    said = {(row.country, row.item): row.reason for row in found.left_out.itertuples()}
    assert said == {
        ("US", "none"): "no human reference for country US, group 'all'",
        ("US", "foreign"): "reference and item have no option in common",
        ("US", "more"): "10.0% of the reference chose options that the item does not offer: 3",
        ("US", "unasked"): "no respondent was asked",
        ("", "elsewhere"): "the reference has it; the instrument has no such closed item",
        ("JP", ""): "the reference has it; no respondent lives there",
    }
    assert "taken as exact" in cell(found.scores, "kl", level="overall")["reason"]
    assert set(found.items["item"]) == {"ok"}


def test_no_number_is_missing_without_a_reason() -> None:
    frame = answers([(p, "a", "refused", [], "US") for p in range(3)])
    found = align(frame, instrument_of(scale_item("a", 2)), humans(np.array([[0.5, 0.5]]), "a", 9), rng(), rules=FEW)
    for table in (found.scores, found.items):
        assert (table.loc[table["value"].isna(), "reason"] != "").all()
        assert cell(table, "kl")["value"] == 1.0
    empty = align(frame[:0], instrument_of(scale_item("a", 2)), humans(np.array([[0.5, 0.5]]), "a", 9), rng())
    assert empty.scores.empty
    assert empty.left_out["reason"].tolist() != []


def test_rules_are_checked() -> None:
    with pytest.raises(ValueError, match="failures is 'ignore'; use infinite or exclude"):
        AlignmentRules(failures="ignore")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="smoothing must be 0 or more"):
        AlignmentRules(smoothing=-1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "n_options", "distance", "likeness"),
    [(100, 4, 0.0, 0.3), (100, 4, 0.1, 0.0), (100, 4, 0.5, 0.3), (30, 8, 0.5, 0.0), (100, 4, 1.0, 0.3)],
)
def test_planted_distances_are_covered(n: int, n_options: int, distance: float, likeness: float) -> None:
    """40 worlds each: at a true coverage of .95 fewer than 34 hits have a chance of 1 in 300 (binomial)."""
    hits = dict.fromkeys(("kl", "js", "emd", "tv"), 0)
    for seed in range(40):
        planted = world(seed, n=n, n_human=800, n_items=30, n_options=n_options, distance=distance, likeness=likeness)
        truth = truth_of(planted)
        found = align(*planted[:3], rng(seed), rules=AlignmentRules(resamples=199)).scores
        for metric in hits:
            row = cell(found, metric, level="overall")
            hits[metric] += row["low"] <= truth[metric] + 1e-12 and truth[metric] <= row["high"] + 1e-12
    assert min(hits.values()) >= 34, hits


@pytest.mark.slow
@pytest.mark.parametrize("likeness", [0.0, 0.5])
def test_without_a_difference_p_is_uniform(likeness: float) -> None:
    p_values: dict[str, list[float]] = {"kl": [], "js": [], "emd": []}
    verdicts = []
    for seed in range(60):
        planted = world(seed, n=60, n_human=600, n_items=24, n_options=5, distance=0.0, likeness=likeness)
        found = align(*planted[:3], rng(seed), rules=AlignmentRules(resamples=199)).scores
        for metric, values in p_values.items():
            values.append(cell(found, metric, level="overall")["p_value"])
        verdicts.append(cell(found, "kl", level="overall")["verdict"])
    for metric, values in p_values.items():
        assert stats.kstest(values, "uniform").pvalue > 0.001, metric
        assert np.mean(np.array(values) <= 0.05) <= 0.15, metric  # binomial(60, .05): at most 9 with .998
    assert verdicts.count(WITHIN) >= 51


def test_a_large_planted_distance_is_beyond_noise() -> None:
    planted = world(1, n=60, n_human=600, n_items=24, n_options=5, distance=1.0)
    row = cell(align(*planted[:3], rng(), rules=FEW).scores, "kl", level="overall")
    assert row["verdict"] == BEYOND
    assert row["p_value"] == pytest.approx(0.01)
    assert row["value"] > row["chance_high"] > row["by_chance"] > 0


def test_the_noise_floor_of_kl_is_the_known_bias() -> None:
    """E KL = (K - 1) / 2 (1/n + 1/N) to first order for large samples (half a chi-square)."""
    rates = np.full((40, 4), 0.25)
    names = [f"q{place}" for place in range(40)]
    instrument = instrument_of(*(scale_item(name, 4) for name in names))
    frame = answers_of(drawn(rng(3), 400, rates), names)
    row = cell(align(frame, instrument, humans(rates, names, 1600), rng()).scores, "kl", level="overall")
    assert row["by_chance"] == pytest.approx(1.5 * (1 / 400 + 1 / 1600), rel=0.05)


WVS_COUNTRIES = {"US": "United States", "CN": "China"}


def world_values(folder: Path) -> tuple[Instrument, HumanReference]:
    """The questions of the World Values Survey that both countries have, with nine made-up dimensions."""
    path = folder / "derived" / "wvs7_distributions_merged.json"
    if not path.is_file():
        pytest.skip("wvs7_distributions_merged.json is not here")
    questions = json.loads(path.read_text(encoding="utf-8"))
    shared = {q: facts for q, facts in questions.items() if set(WVS_COUNTRIES.values()) <= facts["dist"].keys()}
    items, cells = [], []
    for place, (name, facts) in enumerate(shared.items()):
        options = tuple(ResponseOption(int(code), {"en": text}) for code, text in facts["options"].items())
        items.append(Item(
            name, {"en": facts["question"]}, ResponseFormat.SCALE, options, dimensions=(f"D{place % 9}",)
        ))  # fmt: skip
        for code, country in WVS_COUNTRIES.items():
            shares = {int(option): share for option, share in facts["dist"][country]["p"].items()}
            total = sum(shares.values())
            cells.append(ReferenceCell(name, {o: s / total for o, s in shares.items()}, country=code))
    return instrument_of(*items), HumanReference("wvs7", "World Values Survey 7", "WVS", tuple(cells))


def test_two_countries_of_the_world_values_survey(shared_data: Path) -> None:
    """People drawn from the American shares are within noise of them, and beyond it beside the Chinese ones."""
    instrument, reference = world_values(shared_data)
    assert len(instrument.items) == 68
    shares = [
        [reference.cell(item.id, "US").shares.get(o.code, 0.0) for o in item.options]  # type: ignore[union-attr]
        for item in instrument.items
    ]
    draw = rng(11)
    codes = [
        draw.choice([option.code for option in item.options], 150, p=row)
        for item, row in zip(instrument.items, shares, strict=True)
    ]
    names = [item.id for item in instrument.items]
    frame = pd.concat([answers_of(np.array(codes).T - 1, names, country) for country in WVS_COUNTRIES])
    found = align(frame, instrument, reference, rng(), rules=AlignmentRules(resamples=299)).scores
    for metric in ("kl", "js", "alignment"):
        home = cell(found, metric, level="overall", country="US")
        assert home["verdict"] == WITHIN
        assert home["low"] == 0.0 or home["high"] == 1.0
        assert cell(found, metric, level="overall", country="CN")["verdict"] == BEYOND
    abroad = cell(found, "js", level="overall", country="CN")
    truth = []
    for item, row in zip(instrument.items, shares, strict=True):
        other = [reference.cell(item.id, "CN").shares.get(o.code, 0.0) for o in item.options]  # type: ignore[union-attr]
        middle = (np.array(row) + other) / 2
        truth.append((stats.entropy(row, middle) + stats.entropy(other, middle)) / 2)
    expected = np.mean([np.mean(truth[start::9]) for start in range(9)])
    assert abroad["low"] <= expected <= abroad["high"]
