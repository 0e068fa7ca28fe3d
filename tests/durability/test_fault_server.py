"""20,000 answers from a server that fails at every fifth request in every way we know: none lost, doubled or mixed up.

The command line against a server process that logs what it injected; the record is held against that log and against
the stamps in the replies.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fault_run import (
    ITEMS,
    KINDS,
    LOGPROBS,
    RECORDED,
    Proof,
    broken_promises,
    expected_tries,
    fault_table,
    proof,
    voxpop,
    write_spec,
)
from servers.fixture import LoopbackServer, start, stop


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server of this test alone."""
    process, running = start()
    yield running
    stop(process)


def record_in(folder: Path) -> Path:
    return folder / "runs" / "faults" / "record.sqlite"


def undisturbed(found: Proof) -> None:
    """Nothing is attributed to another respondent or item, and every prompt is the one that was sent."""
    assert (found.wrong, found.unlike) == (0, 0)


@pytest.mark.slow
def test_twenty_thousand_answers_under_twenty_percent_faults(
    tmp_path: Path, server: LoopbackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    n = 351
    server.control(faults_seed=5, fault_rate=0.2)
    ended = voxpop(tmp_path, "run", str(write_spec(tmp_path, server, n=n)))
    assert ended.status == 0, ended.err
    found, seen = proof(record_in(tmp_path)), server.seen()
    with capsys.disabled():
        print("\n" + "\n".join(fault_table(seen["injected"], found)))
        print(f"{found.n_answers:,} answers, {found.n_calls:,} calls, {seen['chat_requests']:,} requests")

    assert n * ITEMS >= 20_000
    assert broken_promises(found, seen, n * ITEMS) == []
    assert sum(seen["injected"].values()) == pytest.approx(0.2 * seen["chat_requests"], rel=0.05)
    assert set(seen["injected"]) == KINDS


@pytest.mark.slow
def test_what_the_server_can_count_is_recorded_to_the_last_fault(tmp_path: Path, server: LoopbackServer) -> None:
    weights = {kind: 1.0 for kind in RECORDED if kind not in LOGPROBS} | {"hang": 0.1, "drip": 0.1, "429-date": 0.3}
    server.control(faults_seed=8, fault_rate=0.25, fault_weights=weights)
    assert voxpop(tmp_path, "run", str(write_spec(tmp_path, server, n=50))).status == 0
    found, seen = proof(record_in(tmp_path)), server.seen()
    assert found.by_status == {"answered": 50 * ITEMS}
    undisturbed(found)
    assert found.tries == found.mended == expected_tries(seen["injected"])
    assert found.n_requests == seen["chat_requests"]


@pytest.mark.slow
def test_log_probabilities_that_are_missing_cut_or_short(tmp_path: Path, server: LoopbackServer) -> None:
    weights = {"no-logprobs": 1, "short-logprobs": 1, "few-logprobs": 1, "stale": 1, "wrong-model": 1}
    server.control(faults_seed=6, fault_rate=0.2, fault_weights=weights)
    spec = write_spec(tmp_path, server, n=30, answer_format="label", probe="token-logit")
    assert voxpop(tmp_path, "run", str(spec)).status == 0
    found, injected = proof(record_in(tmp_path)), server.seen()["injected"]
    assert found.by_status == {"answered": 30 * ITEMS}
    undisturbed(found)
    assert found.tries == expected_tries(injected)
    assert all(injected[kind] > 20 for kind in weights)


@pytest.mark.slow
def test_without_second_tries_items_stay_open_and_later_passes_mend_them(
    tmp_path: Path, server: LoopbackServer
) -> None:
    server.control(faults_seed=7, fault_rate=0.1, fault_weights={"503": 1, "429": 1, "truncated": 1, "reset": 1})
    spec = write_spec(tmp_path, server, n=200, max_attempts=1, passes=1, concurrency=8)
    ended = voxpop(tmp_path, "run", str(spec), "--set", "survey.limit=3")
    assert ended.status == 3
    assert "interviews are open" in ended.err
    status = json.loads(voxpop(tmp_path, "status", "faults", "--json").out)
    tries = status["failed_tries"]
    assert 0 < status["interviews_open"] == sum(one["n"] - one["mended"] for one in tries.values())
    for _ in range(20):
        ended = voxpop(tmp_path, "resume", "faults")
        if ended.status == 0:
            break
        # The first question of a session is asked alone; without a second try its fault ends the session.
        assert ended.status in (3, 4)
    assert ended.status == 0
    found, seen = proof(record_in(tmp_path)), server.seen()
    assert found.by_status == {"answered": 600}
    undisturbed(found)
    assert found.tries == found.mended == expected_tries(seen["injected"])
    assert found.failed_calls == sum(found.tries.values())
    assert (found.most_tries, found.n_requests) == (1, seen["chat_requests"])


@pytest.mark.slow
@pytest.mark.parametrize("dead_as", ["503", "reset", "hang"])
def test_a_server_that_dies_is_given_up_and_the_run_goes_on_when_it_is_back(
    dead_as: str, tmp_path: Path, server: LoopbackServer
) -> None:
    spec = write_spec(tmp_path, server, n=40, concurrency=32, timeout_seconds=1.0 if dead_as == "hang" else 8.0)
    server.control(dead_after=600, dead_as=dead_as)
    ended = voxpop(tmp_path, "run", str(spec))
    assert ended.status == 4
    assert "given up" in ended.err
    # What 32 interviewers have under way, the tries that begin before the tenth failure in a row, and ten probes.
    n_dead = server.seen()["n_dead"]
    assert n_dead <= 32 + 9 + 10
    said = voxpop(tmp_path, "status", "faults")
    assert "given up" in " ".join(said.out.split())
    assert "failed tries" in said.out
    assert f"{n_dead} tries in a row failed, the last 10 of them one at a time" in " ".join(said.out.split())
    before = proof(record_in(tmp_path))
    fault = {"503": "unreachable/503", "reset": "unreachable/reset", "hang": "unreachable/timeout"}[dead_as]
    assert before.tries == {fault: n_dead}
    assert before.n_answers == 600
    assert 0 < before.failed_calls <= 32

    server.control(dead_after=None)
    assert voxpop(tmp_path, "resume", "faults").status == 0
    after = proof(record_in(tmp_path))
    undisturbed(after)
    assert after.by_status == {"answered": 40 * ITEMS}
    assert before.codes.items() <= after.codes.items()
    assert voxpop(tmp_path, "run", str(spec), "--name", "whole").status == 0
    assert after.codes == proof(tmp_path / "runs" / "whole" / "record.sqlite").codes


@pytest.mark.slow
def test_a_server_that_restarts_is_waited_for(tmp_path: Path) -> None:
    with ExitStack() as started:
        process, server = start()
        started.callback(stop, process)
        command = [sys.executable, "-m", "voxpop", "run", str(write_spec(tmp_path, server, n=60, concurrency=32))]
        command += ["--set", "engine.retry_seconds=0.2", "--set", "engine.longest_retry_seconds=5"]
        running = started.enter_context(subprocess.Popen(command, cwd=tmp_path, env={"VOXPOP_RUNS": "runs"}))
        started.callback(running.kill)
        while server.seen()["chat_requests"] < 500:
            assert running.poll() is None
        process.kill()
        process.wait()
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(3.0)
        again, _ = start(server.base_url.rpartition(":")[2].removesuffix("/v1"))
        started.callback(stop, again)
        assert running.wait(100) == 0
    found = proof(record_in(tmp_path))
    undisturbed(found)
    assert found.by_status == {"answered": 60 * ITEMS}
    assert found.failed_calls == 0
    assert 1 <= sum(found.tries.values()) <= 32 + 9 + 10
