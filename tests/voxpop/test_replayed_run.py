"""A run on a real server, and the same run answered out of its record: the same tables, row for row."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from servers.fixture import LoopbackServer

import voxpop
from simulator.store.reader import Reader

TABLES = ("respondent", "exchange", "answer", "interview")


def tables(record: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(f"file:{record}?mode=ro", uri=True)
    try:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}
    finally:
        connection.close()


@pytest.mark.parametrize("probe", ["text", "token-logit"])
@pytest.mark.parametrize("answer_format", ["label", "explained"])
def test_a_finished_run_runs_again_without_its_server(
    probe: str, answer_format: str, loopback_server: LoopbackServer, tmp_path: Path
) -> None:
    loopback_server.control(faults=[{"kind": "500"}, {"kind": "truncated"}, {"kind": "none"}])
    design: dict[str, Any] = {"asking": {"answer_format": answer_format}, "probe": {"name": probe}, "seed": 7}
    design["population"] = voxpop.Population.city("US", n=2)
    first, again = tmp_path / "first.sqlite", tmp_path / "again.sqlite"
    server = {"model": loopback_server.model, "base_url": loopback_server.base_url, "dialect": "vllm"}
    voxpop.simulate(engine="openai_compatible", engine_options=server, record=first, **design)
    asked = loopback_server.seen()["chat_requests"]
    voxpop.simulate(engine="replay", engine_options={"record": str(first)}, record=again, **design)
    assert loopback_server.seen()["chat_requests"] == asked
    assert tables(first) == tables(again)
    assert {row[4] for row in tables(first)["answer"]} == {"answered"}


def test_known_truth_probabilities_are_replayed_to_the_digit(tmp_path: Path) -> None:
    """Log-probabilities are read as the record keeps them, whatever precision an engine has."""
    options: dict[str, Any] = {"asking": {"labels": "letters"}, "probe": {"name": "token-logit"}}
    first = voxpop.simulate(
        population=voxpop.Population.city("US", n=3), record=tmp_path / "first.sqlite", seed=4, **options
    )
    again = voxpop.simulate(
        population=voxpop.Population.city("US", n=3),
        record=tmp_path / "again.sqlite",
        seed=4,
        engine="replay",
        engine_options={"record": str(first.record)},
        **options,
    )
    with Reader(first.record) as one, Reader(again.record) as two:
        assert list(one.answers()) == list(two.answers())
