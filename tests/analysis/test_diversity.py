"""Diversity: the worked example, bounds, and gzip sizes taken from files on disk."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from analysis import diversity as v


def test_worked_example_and_bounds():
    assert v.response_diversity(150, 10, 20) == pytest.approx(0.70)
    assert v.response_diversity(10, 10, 20) == 0
    assert v.response_diversity(200, 10, 20) == pytest.approx(0.95)
    assert np.isnan(v.response_diversity(0, 0, 20))


def test_whole_replies_count_once_trimmed():
    assert v.count_different([["a: yes", " a: yes ", "b: yes"], ["a: yes", None]]) == 3


def test_plain_ratio_is_raw_over_gzip_bytes():
    texts = ["the same words again"] * 40
    raw = " ".join(texts).encode()
    assert v.compression_ratio(texts) == len(raw) / len(gzip.compress(raw, 9, mtime=0))
    assert v.compression_ratio(texts) == v.compression_ratio(texts)
    assert np.isnan(v.compression_ratio(["only one"]))


def test_nested_ratio_is_what_lies_on_disk(tmp_path):
    texts = [f"argument {i} for gründliche Prüfung" for i in range(50)]
    raw = " ".join(texts).encode("utf-8")
    with gzip.GzipFile(str(tmp_path / "compressed.gz"), "w+") as file:
        file.write(gzip.compress(raw))
    size = os.path.getsize(tmp_path / "compressed.gz")  # noqa: PTH202
    nested = v.compression_ratio(texts, convention="nested")
    assert len(raw) / nested == pytest.approx(size, abs=2)
    assert nested == round(nested, 3)
    assert nested < v.compression_ratio(texts)


def test_redundant_texts_compress_better():
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    varied = ["".join(rng.choice(letters, 40)) for _ in range(30)]
    assert v.compression_ratio([varied[0]] * 30) > 5 * v.compression_ratio(varied)


def test_matched_ratios_take_the_length_out():
    rng = np.random.default_rng(3)
    words = np.array([f"word{i}" for i in range(60)])

    def text() -> str:
        return " ".join(rng.choice(words, 12))

    texts = {"care": [text() for _ in range(60)], "duty": [text() for _ in range(8)], "fame": ["one"]}
    assert v.compression_ratio(texts["care"]) > 1.15 * v.compression_ratio(texts["duty"])
    found = v.matched_compression_ratios(texts, np.random.default_rng(1))
    assert found["care"] == pytest.approx(found["duty"], rel=0.05)
    assert found["duty"] == pytest.approx(v.compression_ratio(texts["duty"]))
    assert np.isnan(found["fame"])
