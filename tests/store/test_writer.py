"""Writing: a turn is whole or absent, nothing twice, one writer, a full disk is told."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from strategies_store import fill_plain, plain_items, plain_respondent, plain_run, plain_turn, plain_writer

from simulator.errors import RunSpecError, StoreBusy, StoreError, StoreFull
from simulator.store.reader import Reader
from simulator.store.records import (
    AnswerRow,
    ConditionRow,
    ExchangeRow,
    InterviewRow,
    JudgementRow,
    JudgeRow,
    RubricRow,
    TurnRows,
    VerdictKey,
    VerdictRow,
)
from simulator.store.writer import Writer

TESTS = Path(__file__).resolve().parent.parent
HELPERS = "import sys\nfrom pathlib import Path\nfrom strategies_store import *\n"
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.sqlite"


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A real process that runs `script` with the tests' helpers at hand; it says "ready" when it has got going."""
    command = [sys.executable, "-c", HELPERS + script, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def tables(path: Path, *, leave_out: tuple[str, ...] = ("session",)) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, the word index included."""
    connection = sqlite3.connect(path)
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    content = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names if name not in leave_out}
    connection.close()
    return content


# ---- nothing twice ---------------------------------------------------------------------------------------------------


def test_second_answer_to_an_item_is_refused_whole(path: Path) -> None:
    with plain_writer(path) as writer:
        writer.append_respondents([plain_respondent(0)])
        writer.append_turn(plain_turn(0, 1, code=1))
        again = plain_turn(0, 1, code=2)
        with pytest.raises(StoreError, match="answer of r0000 to item number 1 is recorded already"):
            writer.append_turn(TurnRows((replace(again.exchanges[0], number=9),), again.answer))
        writer.append_turn(plain_turn(0, 2))
    with Reader(path) as reader:
        assert reader.turns(0) == (plain_turn(0, 1, code=1), plain_turn(0, 2))


def test_turn_whose_second_exchange_is_taken_leaves_nothing(path: Path) -> None:
    with plain_writer(path) as writer:
        writer.append_respondents([plain_respondent(0)])
        writer.append_turn(plain_turn(0, 1))
        first, answer = plain_turn(0, 2).exchanges[0], plain_turn(0, 2).answer
        taken = replace(first, number=2, try_number=1)
        with pytest.raises(StoreError, match="exchange 2 of r0000 is recorded already"):
            writer.append_turn(TurnRows((first, taken), answer))
    with Reader(path) as reader:
        assert reader.turns(0) == (plain_turn(0, 1),)


def test_turn_with_a_value_that_cannot_be_stored_leaves_nothing(path: Path) -> None:
    good = plain_turn(0, 0)
    assert good.answer is not None
    with plain_writer(path) as writer:
        writer.append_respondents([plain_respondent(0)])
        with pytest.raises(StoreError, match=r"AnswerRow.*cannot be stored"):
            writer.append_turn(replace_answer(good, replace(good.answer, probabilities={1: float("nan")})))
        with pytest.raises(OverflowError):
            writer.append_turn(TurnRows((replace(good.exchanges[0], prompt_tokens=2**70),), good.answer))
        assert writer._connection.execute("SELECT count(*) FROM answer").fetchone() == (0,)
        writer.append_turn(good)
    with Reader(path) as reader:
        assert reader.turns(0) == (good,)


def replace_answer(turn: TurnRows, answer: AnswerRow) -> TurnRows:
    return TurnRows(turn.exchanges, answer)


def test_same_respondent_may_come_again_another_may_not(path: Path) -> None:
    with plain_writer(path) as writer:
        writer.append_respondents([plain_respondent(0), plain_respondent(1)])
        writer.append_respondents([plain_respondent(0), plain_respondent(1)])
        with pytest.raises(StoreError, match="r0001 is recorded as persona 'p1' with other facts"):
            writer.append_respondents([replace(plain_respondent(1), attributes={"city": "Lima"})])
    with Reader(path) as reader:
        assert list(reader.respondents()) == [plain_respondent(0), plain_respondent(1)]


def test_interview_ends_once_and_a_verdict_is_given_once(path: Path) -> None:
    verdict = VerdictRow(0, 1, "refusal", "m", 0, "refuses", "because", "yes", "judged")
    with plain_writer(path) as writer:
        fill_plain(writer, 1, 1)
        with pytest.raises(StoreError, match="end of the interview with r0000 is recorded already"):
            writer.append_interview(InterviewRow(0, "partial", 1, 0))
        writer.append_verdicts([verdict, replace(verdict, repeat=1)])
        with pytest.raises(StoreError, match="'refuses', repeat 1, on exchange 1 of r0000 is recorded already"):
            writer.append_verdicts([replace(verdict, repeat=1, label="no")])
    with Reader(path) as reader:
        assert reader.interviews() == [InterviewRow(0, "complete", 1, 1)]
        assert list(reader.verdicts()) == [verdict, replace(verdict, repeat=1)]


def test_call_to_a_judge_and_its_verdict_are_written_together_or_not_at_all(path: Path) -> None:
    key = VerdictKey(0, 1, "tone", "m", 0, "polite")
    first = JudgementRow(*key, 0, 0, "en", ("yes", "no"), 5, "Hm.")
    second, verdict = replace(first, number=1, try_number=1), VerdictRow(*key, "so", "yes", "ok")
    with plain_writer(path) as writer:
        fill_plain(writer, 1, 1)
        writer.append_rubric(RubricRow("tone", "hash", {}))
        writer.append_judge(JudgeRow("m", {}))
        writer.append_judgement(first, None)
        writer.append_judgement(second, verdict)
        with pytest.raises(StoreError, match=r"call 2 for the verdict of 'm' by 'tone'.*is recorded already"):
            writer.append_judgement(replace(first, number=2), verdict)
        with pytest.raises(StoreError, match="call 1 for the verdict of 'm'"):
            writer.append_judgement(second, replace(verdict, repeat=1))
    with Reader(path) as reader:
        assert list(reader.judgements()) == [first, second]
        assert list(reader.judgements(rubric="tone", respondent=1)) == []
        assert list(reader.verdicts()) == [verdict]


def test_rubric_or_judge_may_come_again_another_of_its_name_may_not(path: Path) -> None:
    rubric, judge = RubricRow("tone", "hash", {"id": "tone"}), JudgeRow("m", {"engine": "e"})
    with plain_writer(path) as writer:
        for _ in range(2):
            writer.append_rubric(rubric)
            writer.append_judge(judge)
        with pytest.raises(StoreError, match=r"rubric 'tone' is recorded with other content.*another id"):
            writer.append_rubric(replace(rubric, content_hash="other"))
        with pytest.raises(StoreError, match=r"judge 'm' is recorded with other content.*another name"):
            writer.append_judge(replace(judge, content={"engine": "f"}))
    with Reader(path) as reader:
        assert reader.rubric("tone") == rubric
        assert reader.rubric("other") is None
        assert reader.judges() == [judge]


def test_weight_that_is_no_number_is_refused(path: Path) -> None:
    with plain_writer(path) as writer, pytest.raises(StoreError, match="respondent r0000 is incomplete"):
        writer.append_respondents([replace(plain_respondent(0), weight=float("nan"))])


def test_record_is_not_created_over_another(path: Path) -> None:
    plain_writer(path).close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="there is a record already; resume that run"):
        plain_writer(path)
    assert path.read_bytes() == before


def test_record_that_cannot_be_created_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RunSpecError, match="does not fit into 64 bits"):
        Writer.create(tmp_path / "r.sqlite", replace(plain_run(1), seed=2**64), [], [])
    with pytest.raises(StoreError, match="UNIQUE"):
        Writer.create(tmp_path / "r.sqlite", plain_run(1), [ConditionRow(0, {}), ConditionRow(0, {})], [])
    with pytest.raises(StoreError, match="check that the folder exists"):
        plain_writer(tmp_path / "no" / "such" / "r.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_closed_writer_says_so(path: Path) -> None:
    writer = plain_writer(path)
    writer.close("complete")
    writer.close("complete")
    with pytest.raises(StoreError, match="this writer is closed"):
        writer.append_turn(plain_turn(0, 0))


# ---- sessions and batches --------------------------------------------------------------------------------------------


def test_sessions_are_told_apart(path: Path) -> None:
    plain_writer(path, version="1.2").close("interrupted")
    with Writer.open(path, version="1.3") as writer:
        fill_plain(writer, 1, 1)
        with Reader(path) as reader:
            assert reader.sessions()[-1].outcome is None
    with pytest.raises(ZeroDivisionError), Writer.open(path, kind="judge") as writer:
        writer.append_turn(plain_turn(0, 2))
        1 / 0  # noqa: B018
    with Reader(path) as reader:
        sessions = reader.sessions()
    assert [(row.kind, row.version, row.outcome) for row in sessions[:2]] == [
        ("run", "1.2", "interrupted"),
        ("resume", "1.3", "closed"),
    ]
    assert (sessions[2].kind, sessions[2].outcome) == ("judge", "failed")
    assert all(row.started_at <= (row.ended_at or "") and row.started_at.endswith("+00:00") for row in sessions)


def test_rows_become_visible_in_batches_and_on_flush(path: Path) -> None:
    with plain_writer(path, n_items=10, flush_turns=4, flush_seconds=1000) as writer, Reader(path) as reader:
        writer.append_respondents([plain_respondent(0)])
        for item in range(6):
            writer.append_turn(plain_turn(0, item))
        assert reader.progress().n_answers == 4
        writer.flush()
        assert reader.progress().n_answers == 6


def test_rows_that_come_slowly_are_committed_at_once(path: Path) -> None:
    with plain_writer(path, flush_seconds=0.05) as writer, Reader(path) as reader:
        writer.append_respondents([plain_respondent(0)])
        time.sleep(0.06)
        writer.append_turn(plain_turn(0, 0))
        assert reader.progress().n_answers == 1


def test_respondent_and_first_turn_are_committed_together(path: Path) -> None:
    with plain_writer(path, flush_seconds=0.0) as writer, Reader(path) as reader:
        writer.append_respondents([plain_respondent(0)])
        assert list(reader.respondents()) == []
        writer.append_turn(plain_turn(0, 0))
        assert len(list(reader.respondents())) == 1


def test_every_reference_between_tables_holds(path: Path) -> None:
    with plain_writer(path, n_respondents=5) as writer:
        fill_plain(writer, 5, 3)
        writer.append_verdicts([VerdictRow(1, 1, "r", "j", 0, "c", "why", None, "unparsed")])
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_resumed_record_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    with plain_writer(tmp_path / "whole.sqlite", n_respondents=4) as writer:
        fill_plain(writer, 4, 3)
    with plain_writer(tmp_path / "parts.sqlite", n_respondents=4) as writer:
        writer.append_respondents([plain_respondent(2), plain_respondent(0)])
        writer.append_turn(plain_turn(2, 1, code=2))
        writer.append_turn(plain_turn(0, 0))
    with Writer.open(tmp_path / "parts.sqlite") as writer:
        with Reader(tmp_path / "parts.sqlite") as reader:
            done = {row.number: reader.answered_items(row.number) for row, _ in reader.respondents_open()}
        assert done == {0: {0}, 2: {1}}
        writer.append_respondents(plain_respondent(n, n % 2) for n in (1, 3))
        for respondent in (3, 2, 1, 0):
            for item in {0, 1, 2} - done.get(respondent, set()):
                writer.append_turn(plain_turn(respondent, item, code=1 + (respondent + item) % 2))
            writer.append_interview(InterviewRow(respondent, "complete", 3, 3))
    assert tables(tmp_path / "parts.sqlite") == tables(tmp_path / "whole.sqlite")


# ---- two processes ---------------------------------------------------------------------------------------------------

HOLD = """
writer = plain_writer(Path(sys.argv[1]))
fill_plain(writer, 2, 3)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is writing to the record."""
    process = child(HOLD, path)
    yield process
    process.kill()
    process.communicate()


def test_second_process_is_refused_by_name_until_the_first_is_killed(path: Path, holder: subprocess.Popen[str]) -> None:
    for attempt in (lambda: Writer.open(path), lambda: plain_writer(path)):
        with pytest.raises(StoreBusy, match=f"process {holder.pid} is writing to this record"):
            attempt()
    alias = path.with_name("alias.sqlite")
    alias.symlink_to(path)
    with pytest.raises(StoreBusy, match=f"process {holder.pid}"):
        Writer.open(alias)
    with Reader(path) as reader:
        assert reader.run() == plain_run(2)
    holder.kill()
    holder.wait()
    with Writer.open(path) as writer:
        fill_plain(writer, 1, 1)


def test_second_writer_in_the_same_process_is_refused(path: Path) -> None:
    with plain_writer(path), pytest.raises(StoreBusy, match=f"process {os.getpid()}"):
        Writer.open(path)
    Writer.open(path).close()


WRITE_ON = """
n_items = 40
writer = plain_writer(Path(sys.argv[1]), n_respondents=100000, n_items=n_items, flush_turns=7, flush_seconds=0.002)
print("ready", flush=True)
for respondent in range(100000):
    writer.append_respondents([plain_respondent(respondent)])
    for item in range(n_items):
        first = 1 + 3 * item
        again = tuple(ExchangeRow(respondent, first + n, item, 0, n, (), None, None, 5, "?" * 50) for n in range(3))
        writer.append_turn(TurnRows(again, AnswerRow(respondent, item, 3 + 3 * item, "unparsed")))
"""


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_killed_in_the_middle_there_is_no_half_turn(path: Path, seconds: float) -> None:
    process = child(WRITE_ON, path)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Reader(path) as reader:
        held = list(reader.respondents_open())
        for row, turns in held:
            items = [turn.answer.item for turn in turns if turn.answer is not None]
            assert items == list(range(len(turns)))
            assert {len(turn.exchanges) for turn in turns} <= {3}
            assert reader.answered_items(row.number) == set(items)
        # Interviews are conducted one after the other here, so only the last can be open in the middle.
        assert {len(turns) for _, turns in held[:-1]} <= {40}
    with Writer.open(path) as writer:
        writer.append_respondents([plain_respondent(99_999)])
        writer.append_turn(plain_turn(99_999, 0))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Reader(path) as reader:
        assert [row.outcome for row in reader.sessions()] == [None, "closed"]


def test_killed_while_creating_leaves_no_half_record(path: Path) -> None:
    path.with_name("record.sqlite.draft").write_bytes(b"left behind by a kill")
    plain_writer(path).close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["record.sqlite"]


# ---- a full disk -----------------------------------------------------------------------------------------------------


def test_full_database_is_told_and_the_rest_is_safe(path: Path) -> None:
    writer = plain_writer(path, n_items=5000, flush_turns=50, flush_seconds=1000)
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    writer.append_respondents([plain_respondent(0)])
    with pytest.raises(StoreFull, match="no room left to write the record; what was recorded before is safe"):
        for item in range(5000):
            writer.append_turn(plain_turn(0, item))
    with pytest.raises(StoreFull):
        writer.flush()
    writer.close("incomplete")
    with Reader(path) as reader:
        n_answers = reader.progress().n_answers
        assert n_answers > 0
        assert n_answers % 50 == 0
        assert len(reader.turns(0)) == n_answers
    with Writer.open(path) as writer:
        writer.append_turn(plain_turn(0, n_answers))


ON_A_SMALL_DISK = """
from simulator.errors import StoreFull
from simulator.store.reader import Reader
from simulator.store.writer import Writer
path = Path(sys.argv[1]) / "record.sqlite"
writer = plain_writer(path, n_respondents=5000, n_items=10)
done = 0
try:
    for respondent in range(5000):
        writer.append_respondents([plain_respondent(respondent)])
        for item in range(10):
            writer.append_turn(plain_turn(respondent, item))
            done += 1
except StoreFull as error:
    print("full:", error)
writer.close("incomplete")
with Reader(path) as reader:
    n = reader.progress().n_answers
    assert 0 < n <= done, (n, done)
    assert sum(len(turns) for _, turns in reader.respondents_open()) == n
    print("kept", n > 0, len(reader.sessions()))
"""


def test_full_disk_is_told_and_the_record_still_opens(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare to mount a small disk")
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    place = tmp_path / "small"
    place.mkdir()
    inside = 'mount -t tmpfs -o size=1m none "$1" || exit 77; shift; exec "$@"'
    done = subprocess.run(
        [*mount, inside, "sh", str(place), sys.executable, "-c", HELPERS + ON_A_SMALL_DISK, str(place)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this system does not let a test mount a small disk")
    assert done.returncode == 0, done.stderr
    assert "full:" in done.stdout
    assert "no room left" in done.stdout
    assert "kept True" in done.stdout


def test_room_needed_for_the_word_index_is_not_room_needed_for_the_record(path: Path) -> None:
    writer = plain_writer(path, n_items=400)
    writer.append_respondents([plain_respondent(0)])
    for item in range(400):
        words = " ".join(f"word{item}x{n}" for n in range(40))
        writer.append_turn(plain_turn(0, item, completion=words))
    writer.flush()
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count = {pages}")
    writer.close("complete")
    with Reader(path) as reader:
        (session,) = reader.sessions()
        assert (session.outcome, session.is_searchable) == ("complete", False)
        assert [hit.item for hit in reader.search("word77x3")] == [77]


def test_items_are_what_they_were(path: Path) -> None:
    plain_writer(path, n_items=4).close()
    with Reader(path) as reader:
        assert reader.items() == plain_items(4)
        assert reader.conditions()[0] == ConditionRow(0, {"strategy": "city", "language": "en"})


def test_exchange_of_a_persona_call_alone_is_a_turn(path: Path) -> None:
    row = ExchangeRow(0, 0, None, 0, 2, (), None, None, 1, "You are ...", role="generator")
    with plain_writer(path) as writer:
        writer.append_respondents([plain_respondent(0)])
        writer.append_turn(TurnRows((row,), None))
    with Reader(path) as reader:
        assert reader.turns(0) == (TurnRows((row,), None),)
