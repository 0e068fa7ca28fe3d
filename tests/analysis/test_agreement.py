"""Agreement coefficients against published examples, exact fractions and other packages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from references.alpha_by_pairs import KRIPPENDORFF_2011, THREE_CODERS, alpha, table

from analysis.agreement import cohen_kappa, fleiss_agreement, fleiss_kappa, krippendorff_alpha


def numeric(ratings) -> np.ndarray:
    return np.array([[np.nan if r is None else r for r in row] for row in ratings], dtype=float)


def test_fleiss_kappa_of_four_subjects_and_three_judges():
    assert fleiss_kappa([(3, 0, 0), (0, 3, 0), (2, 1, 0), (1, 1, 1)]) == pytest.approx(0.2682927, abs=5e-8)


def test_fleiss_kappa_of_the_article_with_fourteen_raters():
    # Wikipedia's worked example of the coefficient: ten subjects, fourteen raters, five categories, kappa .210.
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    found = fleiss_agreement(counts)
    assert found.kappa == pytest.approx(0.210, abs=5e-4)
    assert found.observed == pytest.approx(0.378, abs=5e-4)
    assert found.expected == pytest.approx(0.213, abs=5e-4)


def test_subjects_without_every_judge_are_dropped_and_counted():
    found = fleiss_agreement([(3, 0, 0), (0, 3, 0), (2, 1, 0), (1, 1, 1), (1, 1, 0), (np.nan, 1, 1)])
    assert found.kappa == pytest.approx(0.2682927, abs=5e-8)
    assert (found.n_subjects, found.n_dropped, found.n_raters) == (4, 2, 3)


def test_unanimous_judges_have_no_kappa():
    found = fleiss_agreement([(3, 0), (3, 0)])
    assert np.isnan(found.kappa)
    assert found.unanimous
    assert np.isnan(fleiss_kappa([(1, 0), (0, 1)]))
    assert np.isnan(fleiss_kappa(np.empty((0, 2))))
    assert fleiss_kappa([(3, 0), (0, 3)]) == 1


@pytest.mark.parametrize(
    ("text", "level", "printed"),
    [
        (KRIPPENDORFF_2011, "nominal", 0.743),
        (KRIPPENDORFF_2011, "ordinal", 0.815),
        (KRIPPENDORFF_2011, "interval", 0.849),
        (THREE_CODERS, "nominal", 0.691),
        (THREE_CODERS, "ordinal", 0.807),
        (THREE_CODERS, "interval", 0.811),
    ],
)
def test_krippendorff_alpha_of_published_tables(text, level, printed):
    found = krippendorff_alpha(numeric(table(text)), level)
    assert found == pytest.approx(printed, abs=5e-4)
    assert found == pytest.approx(float(alpha(table(text), level)), abs=1e-12)


ratings = st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=6, max_size=6), min_size=2, max_size=4)


@given(ratings, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_krippendorff_alpha_equals_its_definition(rows, level):
    found = krippendorff_alpha(numeric(rows), level)
    try:
        assert found == pytest.approx(float(alpha(rows, level)), abs=1e-9)
    except ZeroDivisionError:
        assert np.isnan(found)


def test_krippendorff_alpha_degenerate():
    assert np.isnan(krippendorff_alpha([[1, 1], [1, 1]]))
    assert np.isnan(krippendorff_alpha([[1, np.nan], [np.nan, 2]]))
    assert krippendorff_alpha([[1, 2, 3], [1, 2, 3]], "interval") == 1
    with pytest.raises(ValueError, match="unknown level 'ratio'"):
        krippendorff_alpha([[1, 2], [2, 1]], "ratio")


@pytest.fixture(scope="module")
def metrics():
    return pytest.importorskip("sklearn.metrics")


@given(pair=npst.arrays(np.int64, (2, 30), elements=st.integers(1, 4)))
def test_cohen_kappa_agrees_with_sklearn(metrics, pair):
    if len(np.unique(pair)) < 2:
        assert np.isnan(cohen_kappa(pair[0], pair[1]))
        return
    for ours, theirs in (("none", None), ("linear", "linear"), ("quadratic", "quadratic")):
        expected = metrics.cohen_kappa_score(pair[0], pair[1], weights=theirs)
        assert cohen_kappa(pair[0], pair[1], weights=ours) == pytest.approx(expected, abs=1e-9)


def test_cohen_kappa_leaves_out_unrated_units():
    assert cohen_kappa([1, 2, np.nan, 1], [1, 2, 1, np.nan]) == 1
    assert np.isnan(cohen_kappa([np.nan], [1]))
