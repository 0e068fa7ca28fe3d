"""Results say in a notebook what the command line prints: no colors, no cursor movements, no pages of arrays."""

from __future__ import annotations

import pytest

import voxpop as vp


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    record = tmp_path_factory.mktemp("run") / "record.sqlite"
    populations = [vp.Population.city("US", n=6), vp.Population.named(n=6)]
    return vp.simulate(population=populations, seed=3, record=record)


def test_a_comparison_is_its_tables(run):
    found = vp.compare(run, by="strategy", resamples=99)
    lines = str(found).splitlines()
    assert repr(found) == str(found)
    assert lines[0].split() == [
        "strategy",
        "n",
        "eff.",
        "n",
        "answered",
        "refused",
        "don't",
        "know",
        "unparsed",
        "skipped",
        "error",
    ]
    assert lines[1].startswith("city ") and lines[2].startswith("named ")
    assert "city – named" in str(found)
    assert max(map(len, lines)) <= 100 and "\x1b" not in str(found)


def test_a_transcript_is_a_conversation(run):
    transcript = run.transcript("r0001")
    assert repr(transcript) == str(transcript) == transcript.text()
    assert [turn.item for turn in transcript.turns if f"── {turn.item}" in str(transcript)] == [
        f"pv{number:02d}" for number in range(1, 58)
    ]
    short = transcript.text(limit=2)
    assert "── pv02" in short and "── pv03" not in short and short.endswith("… 55 more items")
    assert "\x1b" not in short


def test_colors_are_left_out_even_where_they_are_forced(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in run.transcript("r0001").text(limit=1)
