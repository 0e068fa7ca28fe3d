"""Subjects on the cultural map: scores by hand, sklearn as reference, ellipses that cover, vectors recovered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import answers, answers_of, drawn, instrument_of, scale_item

from analysis.culture_positions import HUMANS, culture_positions, ellipse
from surveys.instrument import Instrument, ResponseFormat
from surveys.reference import HumanReference, ReferenceCell

DIMENSIONS = ("EVI", "IDV", "IVR", "LTO", "MAS")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_scores_are_mean_raw_codes_of_single_choice_items() -> None:
    items = [
        scale_item("a", 4, "X"),
        scale_item("b", 10, "X", "Y"),
        scale_item("m", 3, "Y", format=ResponseFormat.MULTIPLE),
    ]
    cells = [
        ReferenceCell(item.id, {1: 0.5, 2: 0.5}, n=50, country=country, is_multiple=item.id == "m")
        for item in items
        for country in ("US", "CN")
    ]
    rows = [(p, "a", "answered", [code], "US") for p, code in enumerate([4, 2])] + [(2, "a", "refused", [], "US")]
    rows += [(p, "b", "answered", [10], "US") for p in range(3)]
    reference, instrument = HumanReference("h", "h", "h", tuple(cells)), instrument_of(*items)
    for failures, a in (("exclude", 3.0), ("code", 2.0)):
        found = culture_positions(answers(rows), instrument, reference, rng(), failures=failures, resamples=19)
        own = found.scores.iloc[4:]
        assert own.set_index("dimension")["score"].to_dict() == {"X": (a + 10) / 2, "Y": 10.0}
        humans = found.scores.iloc[:2].set_index("dimension")["score"]
        assert humans.to_dict() == {"X": 1.5, "Y": 1.5}
        assert found.left_out["reason"].tolist() == ["multiple choice has no mean code"]


class Planted:
    """Two cultures and an arm that exaggerates the difference between them: the true map is known."""

    def __init__(self, n_items: int = 40) -> None:
        plan = rng(7)
        self.names = [f"q{place}" for place in range(n_items)]
        items = [scale_item(name, 5, DIMENSIONS[place % 5]) for place, name in enumerate(self.names)]
        self.instrument = instrument_of(*items)
        rising = np.array([1.0, 1.0, 2.0, 3.0, 3.0])
        turns = [1 if place % 5 in (0, 2, 3) else -1 for place in range(n_items)]
        us = np.array([plan.dirichlet(rising[::turn]) for turn in turns])
        cn = np.array([plan.dirichlet(rising[::-turn]) for turn in turns])
        other = plan.dirichlet(np.full(5, 4.0), n_items)
        self.humans = {"US": us, "CN": cn}
        # "near" answers like people; "half" keeps half of the difference between the cultures, moved elsewhere.
        self.arms = {
            "near": {"US": us, "CN": cn},
            "half": {"US": 0.5 * other + 0.5 * us, "CN": 0.5 * other + 0.5 * cn},
        }

    def reference(self, n: float | None) -> HumanReference:
        cells = [
            ReferenceCell(name, {c + 1: float(s) for c, s in enumerate(row)}, n=n, country=country)
            for country, shares in self.humans.items()
            for name, row in zip(self.names, shares, strict=True)
        ]
        return HumanReference("h", "h", "h", tuple(cells))

    def frame(self, seed: int, n: int) -> pd.DataFrame:
        parts = [
            answers_of(drawn(rng(1000 * seed + 10 * k + j), n, shares, 0.2), self.names, country, arm)
            for k, (arm, by_country) in enumerate(self.arms.items())
            for j, (country, shares) in enumerate(by_country.items())
        ]
        return pd.concat(parts, ignore_index=True)

    def true_scores(self) -> np.ndarray:
        """Humans US, CN, then near US, CN, half US, CN."""
        pairs = [self.humans, *self.arms.values()]
        scores = [shares @ np.arange(1, 6) for pair in pairs for shares in pair.values()]
        return np.array([[np.mean(row[d::5]) for d in range(5)] for row in scores])


def test_positions_are_sklearns_and_the_reference_gives_the_signs() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition")
    planted = Planted()
    found = culture_positions(
        planted.frame(1, 60), planted.instrument, planted.reference(None), rng(), by=["arm"], resamples=19
    )
    scores = found.scores["score"].to_numpy().reshape(6, 5)
    model = decomposition.PCA(2, svd_solver="full").fit(scores)
    expected = model.transform(scores)
    xy = found.positions[["x", "y"]].to_numpy()
    np.testing.assert_allclose(np.abs(xy), np.abs(expected), atol=1e-9)
    np.testing.assert_allclose(found.axes["explained_share"], model.explained_variance_ratio_, atol=1e-9)
    assert (xy[0] >= xy[1]).all()
    assert found.positions["arm"].tolist() == [HUMANS, HUMANS, "near", "near", "half", "half"]
    # Exact humans have an ellipse too: the axes are drawn anew with the arms. Their scores do not vary.
    humans = found.scores[found.scores["arm"] == HUMANS]
    np.testing.assert_allclose(humans["low"], humans["score"])


def test_a_lone_flip_does_not_inflate_an_ellipse() -> None:
    """With two subjects the first axis may point either way in a resample; positions must not jump with it."""
    planted = Planted()
    found = culture_positions(
        planted.frame(2, 200), planted.instrument, planted.reference(2000), rng(), by=["arm"], resamples=199
    ).positions
    distance = np.linalg.norm(found.loc[0, ["x", "y"]].to_numpy(float) - found.loc[1, ["x", "y"]].to_numpy(float))
    assert found["ellipse_major"].max() < distance


def test_vectors_are_recovered_with_their_intervals() -> None:
    planted = Planted()
    covered = {"cosine": 0, "length_ratio": 0}
    centered = planted.true_scores() - planted.true_scores().mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    points = centered @ axes.T
    human, half = points[0] - points[1], points[4] - points[5]
    truth = {
        "cosine": float(human @ half / np.linalg.norm(human) / np.linalg.norm(half)),
        "length_ratio": float(np.linalg.norm(half) / np.linalg.norm(human)),
    }
    assert truth["length_ratio"] == pytest.approx(0.5)  # half the difference, in the same direction
    assert truth["cosine"] == pytest.approx(1.0)
    for seed in range(40):
        found = culture_positions(
            planted.frame(seed, 150), planted.instrument, planted.reference(None), rng(seed), by=["arm"], resamples=99
        )
        row = found.vectors.set_index("arm").loc["half"]
        covered["length_ratio"] += row["length_ratio_low"] <= truth["length_ratio"] <= row["length_ratio_high"]
        covered["cosine"] += row["cosine_low"] <= 1.0 <= row["cosine_high"] + 0.001
    assert covered["length_ratio"] >= 34  # binomial(40, .95): fewer with probability .003
    assert covered["cosine"] >= 34


def test_ellipses_hold_the_true_positions() -> None:
    planted = Planted()
    truth = planted.true_scores() - planted.true_scores().mean(axis=0)
    truth = truth @ np.linalg.svd(truth, full_matrices=False)[2][:2].T
    hits = np.zeros(6)
    for seed in range(40):
        found = culture_positions(
            planted.frame(seed, 150), planted.instrument, planted.reference(600), rng(seed), by=["arm"], resamples=99
        ).positions
        xy = found[["x", "y"]].to_numpy()
        left, _, right = np.linalg.svd(truth.T @ xy)
        turned = truth @ left @ right
        for place, row in enumerate(found.itertuples()):
            angle = np.radians(row.ellipse_degrees)
            away = turned[place] - xy[place]
            along = away @ [np.cos(angle), np.sin(angle)], away @ [-np.sin(angle), np.cos(angle)]
            hits[place] += (along[0] / row.ellipse_major) ** 2 + (along[1] / row.ellipse_minor) ** 2 <= 1
    assert hits[2:].min() >= 33, hits


def test_an_ellipse_holds_its_share_of_normal_points() -> None:
    points = rng(4).multivariate_normal([0, 0], [[4.0, 1.5], [1.5, 1.0]], 20_000)
    found = ellipse(points)
    values, vectors = np.linalg.eigh([[4.0, 1.5], [1.5, 1.0]])
    assert found.major == pytest.approx(np.sqrt(5.991 * values[1]), rel=0.02)
    assert found.minor == pytest.approx(np.sqrt(5.991 * values[0]), rel=0.02)
    assert found.angle_degrees == pytest.approx(np.degrees(np.arctan(vectors[1, 1] / vectors[0, 1])), abs=1)
    angle = np.radians(found.angle_degrees)
    along = points @ [np.cos(angle), np.sin(angle)], points @ [-np.sin(angle), np.cos(angle)]
    inside = (along[0] / found.major) ** 2 + (along[1] / found.minor) ** 2 <= 1
    assert inside.mean() == pytest.approx(0.95, abs=0.005)
    assert np.isnan(ellipse(np.zeros((10, 2))).major)


def test_what_is_missing_has_a_reason() -> None:
    planted = Planted()
    frame = planted.frame(1, 20)
    frame = frame[~((frame["arm"] == "half") & (frame["attr_country"] == "CN"))]
    unasked = [f"q{place}" for place in range(0, 40, 5)]
    frame = frame[~((frame["arm"] == "near") & (frame["attr_country"] == "US") & frame["item"].isin(unasked))]
    found = culture_positions(frame, planted.instrument, planted.reference(None), rng(), by=["arm"], resamples=19)
    near = found.positions.set_index(["arm", "country"]).loc[("near", "US")]
    assert np.isnan(near["x"])
    assert near["reason"] == "no score on 1 of 5 dimensions"
    assert found.vectors.set_index("arm").loc["half", "reason"] == "nobody in CN"
    assert isinstance(planted.instrument, Instrument)
