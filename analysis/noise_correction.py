"""Correlations of a noisy profile with a fixed one, with the noise taken out and an interval. Knows only arrays.

A profile estimated from a sample (of correlations, of means) is the true one plus noise, so its correlation with
anything is too small. How noisy it is shows in how well its own resamples resemble it: with signal s and noise e, a
resample holds the noise twice, and the squared correlation of sample and resample is (s + e) / (s + 2 e).

Source: Spearman 1904 (correction for attenuation); Efron and Tibshirani 1993 (percentile interval).
"""

from __future__ import annotations

import numpy as np

from analysis.distributions import FloatArray
from analysis.sums import Estimate, interval_of_draws


def noise_share(likeness: FloatArray) -> float:
    """The share of noise in a profile's variance, from its correlation with its resamples (m,); from 1: all noise."""
    mean = float(np.nanmean(likeness)) if np.isfinite(likeness).any() else float("nan")
    return 1.0 / mean**2 - 1.0 if mean > 0 else float("inf")


def noise_free(value: float, draws: FloatArray, likeness: FloatArray, n: int, *, level: float = 0.95) -> Estimate:
    """A sample's correlation with a fixed profile, corrected for the noise of the sample, with its interval.

    value: the sample's correlation; draws: those of its resamples (m,); likeness: of each resample with the sample
    itself (m,). Corrected values are cut at -1 and 1. NaN where the profile is nothing but noise.
    """
    noise = noise_share(likeness)
    if not (noise < 1.0 and np.isfinite(value)):
        return Estimate(np.nan, np.nan, np.nan, n)
    corrected = np.clip(draws * np.sqrt((1.0 + noise) / (1.0 - noise)), -1.0, 1.0)
    return interval_of_draws(float(np.clip(value / np.sqrt(1.0 - noise), -1.0, 1.0)), corrected, n, level=level)


def correlations_with(rows: FloatArray, reference: FloatArray) -> FloatArray:
    """Pearson correlation of every row (m, k) with the reference (k,); NaN for a row that is constant or holds NaN."""
    centered, target = rows - rows.mean(axis=1, keepdims=True), reference - reference.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(centered @ target / np.sqrt((centered**2).sum(axis=1) * (target @ target)), dtype=np.float64)
