"""Agreement with intervals: published values, other packages, and intervals that cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from references.alpha_by_pairs import KRIPPENDORFF_2011, THREE_CODERS, table

from analysis.agreement import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha
from analysis.agreement_intervals import agreement_estimates, alpha_interval, cohen_interval

# Fleiss 1971, table 1: six of 43 psychiatrists sort each of 30 patients into depression, personality disorder,
# schizophrenia, neurosis and other.
DIAGNOSES = [
    (0, 0, 0, 6, 0), (0, 3, 0, 0, 3), (0, 1, 4, 0, 1), (0, 0, 0, 0, 6), (0, 3, 0, 3, 0), (2, 0, 4, 0, 0),
    (0, 0, 4, 0, 2), (2, 0, 3, 1, 0), (2, 0, 0, 4, 0), (0, 0, 0, 0, 6), (1, 0, 0, 5, 0), (1, 1, 0, 4, 0),
    (0, 3, 3, 0, 0), (1, 0, 0, 5, 0), (0, 2, 0, 3, 1), (0, 0, 5, 0, 1), (3, 0, 0, 1, 2), (5, 1, 0, 0, 0),
    (0, 2, 0, 4, 0), (1, 0, 2, 0, 3), (0, 0, 0, 0, 6), (0, 1, 0, 5, 0), (0, 2, 0, 1, 3), (2, 0, 0, 4, 0),
    (1, 0, 0, 4, 1), (0, 5, 0, 1, 0), (4, 0, 0, 0, 2), (0, 2, 0, 4, 0), (1, 0, 5, 0, 0), (0, 0, 0, 0, 6),
]  # fmt: skip


def ratings_of_counts(counts) -> np.ndarray:
    return np.array([np.repeat(np.arange(len(row)), row) for row in counts], dtype=float).T


def places(text: str) -> np.ndarray:
    """A published table with its values as places from 0."""
    codes = np.array([[np.nan if r is None else r for r in row] for row in table(text)], dtype=float)
    values = np.unique(codes[~np.isnan(codes)])
    return np.where(np.isnan(codes), np.nan, np.searchsorted(values, codes))


def estimates(ratings, n_categories, clusters=None, seed=0, resamples=199):
    groups = np.arange(ratings.shape[1]) if clusters is None else clusters
    rng = np.random.default_rng(seed)
    return agreement_estimates(ratings, groups, rng, n_categories=n_categories, resamples=resamples)


# Published values -----------------------------------------------------------------------------------------------------


def test_the_diagnoses_of_fleiss_1971():
    assert fleiss_kappa(DIAGNOSES) == pytest.approx(0.430, abs=5e-4)
    found = estimates(ratings_of_counts(DIAGNOSES), 5, resamples=1999)
    assert found.fleiss.value == pytest.approx(0.430, abs=5e-4)
    assert found.percent.value == pytest.approx(0.556, abs=5e-4)
    # Gwet's AC1 of the same table, by the formula of Gwet 2008 from the printed shares .144, .144, .167, .306, .239.
    chance = sum(p * (1 - p) for p in (0.1444, 0.1444, 0.1667, 0.3056, 0.2389)) / 4
    assert found.ac1.value == pytest.approx((0.5556 - chance) / (1 - chance), abs=5e-4)
    # The bootstrap lies close to the interval from the jackknife over patients.
    left_out = np.array([fleiss_kappa(DIAGNOSES[:i] + DIAGNOSES[i + 1 :]) for i in range(30)])
    error = np.sqrt(29 / 30 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.fleiss.low == pytest.approx(0.430 - 1.96 * error, abs=0.03)
    assert found.fleiss.high == pytest.approx(0.430 + 1.96 * error, abs=0.03)


@pytest.mark.parametrize(("text", "alpha"), [(KRIPPENDORFF_2011, 0.743), (THREE_CODERS, 0.691)])
def test_alpha_of_krippendorff(text, alpha):
    ratings = places(text)
    found = estimates(ratings, int(np.nanmax(ratings)) + 1)
    assert found.alpha.value == pytest.approx(alpha, abs=5e-4)
    assert found.alpha.low < alpha <= found.alpha.high


def test_gwet_ac1_of_four_raters():
    # irrCAC's data cac.raw4raters (the table of Krippendorff 2011): AC1 .77544, percent agreement .81818.
    ratings = places(KRIPPENDORFF_2011)
    assert gwet_ac1(ratings) == pytest.approx(0.77544, abs=5e-6)
    found = estimates(ratings, 5)
    assert found.ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert found.percent.value == pytest.approx(0.81818, abs=5e-6)
    assert found.n_single == 1


def test_the_paradox_of_feinstein_and_cicchetti():
    # 118 of 125 cases both negative, 5 and 2 contrary, none both positive (Gwet 2008): kappa -.0234, AC1 .9408.
    first = np.repeat([0.0, 1.0, 0.0], (118, 5, 2))
    second = np.repeat([0.0, 0.0, 1.0], (118, 5, 2))
    assert cohen_kappa(first, second) == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac1([first, second]) == pytest.approx(0.9408, abs=5e-5)
    assert estimates(np.array([first, second]), 2).percent.value == pytest.approx(0.944)


# Equal to the plain coefficients and to other packages ----------------------------------------------------------------

tables = npst.arrays(np.float64, (3, 12), elements=st.sampled_from([0.0, 1.0, 2.0, np.nan]))


@given(tables)
def test_values_are_those_of_the_plain_coefficients(ratings):
    found = estimates(ratings, 3, resamples=9)
    counts = np.stack([(ratings == category).sum(axis=0) for category in range(3)], axis=1)
    complete = counts.sum(axis=1) == 3
    expected = fleiss_kappa(counts[complete]) if complete.any() else np.nan
    for value, plain in (
        (found.fleiss.value, expected),
        (found.alpha.value, krippendorff_alpha(ratings)),
        (found.ac1.value, gwet_ac1(ratings, n_categories=3)),
        (found.percent.value, percent(ratings)),
    ):
        assert value == pytest.approx(plain, abs=1e-9, nan_ok=True)
    assert found.n_units + found.n_single == 12
    assert found.n_dropped == 12 - complete.sum()


def percent(ratings):
    shares = []
    for unit in ratings.T:
        given = unit[~np.isnan(unit)]
        pairs = [(a, b) for place, a in enumerate(given) for b in given[place + 1 :]]
        if pairs:
            shares.append(np.mean([a == b for a, b in pairs]))
    return np.mean(shares) if shares else np.nan


@given(tables, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_at_every_level(ratings, level):
    codes = ratings * 2 + 1
    found = alpha_interval(codes, np.arange(12), np.random.default_rng(0), level=level, resamples=9)
    assert found.value == pytest.approx(krippendorff_alpha(codes, level), abs=1e-9, nan_ok=True)


@given(pair=npst.arrays(np.int64, (2, 30), elements=st.integers(0, 3)))
def test_cohen_with_interval_agrees_with_the_plain_one(pair):
    found = cohen_interval(*pair, np.arange(30), np.random.default_rng(0), n_categories=4, resamples=9)
    assert found.value == pytest.approx(cohen_kappa(*pair), abs=1e-9, nan_ok=True)


@given(npst.arrays(np.int64, (12, 3), elements=st.integers(0, 3)).filter(lambda c: len({*c.sum(axis=1)}) == 1))
def test_fleiss_kappa_agrees_with_statsmodels(counts):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    n = counts.sum(axis=1)[0]
    if n >= 2 and (counts.sum(axis=0) > 0).sum() > 1:
        assert fleiss_kappa(counts) == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-9)


def test_fleiss_kappa_of_the_diagnoses_agrees_with_statsmodels():
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    assert fleiss_kappa(DIAGNOSES) == pytest.approx(inter_rater.fleiss_kappa(np.array(DIAGNOSES)), abs=1e-12)


# Degenerate -----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_formed_is_nan():
    alike = estimates(np.zeros((2, 8)), 2)
    assert alike.unanimous
    assert np.isnan([alike.fleiss.value, alike.alpha.value]).all()
    assert (alike.percent.value, alike.ac1.value) == (1.0, 1.0)
    one = estimates(np.zeros((1, 8)), 2)
    assert np.isnan([one.percent.value, one.fleiss.value, one.alpha.value, one.ac1.value]).all()
    assert one.n_units == 0
    empty = estimates(np.empty((2, 0)), 2)
    assert np.isnan(empty.alpha.value)
    single_cluster = estimates(np.array([[0.0, 1.0], [0.0, 0.0]]), 2, clusters=np.array([7, 7]))
    assert single_cluster.percent.value == 0.5
    assert np.isnan(single_cluster.percent.low)
    assert np.isnan(gwet_ac1([[0.0, np.nan], [np.nan, 1.0]]))
    with pytest.raises(ValueError, match="n_categories is 1"):
        gwet_ac1([[0.0, 1.0], [0.0, 0.0]], n_categories=1)


# Coverage -------------------------------------------------------------------------------------------------------------


def test_clustered_intervals_cover_and_unclustered_ones_would_not():
    """Replies of one respondent are alike (all faulty or all sound): whole respondents must be resampled."""
    n_respondents, per_respondent, truth = 80, 6, 0.9 * 0.9 + 0.1 * 0.1
    planted = (truth - 0.5) / 0.5  # half of the respondents are faulty, both judges err in one verdict out of ten
    clusters = np.repeat(np.arange(n_respondents), per_respondent)
    covered = naive = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        state = rng.random(n_respondents) < 0.5
        # A judge errs about a respondent as a whole, so that all replies of one respondent share the error.
        judges = np.stack([np.where(rng.random(n_respondents) < 0.9, state, ~state) for _ in range(2)])
        ratings = judges[:, clusters].astype(float)
        for name, groups in (("clustered", clusters), ("naive", np.arange(len(clusters)))):
            found = estimates(ratings, 2, groups, seed).alpha
            hit = found.low <= planted <= found.high
            covered += hit and name == "clustered"
            naive += hit and name == "naive"
    assert covered >= 52  # 57 expected; fewer than 52 has probability .005 at 95 %
    assert naive < 45
