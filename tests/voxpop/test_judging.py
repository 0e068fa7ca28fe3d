"""Runs judged from the command line and in this process: by written replies, and by a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

from simulator.engines.base import Engine
from simulator.engines.scripted import ScriptedEngine
from simulator.errors import EngineRefused, EngineUnreachable, MalformedCompletion, RunSpecError, StoreError
from simulator.judges.catalog import find_rubric
from simulator.judges.panel import Judge
from simulator.judges.sample import SampleSize
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from simulator.store.records import VerdictRow
from voxpop.export import read_export
from voxpop.judging import JudgedRun, JudgingPlan, judge_run
from voxpop.transcript import make_transcript

ALL = SampleSize()
RECORD = Path("runs/r/record.sqlite")


@pytest.fixture
def made(cli: Cli) -> Cli:
    """A small complete run `r`: six respondents, ten items, answers with explanations, with memory."""
    told = cli(
        *("run", "--survey", "portrait-values", "--strategies", "city,named", "--n", "6", "--seed", "5", "--name", "r"),
        *(
            "-q",
            "--set",
            "asking.answer_format=explained",
            "--set",
            "survey.limit=10",
            "--set",
            "asking.labels=letters",
        ),
    )
    assert told.status == 0, told.err
    return cli


def verdicts(record: Path = RECORD) -> list[VerdictRow]:
    with Reader(record) as reader:
        return list(reader.verdicts())


def judged(engine: Engine | Callable[[Request], Any], rubric: str = "insensitivity", **plan: Any) -> JudgedRun:
    if not isinstance(engine, Engine):
        engine = ScriptedEngine(engine)
    return judge_run(RECORD, JudgingPlan(find_rubric(rubric), **plan), [Judge("j", engine)])


def yes(request: Request) -> str:
    return "Reasons: nothing to object to.\nVerdict: Yes"


def test_every_reply_is_judged_by_every_criterion_and_prompts_come_back_to_the_byte(made: Cli) -> None:
    sent: dict[tuple[Any, ...], str] = {}

    def answer(request: Request) -> str:
        facts = request.judged
        assert facts is not None and request.asked is None
        key = (int(facts.respondent_id[1:]), facts.exchange, facts.criterion, facts.repeat, facts.try_number)
        sent[key] = "\n\n".join(message.content for message in request.messages)
        return "prose" if facts.criterion == "cv" and facts.exchange == 3 else yes(request)

    done = judged(answer, size=ALL, repeats=2)
    assert done.outcome.is_complete
    assert done.n_replies == 60
    rows = verdicts()
    assert len(rows) == 60 * 6 * 2 == len({row.key for row in rows})
    assert {row.status for row in rows if (row.criterion, row.exchange) == ("cv", 3)} == {"unreadable"}
    assert {(row.label, row.rationale) for row in rows if row.criterion == "iu"} == {("pass", "nothing to object to.")}
    shown = {}
    with Reader(RECORD) as reader:
        for number in range(6):
            for turn in make_transcript(reader, str(number)).turns:
                for call in turn.calls:
                    for verdict in call.verdicts:
                        for one in verdict.calls:
                            assert one.is_verbatim
                            text = "\n\n".join(content for _, content in one.prompt)
                            shown[number, call.exchange, verdict.criterion, verdict.repeat, one.try_number] = text
    assert shown == sent


def test_known_truth_judges_are_told_what_is_judged(made: Cli) -> None:
    seen: list[Request] = []
    judged(lambda request: seen.append(request) or yes(request), rubric="stance", size=ALL)
    with Reader(RECORD) as reader:
        answers = {(row.respondent, row.exchange): row for row in reader.answers()}
        replies = {(row.respondent, row.number): row for row in reader.exchanges()}
    assert len(seen) == 60 * 2  # a word is no letter: asked again
    for request in seen:
        facts = request.judged
        assert facts is not None
        key = (int(facts.respondent_id[1:]), facts.exchange)
        assert facts.text == replies[key].completion
        assert facts.codes == answers[key].codes
        assert tuple(option.code for option in facts.options) == replies[key].order
        marks = [label.label for label in facts.labels]
        assert marks == list("ABCDEFG")
        assert [label.text for label in sorted(facts.labels, key=lambda one: one.code)] == [*"123456", "abstain"]
        assert (facts.judge, facts.rubric, facts.criterion, facts.run_seed) == ("j", "stance", "stance", 5)


def test_letters_are_mapped_back_through_the_order_shown(made: Cli) -> None:
    def names_the_first_option(request: Request) -> str:
        assert request.judged is not None
        mark = next(label.label for label in request.judged.labels if label.text == "1")
        return f"Reasons: so it says.\nVerdict: {mark}"

    judged(names_the_first_option, rubric="stance", size=ALL)
    assert {(row.status, row.label) for row in verdicts()} == {("ok", "1")}


def test_judging_again_judges_nothing_twice_and_more_repeats_add(made: Cli) -> None:
    first = judged(yes, size=SampleSize(count=12))
    before = verdicts()
    again = judged(yes, size=SampleSize(count=12))
    assert (first.n_wanted, again.n_before, again.tally.calls) == (72, 72, 0)
    assert verdicts() == before
    more = judged(yes, size=SampleSize(count=12), repeats=3)
    assert (more.n_wanted, more.n_before, more.tally.calls) == (216, 72, 144)
    assert set(before) < set(verdicts())
    with Reader(RECORD) as reader:
        assert [session.kind for session in reader.sessions()] == ["run", "judge", "judge", "judge"]


def test_interrupted_judging_goes_on_where_it_stopped_and_ends_as_if_it_never_had(made: Cli, tmp_path: Path) -> None:
    def in_prose_at_first(request: Request) -> str:
        assert request.judged is not None
        return yes(request) if request.judged.try_number else "I see."

    whole = tmp_path / "whole.sqlite"
    whole.write_bytes(RECORD.read_bytes())
    plan = JudgingPlan(find_rubric("insensitivity"), size=SampleSize(count=5))
    judge_run(whole, plan, [Judge("j", ScriptedEngine(in_prose_at_first))])

    class Stopped(Exception):
        pass

    calls = 0

    def stops(request: Request) -> str:
        nonlocal calls
        calls += 1
        if calls % 9 == 0:
            raise Stopped
        return in_prose_at_first(request)

    for _ in range(100):
        try:
            judge_run(RECORD, plan, [Judge("j", ScriptedEngine(stops))], flush_turns=1)
        except Stopped:
            continue
        break
    tables = ("judgement", "verdict", "rubric", "judge")
    found = rows_of(RECORD, tables)
    assert found == rows_of(whole, tables)
    assert len(found["judgement"]) == 2 * len(found["verdict"]) == 60


def test_failed_calls_are_recorded_and_leave_the_judgement_open_for_the_same_command(made: Cli) -> None:
    is_down = True

    def answer(request: Request) -> str | Completion:
        assert request.judged is not None
        if is_down and request.judged.criterion == "qc":
            raise MalformedCompletion("half a reply", attempts=2, failed_tries=("malformed/truncated",) * 2)
        return yes(request)

    plan = {"size": SampleSize(count=3)}
    first = judged(answer, **plan)
    assert (first.outcome.n_open, first.tally.failed_calls) == (3, 3)
    assert len(verdicts()) == 15
    with Reader(RECORD) as reader:
        failed = [row for row in reader.judgements() if row.error_kind]
        assert {(row.criterion, row.error_kind, row.attempts, row.number) for row in failed} == {
            ("qc", "malformed", 2, 0)
        }
        assert failed[0].failed_tries == ("malformed/truncated",) * 2
        assert reader.sessions()[-1].outcome == "incomplete"
    is_down = False
    assert judged(answer, **plan).outcome.is_complete
    assert {row.status for row in verdicts()} == {"ok"}
    with Reader(RECORD) as reader:
        assert {row.number for row in reader.judgements() if row.criterion == "qc"} == {0, 1}


def test_refused_requests_are_errors_with_their_reason_and_refusing_judges_are_refused(made: Cli) -> None:
    def answer(request: Request) -> str | Completion:
        assert request.judged is not None
        if request.judged.criterion == "ff":
            raise EngineRefused("the prompt is too long", fatal=False)
        if request.judged.criterion == "ir":
            return Completion(("",), "m", refusal="I won't")
        return "I'm sorry, I can't judge that." if request.judged.criterion == "rp" else yes(request)

    assert judged(answer, size=SampleSize(count=2)).outcome.is_complete
    found = {row.criterion: (row.status, row.label, row.rationale) for row in verdicts()}
    assert found["ff"] == ("error", None, "refused: the prompt is too long")
    assert found["ir"] == ("refused", None, "")
    assert found["rp"][:2] == ("refused", None)
    assert found["iu"][:2] == ("ok", "pass")


def test_judge_who_writes_prose_is_asked_once_more_and_never_understood(made: Cli) -> None:
    told: list[str] = []

    def prose(request: Request) -> str:
        told.append(request.messages[-1].content.rpartition("\n\n")[2])
        return "There is no conflict here; on the whole the answer seems acceptable to me."

    done = judged(prose, size=SampleSize(count=4))
    assert done.tally.by_status == {"unreadable": 24}
    assert len(told) == 48
    assert sum(line.startswith("Please keep to the format") for line in told) == 24
    assert all(row.label is None and "no conflict here" in row.rationale for row in verdicts())


def test_judge_whose_engine_is_gone_does_not_hold_up_the_others(made: Cli) -> None:
    def gone(request: Request) -> str:
        raise EngineUnreachable("no connection", ends_run=True)

    plan = JudgingPlan(find_rubric("insensitivity"), size=SampleSize(count=3))
    done = judge_run(RECORD, plan, [Judge("gone", ScriptedEngine(gone)), Judge("there", ScriptedEngine(yes))])
    assert list(done.outcome.gone) == ["gone"]
    assert (done.outcome.n_verdicts, done.outcome.n_open) == (18, 18)
    with pytest.raises(EngineUnreachable, match="no connection"):
        judge_run(RECORD, plan, [Judge("gone", ScriptedEngine(gone))])


def test_engine_that_refuses_everything_is_taken_to_be_gone_before_every_reply_is_an_error(made: Cli) -> None:
    def refuses(request: Request) -> str:
        raise EngineRefused("no such template", fatal=False)

    done = judged(refuses, size=ALL)
    assert done.outcome.gone["j"].args[0].startswith("judge 'j': all 8 requests so far were refused")
    assert len(verdicts()) == 8


def test_changed_rubric_or_judge_of_the_same_name_is_refused(made: Cli, tmp_path: Path) -> None:
    judged(yes, size=SampleSize(count=1))
    own = tmp_path / "own.toml"
    own.write_text('based_on = "insensitivity"\nmax_tries = 1\n', encoding="utf-8")
    with pytest.raises(StoreError, match=r"rubric 'insensitivity' is recorded with other content.*another id"):
        judged(yes, rubric=str(own), size=SampleSize(count=1))
    with pytest.raises(StoreError, match=r"judge 'j' is recorded with other content.*another name"):
        judged(ScriptedEngine(yes, model="another"), size=SampleSize(count=1))
    assert len(verdicts()) == 6


def test_items_arms_and_strata_narrow_what_is_judged(made: Cli) -> None:
    with Reader(RECORD) as reader:
        items = [row.item_id for row in reader.items()]
    done = judged(yes, size=ALL, items=(items[2], items[7]), arms=(0,))
    with Reader(RECORD) as reader:
        inside = {row.number for row in reader.respondents(condition=0)}
        exchanges = {(row.respondent, row.number): row.item for row in reader.exchanges()}
    assert done.n_eligible == 2 * len(inside)
    assert {exchanges[row.respondent, row.exchange] for row in verdicts()} == {2, 7}
    assert {row.respondent for row in verdicts()} == inside
    for wrong in ({"items": ("nope",)}, {"arms": (9,)}):
        with pytest.raises(RunSpecError, match="this run has no such"):
            judged(yes, **wrong)
    with pytest.raises(RunSpecError, match="--stratify 'mood': allowed: dimension, topic, item, arm"):
        JudgingPlan(find_rubric("stance"), stratify="mood")
    with pytest.raises(RunSpecError, match="no wording in 'de'; it has en, zh"):
        JudgingPlan(find_rubric("stance"), language="de")


# ---- the command line ------------------------------------------------------------------------------------------------


def test_real_server_judges_in_both_languages_and_its_tokens_are_recorded(
    made: Cli, loopback_server: LoopbackServer
) -> None:
    loopback_server.control(texts=["Reasons: it fits.\nVerdict: Yes", "理由：不切题。\n判断：否", "well"])
    spec = f"server=openai_compatible:{loopback_server.model}@{loopback_server.base_url}"
    told = made(
        "judge", "r", "--rubric", "insensitivity", "--judges", spec, "--sample", "10", "--language", "zh", "--json"
    )
    assert told.status == 0, told.err
    found = json.loads(told.out)
    assert (found["replies"], found["judgements"], found["open"]) == (10, 60, 0)
    body = loopback_server.seen()["last_body"]
    assert body["temperature"] == 0
    assert body["max_tokens"] == 512
    assert "判断" in body["messages"][1]["content"]
    with Reader(RECORD) as reader:
        rows = list(reader.judgements())
        assert {row.label for row in reader.verdicts()} >= {"pass", "fault"}
        assert all(row.prompt_tokens and row.completion_tokens and row.language == "zh" for row in rows)
        assert reader.judges()[0].content["engine"]["model"] == loopback_server.model
    assert found["calls"] == len(rows) == loopback_server.seen()["chat_requests"]


def test_budget_stops_judging_and_the_same_command_goes_on(made: Cli, loopback_server: LoopbackServer) -> None:
    loopback_server.control(texts=["Reasons: it fits.\nVerdict: Yes"])
    spec = f"openai_compatible:{loopback_server.model}@{loopback_server.base_url}"
    command = ("judge", "r", "--rubric", "insensitivity", "--judges", spec, "--sample", "5", "-q")
    told = made(*command, "--max-calls", "7")
    assert told.status == 3
    assert "stopped by its budget (calls: 7 of 7 used); 23 judgements are open" in told.message()
    assert made(*command).status == 0
    assert loopback_server.seen()["chat_requests"] == 30


def test_dead_server_ends_with_its_own_status(made: Cli) -> None:
    told = made(
        *("judge", "r", "--rubric", "stance", "--judges", "openai_compatible:m@http://127.0.0.1:9/v1", "-q"),
        *("--sample", "3"),
    )
    assert told.status == 4
    assert "127.0.0.1:9" in told.message()


def test_judges_come_from_a_file_with_names_and_settings(made: Cli, tmp_path: Path) -> None:
    (tmp_path / "replies.json").write_text(json.dumps({"items": {"iu": "Verdict: No", "*": "Verdict: Yes"}}))
    Path("judges.toml").write_text(
        '[[judges]]\nname = "one"\nengine = "scripted"\nreplies = "replies.json"\ntemperature = 0.7\n'
        '[[judges]]\nname = "two"\nengine = "scripted"\nreplies = "replies.json"\n',
        encoding="utf-8",
    )
    told = made("judge", "r", "--rubric", "insensitivity", "--judges", "judges.toml", "--sample", "4")
    assert told.status == 0, told.err
    assert {(row.judge, row.criterion, row.label) for row in verdicts()} >= {
        ("one", "iu", "fault"),
        ("two", "qc", "pass"),
    }
    with Reader(RECORD) as reader:
        assert [judge.content["settings"]["temperature"] for judge in reader.judges()] == [0.7, 0.0]


def test_transcript_shows_verdicts_and_a_judges_own_prompt_and_reply(made: Cli) -> None:
    Path("replies.json").write_text(json.dumps({"items": {"*": ["hm", "Reasons: plain to see.\nVerdict: No"]}}))
    made("judge", "r", "--rubric", "insensitivity", "--judges", "strict=scripted:replies.json", "--sample", "all", "-q")
    shown = made("show", "r", "r0001").out
    assert "judged by insensitivity" in shown
    assert "· iu fault · strict · plain to see." in shown
    own = made("show", "r", "r0001", "--judge", "strict", "--limit", "1").out
    for part in (
        "─ insensitivity · iu: instruction misunderstanding",
        "[system]",
        "You are a rater",
        "» hm",
        "asked again",
    ):
        assert part in own
    assert "prompt DIFFERS" not in own
    assert own.count("prompt verified") == 12
    data = json.loads(made("show", "r", "r0001", "--json").out)
    assert data["turns"][0]["calls"][0]["verdicts"][0]["calls"][1]["reply"] == "Reasons: plain to see.\nVerdict: No"
    wrong = made("show", "r", "r0001", "--judge", "mild")
    assert (wrong.status, wrong.message()) == (2, "--judge 'mild' judged nothing here; judged by strict")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("--rubric nope --judges scripted:x.json", "there is no rubric 'nope'"),
        ("--rubric stance --judges nobody", "there is no engine 'nobody'"),
        ("--rubric stance --judges openai_compatible", "which model? write openai_compatible:MODEL@"),
        ("--rubric stance --judges scripted", "which file? write scripted:FILE"),
        ("--rubric stance --judges none.toml", "there is no such file; give the path of a file of judges"),
        ("--rubric stance --judges scripted:x.json --sample many", "--sample 'many': give a percentage"),
        (
            "--rubric stance --judges scripted:x.json,scripted:x.json",
            "2 judges are called 'scripted:scripted'; name them",
        ),
        ("--rubric stance --judges scripted:x.json --arms one", "--arms 'one': give numbers of arms"),
    ],
)
def test_what_cannot_be_used_is_named(made: Cli, typed: str, message: str) -> None:
    Path("x.json").write_text(json.dumps({"items": {"*": "A"}}))
    told = made("judge", "r", *typed.split())
    assert told.status == 2
    assert message in told.message()


def test_faults_of_a_file_of_judges_are_named_at_once(made: Cli) -> None:
    text = 'extra = 1\n[[judges]]\nname = 3\ntemperature = "hot"\n[[judges]]\nengine = "scripted"\nmax_tokens = -1\n'
    Path("judges.toml").write_text(text, encoding="utf-8")
    message = made("judge", "r", "--rubric", "stance", "--judges", "judges.toml").message()
    for part in (
        "key 'extra': is not known",
        "judge no. 1, name",
        "judge no. 1, engine: is missing",
        "judge no. 1, temp",
    ):
        assert part in message
    assert "judge no. 2, max_tokens: cannot be -1" in message


def test_rubrics_are_listed_and_shown(cli: Cli) -> None:
    assert "insensitivity-label-first" in cli("judge", "rubrics").out
    shown = cli("judge", "show-rubric", "stance").out
    assert "To which of these answers does the reply lean?" in shown
    assert "这份回答倾向于以下哪个答案？" in shown
    assert "zh" not in cli("judge", "show-rubric", "stance", "--language", "en").out
    assert json.loads(cli("judge", "show-rubric", "insensitivity", "--json").out)["criteria"][0]["id"] == "iu"
    assert cli("judge", "show-rubric", "stance", "--language", "de").status == 2


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_verdicts_are_exported_a_row_each_and_read_back(made: Cli, ending: str) -> None:
    def half(request: Request) -> str:
        assert request.judged is not None
        return '=1+1, "well"\nVerdict: No' if request.judged.criterion == "iu" else "\ud800 prose"

    judged(half, size=SampleSize(count=8))
    told = made("export", "r", f"v.{ending}", "--table", "verdicts", "--json")
    assert json.loads(told.out) == {"file": f"v.{ending}", "rows": 48}
    frame = read_export(Path(f"v.{ending}"))
    rows = verdicts()
    assert [f"r{row.respondent:04d}" for row in rows] == frame["respondent"].tolist()
    assert [row.criterion for row in rows] == frame["criterion"].tolist()
    assert [row.exchange for row in rows] == frame["exchange"].tolist()
    assert frame.loc[frame["criterion"] == "iu", "rationale"].unique().tolist() == ['=1+1, "well"']
    assert frame["label"].isna().sum() == 40
    assert set(frame["status"]) == {"ok", "unreadable"}
    with Reader(RECORD) as reader:
        items = {row.position: row.item_id for row in reader.items()}
        asked = {(row.respondent, row.number): items[row.item or 0] for row in reader.exchanges()}
    assert [asked[row.respondent, row.exchange] for row in rows] == frame["item"].tolist()


def test_tables_that_cannot_be_exported_are_named(made: Cli) -> None:
    assert "choose one of answers, verdicts (--table)" in made("export", "r", "v.csv", "--table", "votes").message()
    assert "export it as csv, parquet, jsonl" in made("export", "r", "v.sav", "--table", "verdicts").message()
    assert json.loads(made("export", "r", "v.csv", "--table", "verdicts", "--json").out)["rows"] == 0


def test_a_list_that_speaks_for_a_panel_is_not_judged(cli: Cli) -> None:
    arms = 'arms.protocol=["interview", "critique-single", "critique-list"]'
    told = cli(
        *("run", "--survey", "portrait-values", "--strategies", "city", "--n", "12", "--name", "r", "-q"), "--set", arms
    )
    assert told.status == 0, told.err
    assert judged(yes, size=ALL).outcome.is_complete
    with Reader(RECORD) as reader:
        protocol = {row.id: row.settings["protocol"]["kind"] for row in reader.conditions()}
        condition = {row.number: row.condition for row in reader.respondents()}
    assert {protocol[condition[row.respondent]] for row in verdicts()} == {"interview", "critique-single"}
