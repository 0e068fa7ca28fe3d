"""Batteries carried out for real: scripted and over HTTP, beside interviews; every verb on the record they leave."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Cli
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

from analysis.reply_diversity import replies_frame
from analysis.responses import answers_frame
from analysis.style_tables import remembered_answers, shown_positions
from simulator.engines.scripted import ScriptedEngine
from simulator.errors import EngineError, EngineUnreachable, RunSpecError
from simulator.messages import Asked, Completion, Request
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from voxpop.analyzing import analyze_run
from voxpop.comparing import compare_runs
from voxpop.conversation import print_side_by_side
from voxpop.export import export, read_export
from voxpop.forecast import forecast
from voxpop.planning import make_design
from voxpop.running import launch, resume
from voxpop.soundness import first_fault
from voxpop.spec import RunSpec, make_spec
from voxpop.status import run_status
from voxpop.terminal import rendered
from voxpop.transcript import make_transcript

SURVEY = """
id = "town"
title = "Life in town"
[option_sets.yes-no]
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]
[[items]]
id = "car"
text = "Do you own a car?"
options = "yes-no"
[[items]]
id = "why"
text = "Do you need it?"
options = "yes-no"
show_if = [{item = "car", codes = [1]}]
[[items]]
id = "ways"
format = "multiple"
text = "How do you get around?"
options = [{code = 1, text = "On foot"}, {code = 2, text = "By bicycle"}, {code = 3, text = "By bus"}]
[[items]]
id = "home"
text = "How much do you like your home?"
range = {low = 1, high = 5, low_text = "not at all", high_text = "very much"}
[[items]]
id = "wish"
format = "open"
text = "What is missing?"
"""
EVERYTHING = Path(__file__).resolve().parent.parent / "data" / "everything.toml"
BOTH = ["interview", "battery"]
TABLES = ("condition", "item", "respondent", "exchange", "answer", "interview", "tally")


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "town.toml"
    path.write_text(SURVEY, encoding="utf-8")
    return path


def spec(place: Path | str, names: str | Sequence[str] = "battery", /, **changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "batteries",
        "seed": 8,
        "survey": str(place),
        "population": {"n": 12, "strategy": "city"},
        "asking": {"option_order": "random", "item_order": "random"},
        "arms": {"protocol": [names] if isinstance(names, str) else list(names)},
        "fieldwork": {"concurrency": 4},
    }
    return make_spec({**data, **changes})


def said(request: Request, number: int, asked: Asked, unreadable: float) -> str:
    """What somebody says to one item, the same whenever the same call is made; now and then nothing readable."""
    rng = rng_for(asked.run_seed, asked.respondent_id, asked.item_id, request.seed or 0, number)
    if rng.random() < unreadable:
        return ["", "99", "either 1 or 2", "Hm."][rng.integers(4)]
    return "A park." if not asked.options else asked.options[rng.integers(len(asked.options))].label


class People(ScriptedEngine):
    """Respondents who answer lists and single items alike; after `calls` calls the server fails with `failure`."""

    def __init__(self, unreadable: float = 0.2, calls: int | None = None, failure: BaseException | None = None) -> None:
        self.left, self.failure = calls, failure

        def reply(request: Request) -> str:
            assert request.asked is not None
            if not request.asked.battery:
                return said(request, 0, request.asked, unreadable)
            lines = [(number, said(request, number, asked, unreadable)) for number, asked in request.asked.battery]
            return "\n".join(f"{number}. {text}" for number, text in lines if text)

        super().__init__(reply)

    async def complete(self, request: Request) -> Completion:
        if self.left is not None:
            self.left -= 1
            if self.left < 0 and self.failure is not None:
                raise self.failure
        return await super().complete(request)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of interviews and batteries with unreadable lines, options in random order and two sizes of battery."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "town.toml").write_text(SURVEY, encoding="utf-8")
    launch(spec(folder / "town.toml", BOTH), folder / "record.sqlite", engine=People())
    return folder / "record.sqlite"


def mixed(whole: Path, **changes: Any) -> RunSpec:
    return spec(whole.with_name("town.toml"), BOTH, **changes)


# ---- what is recorded ------------------------------------------------------------------------------------------------


def test_every_list_is_rebuilt_to_the_byte_and_every_item_has_one_answer(whole: Path) -> None:
    with Reader(whole) as reader:
        progress = reader.progress()
        assert progress.is_complete
        assert progress.n_answers == progress.n_expected == 12 * 5
        kinds = {row.id: row.settings["protocol"]["kind"] for row in reader.conditions()}
        for row in reader.respondents():
            transcript = make_transcript(reader, f"r{row.number:04d}")
            calls = [*transcript.lists, *(call for turn in transcript.turns for call in turn.calls)]
            assert calls
            assert all(call.is_verbatim for call in calls)
            assert bool(transcript.lists) == (kinds[row.condition] == "battery")
            assert sorted(turn.item for turn in transcript.turns) == ["car", "home", "ways", "why", "wish"]
    assert first_fault(whole) is None


def test_the_order_of_items_stands_in_the_record_and_numbers_follow_it(whole: Path) -> None:
    orders = {number: make_design(mixed(whole)).order_for(f"r{number:04d}") for number in range(12)}
    assert len(set(orders.values())) > 6
    with Reader(whole) as reader:
        rows = [row for row in reader.exchanges() if row.listed]
        answers = {(row.respondent, row.item): row for row in reader.answers()}
    assert len({row.respondent for row in rows}) == 6
    for row in rows:
        assert row.item == row.listed[0].item
        assert [one.item for one in row.listed] == [orders[row.respondent][one.number - 1] for one in row.listed]
        assert [one.number for one in row.listed] == sorted(one.number for one in row.listed)
        listed_later = {one.item for later in rows for one in later.listed
                        if later.respondent == row.respondent and later.number > row.number}  # fmt: skip
        read = {one.item for one in row.listed if answers[row.respondent, one.item].exchange == row.number}
        assert {one.item for one in row.listed} == read | (listed_later & {one.item for one in row.listed})
        assert not read & listed_later


def test_shown_orders_are_found_item_by_item(tmp_path: Path) -> None:
    """Whoever always takes what stands first has chosen position 0 throughout, whatever was shown."""

    def first(request: Request) -> str:
        assert request.asked is not None
        return "\n".join(f"{number}. {asked.options[0].label if asked.options else 'So.'}"
                         for number, asked in request.asked.battery)  # fmt: skip

    record = tmp_path / "record.sqlite"
    asking = {"option_order": "random-per-item", "labels": "random"}
    launch(spec(EVERYTHING, asking=asking), record, engine=ScriptedEngine(first))
    with Reader(record) as reader:
        shown = shown_positions(reader)
        assert len(remembered_answers(reader).respondents) == 0
        codes = {row.codes for row in reader.answers() if row.item == 4}
        assert replies_frame(reader)["reply"].isna().all()
    assert len(shown.position) == 12 * 3
    assert not shown.position.any()
    assert len(codes) > 1


@pytest.mark.parametrize("language", ["en", "zh", "de", "ja"])
@pytest.mark.parametrize("answer_format", ["label", "explained"])
def test_lists_are_put_and_read_in_every_language_and_style(tmp_path: Path, language: str, answer_format: str) -> None:
    def reply(request: Request) -> str:
        assert request.asked is not None
        because = " - because it suits me." if answer_format == "explained" else ""
        return "\n".join(f"{number}. {asked.options[-1].label if asked.options else '…!'}{because}"
                         for number, asked in request.asked.battery)  # fmt: skip

    for style in ("default", "plain", "citizen", "research"):
        for labels in ("numbers", "numbers-from-0", "letters", "lowercase", "roman"):
            record = tmp_path / "record.sqlite"
            asking = {"language": language, "answer_format": answer_format, "style": style, "labels": labels}
            wanted = spec(EVERYTHING, asking=asking, population={"n": 2})
            launch(wanted, record, engine=ScriptedEngine(reply), replace=True)
            with Reader(record) as reader:
                wrong = [row for row in reader.answers() if row.status in ("unparsed", "error", "refused")]
                assert not wrong, f"{style} {labels}: {wrong[:2]}"
                assert all(call.is_verbatim for call in make_transcript(reader, "r0001").lists)


# ---- counting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 4, 1])
def test_the_plan_knows_the_calls_and_the_server_counts_the_same(
    tmp_path: Path, loopback_server: LoopbackServer, size: int
) -> None:
    record = tmp_path / "record.sqlite"
    wanted = spec(
        "portrait-values",
        BOTH,
        population={"n": 7, "strategy": "named"},
        survey={"instrument": "portrait-values", "limit": 10},
        protocol={"battery_size": size},
        engine={"name": "openai_compatible", "base_url": loopback_server.base_url, "model": loopback_server.model},
    )
    plan = forecast(wanted)
    arms = Counter(arm for _, arm in make_design(wanted).assignment)
    lists = {0: 1, 4: 3, 1: 10}[size]
    assert plan["calls"] == plan["calls_least"] == arms[0] * 10 + arms[1] * lists
    assert "one per item put, one per list of a battery" in plan["calls_note"]
    assert launch(wanted, record).outcome.is_complete
    status = run_status(record)
    assert loopback_server.seen()["chat_requests"] == status["calls"] == plan["calls"]
    with Reader(record) as reader:
        assert reader.progress().by_status == {"answered": 70}
        codes = {row.codes for row in reader.answers()}
    assert len(codes) == 6


def test_skip_rules_and_asking_again_stand_in_the_plan(survey: Path) -> None:
    plan = forecast(spec(survey))
    assert (plan["calls_least"], plan["calls"], plan["calls_most"]) == (12, 24, 24 + 2 * 24)
    assert plan["calls_note"].startswith("one per list of a battery; skip rules take away up to 12")


# ---- stopping and going on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flush_turns", [1, 500])
@pytest.mark.parametrize("calls", [0, 1, 2, 3, 5, 9, 16, 28, 41, -1])
def test_a_run_cut_off_anywhere_has_the_tables_of_a_whole_one(
    whole: Path, tmp_path: Path, calls: int, flush_turns: int
) -> None:
    record = tmp_path / "record.sqlite"
    with Reader(whole) as reader:
        calls = calls if calls >= 0 else reader.calls().n_calls - 1
    with pytest.raises(KeyboardInterrupt):
        launch(mixed(whole), record, engine=People(calls=calls, failure=KeyboardInterrupt()), flush_turns=flush_turns)
    assert resume(record, engine=People()).outcome.is_complete
    assert rows_of(record, TABLES) == rows_of(whole, TABLES)


@pytest.mark.parametrize("limit", [1, 4, 11, 20, 33])
def test_a_spent_budget_stops_between_lists(whole: Path, tmp_path: Path, limit: int) -> None:
    record = tmp_path / "record.sqlite"
    cut = launch(mixed(whole, budget={"calls": limit}), record, engine=People())
    assert not cut.outcome.is_complete
    told = resume(record, overrides=["budget.calls=none"], engine=People())
    assert told.outcome.is_complete
    assert told.tally.items_done == told.tally.items_expected
    assert [rows_of(record, (table,)) for table in TABLES] == [rows_of(whole, (table,)) for table in TABLES]


def test_a_lost_server_leaves_what_was_read(whole: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    only = spec(whole.with_name("town.toml"))
    with pytest.raises(EngineError):
        launch(only, record, engine=People(calls=9, failure=EngineUnreachable("gone", attempts=5)))
    with Reader(record) as reader:
        before = {(row.respondent, row.item): row for row in reader.answers()}
        assert len(before) > 9
        half = next(row for row, turns in reader.respondents_open() if turns and turns[-1].answer is None)
        told = make_transcript(reader, f"r{half.number:04d}")
        assert any(turn.status is None for turn in told.turns)
        assert "it could not be read yet, or the call failed; the item is open" in str(told)
    assert resume(record, engine=People()).outcome.is_complete
    with Reader(record) as reader:
        after = {(row.respondent, row.item): row for row in reader.answers()}
        assert len(after) == 12 * 5
        assert {key: after[key] for key in before} == before
        assert all(one.is_verbatim for row in reader.respondents()
                   for one in make_transcript(reader, f"r{row.number:04d}").lists)  # fmt: skip


def test_a_finished_run_is_replayed_list_by_list(whole: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(mixed(whole, name="again", engine={"name": "replay", "record": str(whole)}), record)
    assert rows_of(record, ("exchange", "answer")) == rows_of(whole, ("exchange", "answer"))


# ---- reading it ------------------------------------------------------------------------------------------------------


def test_show_prints_the_list_as_it_was_put_and_every_answer(survey: Path, tmp_path: Path) -> None:
    replies = iter(["1. 1\n3. 1, 3\n4. 7\n5. A park.", "4. 5", "2. 2"])
    record = tmp_path / "record.sqlite"
    wanted = spec(survey, population={"n": 1, "strategy": "city"}, asking={})
    launch(wanted, record, engine=ScriptedEngine(lambda _: next(replies)))
    with Reader(record) as reader:
        transcript = make_transcript(reader, "r0000")
    told = str(transcript)
    assert "protocol: battery" in told
    assert "── list of 4 items\nPlease answer every item of this list." in told
    assert "── list of 1 item, asked again (try 2)" in told
    assert "4. How much do you like your home?\n1. not at all" in told
    assert "  faults of the list: out_of_range 1" in told
    lines = [line for line in told.split("\n") if "→" in line]
    assert lines == [
        "1. car → answered 1: Yes (label: label 1) · exchange 1",
        "2. why → answered 2: No (label: label 2) · exchange 3",
        "3. ways → answered 1, 3: On foot; By bus (list: 2 picked) · exchange 1",
        "4. home → answered 5: very much (label: label 5) · exchange 2",
        "5. wish → answered A park. (open: own words) · exchange 1",
    ]
    data = json.loads(json.dumps(transcript.as_json()))
    assert [call["listed"] for call in data["lists"]] == [
        [[1, "car"], [3, "ways"], [4, "home"], [5, "wish"]], [[4, "home"]], [[2, "why"]],
    ]  # fmt: skip
    assert [turn["number"] for turn in data["turns"]] == [1, 2, 3, 4, 5]


def test_an_interview_stands_beside_a_battery(whole: Path) -> None:
    with Reader(whole) as reader:
        both = [make_transcript(reader, name) for name in ("r0000", "r0001")]
    told = rendered(lambda console: print_side_by_side(console, both))
    assert "list of" in told
    assert told.count("Do you own a car?") >= 2


def test_a_verdict_is_on_one_reply_to_one_item(cli: Cli, whole: Path, tmp_path: Path) -> None:
    from simulator.judges.catalog import find_rubric
    from simulator.judges.panel import Judge
    from simulator.judges.sample import SampleSize
    from voxpop.judging import JudgingPlan, judge_run

    record = tmp_path / "record.sqlite"
    sqlite3.connect(whole).execute("VACUUM INTO ?", (str(record),))
    plan = JudgingPlan(find_rubric("insensitivity"), size=SampleSize())
    judge = Judge("j", ScriptedEngine(lambda _: "Rationale: Fine.\nVerdict: No"))
    assert judge_run(record, plan, [judge]).outcome.is_complete
    with Reader(record) as reader:
        kinds = {row.id: row.settings["protocol"]["kind"] for row in reader.conditions()}
        arm_of = {row.number: kinds[row.condition] for row in reader.respondents()}
        assert {arm_of[row.respondent] for row in reader.verdicts()} == {"interview"}
        battery = next(number for number, kind in kinds.items() if kind == "battery")
        name = next(f"r{number:04d}" for number, kind in arm_of.items() if kind == "battery")
        assert make_transcript(reader, name).lists
    with pytest.raises(RunSpecError, match="these arms were answered in lists"):
        judge_run(record, replace(plan, arms=(battery,)), [judge])


def test_every_verb_reads_a_record_with_batteries(cli: Cli, whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "town" / "record.sqlite"
    place.parent.mkdir(parents=True)
    sqlite3.connect(whole).execute("VACUUM INTO ?", (str(place),))
    verbs = [["status"], ["compare", "--by", "protocol"], ["show"], ["show", "r0000"], ["resume"]]
    verbs += [["analyze", metric] for metric in ("statuses", "distributions", "response-styles", "list-faults")]
    for verb, *rest in verbs:
        told = cli(verb, "town", *rest, "--json")
        assert told.status == 0, (verb, rest, told.err)
        json.loads(told.out)


def test_faults_of_lists_are_counted_by_arm(survey: Path, tmp_path: Path) -> None:
    """Two respondents: one leaves out an item and answers a number too much, one says a number that is not offered."""

    def reply(request: Request) -> str:
        assert request.asked is not None
        if request.asked.try_number:
            return "\n".join(f"{number}. 1" for number, _ in request.asked.battery)
        return "1. 2\n3. 1\n5. A park.\n9. 2" if request.asked.respondent_id == "r0000" else "1. 2\n3. 7\n4. 1\n5. So."

    record = tmp_path / "record.sqlite"
    launch(spec(survey, population={"n": 2, "strategy": "city"}, asking={}), record, engine=ScriptedEngine(reply))
    rows = analyze_run(record, "list-faults", by="protocol").rows
    assert {row["fault"]: (row["faults"], row["lists_with_it"], row["lists"]) for row in rows} == {
        "missing": (1, 1, 4),
        "out_of_range": (1, 1, 4),
        "unknown_number": (1, 1, 4),
    }
    with pytest.raises(RunSpecError, match="no battery was answered"):
        interviews = tmp_path / "interviews.sqlite"
        launch(spec(survey, "interview", population={"n": 2, "strategy": "city"}), interviews, engine=People())
        analyze_run(interviews, "list-faults")


def test_known_truth_respondents_answer_a_list_as_they_answer_item_by_item(tmp_path: Path) -> None:
    """Nothing is planted that a list could change: the same persona, the same probabilities, whichever way."""
    record = tmp_path / "record.sqlite"
    wanted = spec(
        "portrait-values",
        BOTH,
        design="within",
        population={"n": 120, "strategy": "value-anchor"},
        memory={"kind": "none"},
        asking={"item_order": "random", "language": "en"},
        engine={"name": "synthetic", "unreadable": 0.1, "refusal": 0.02},
    )
    launch(wanted, record)
    with Reader(record) as reader:
        frame = answers_frame(reader)
        assert reader.progress().is_complete
        kinds = {row.id: row.settings["protocol"]["kind"] for row in reader.conditions()}
        again = [row.try_number for row in reader.exchanges() if row.listed]
    answered = frame[frame["status"] == "answered"].assign(kind=lambda one: one["condition"].map(kinds))
    means = answered.groupby(["kind", "item"], observed=True)["score"].mean().unstack(0)
    # Across personas the means of an item differ by sampling alone; anchors make the people of both ways alike.
    error = (answered.groupby(["kind", "item"], observed=True)["score"].sem().unstack(0) ** 2).sum(axis=1) ** 0.5
    z = (means["battery"] - means["interview"]) / error
    assert abs(z.mean()) < 0.5
    assert (z.abs() < 3.5).all()
    assert max(again) > 0
    # A refusal stands in one line of the list, and takes nothing from the others.
    refused = frame[frame["status"] == "refused"].groupby("respondent", observed=True).size()
    assert 0 < refused.mean() < 6
    shown = {row["fault"]: row for row in analyze_run(record, "list-faults", by="protocol").rows}
    assert shown["unreadable"]["lists"] == len(again)


def test_answers_are_compared_and_exported_like_any_other(whole: Path, tmp_path: Path) -> None:
    found = compare_runs([whole], by="protocol", resamples=9)
    assert sorted(arm.name for arm in found.arms) == ["battery", "interview"]
    with Reader(whole) as reader:
        frame = answers_frame(reader)
        stored = {(row.respondent, row.item): row.exchange for row in reader.answers()}
        for file_format in ("csv", "parquet", "jsonl"):
            export(reader, tmp_path / f"answers.{file_format}")
    for file_format in ("csv", "parquet", "jsonl"):
        read = read_export(tmp_path / f"answers.{file_format}")
        assert len(read) == len(frame) == len(stored)
        assert read["exchange"].fillna(-1).astype(int).tolist() == [
            -1 if number is None else number for _, number in sorted(stored.items())
        ]
    assert np.isfinite(frame["weight"]).all()


# ---- the spec --------------------------------------------------------------------------------------------------------


def test_arms_that_differ_in_memory_alone_are_one_battery(survey: Path) -> None:
    arms = {"protocol": BOTH, "memory": ["none", "full", "random-prune"], "temperature": [0.0, 1.0]}
    conditions = make_design(spec(survey, arms=arms)).conditions
    assert Counter(one.protocol.kind for one in conditions) == {"interview": 6, "battery": 2}
    assert {one.memory.kind for one in conditions if one.protocol.is_battery} == {"none"}


def test_a_battery_goes_without_what_it_has(survey: Path) -> None:
    """Memory apart, which it has not, an ablation takes from a battery what it takes from an interview."""
    arms = {"protocol": BOTH, "ablation": ["full", "no-memory", "no-decoding", "no-location", "none"]}
    design = make_design(spec(survey, arms=arms, settings={"temperature": {"low": 0.5, "high": 1.0}}))
    found = [(one.protocol.kind, one.ablation) for one in design.conditions]
    assert found == [("interview", what) for what in arms["ablation"]] + [
        ("battery", what) for what in arms["ablation"] if what != "no-memory"
    ]
    told = {arm: persona.text_in("en") for persona, arm in design.assignment}
    assert told[5].startswith("You live in")
    assert design.interview(0).persona_text
    batteries = [one for one in design.interviews() if one.condition.ablation == "full"]
    assert len({one.condition.settings.temperature for one in batteries}) > 1


def test_a_persona_stays_whole_in_a_battery(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(survey, population={"n": 4, "strategy": "city+demographic"}), record, engine=People(0.0))
    with Reader(record) as reader:
        for row in reader.respondents():
            first = make_transcript(reader, f"r{row.number:04d}").lists[0]
            assert row.persona_texts["en"] in first.prompt[0][1]
            assert {"city", "age"} <= set(row.attributes)


def test_a_generated_persona_is_written_before_its_battery(survey: Path, tmp_path: Path) -> None:
    people = People(0.0)
    inner = people._replies

    def reply(request: Request) -> str | Completion:
        assert request.asked is not None
        assert callable(inner)
        if request.asked.format == "persona":
            return "You are a retired teacher who keeps bees. You like long walks and quiet evenings at home."
        return inner(request)

    record = tmp_path / "record.sqlite"
    wanted = spec(survey, population={"n": 3, "strategy": "generated"})
    assert launch(wanted, record, engine=ScriptedEngine(reply)).outcome.is_complete
    with Reader(record) as reader:
        rows = list(reader.exchanges(0))
        assert [(row.number, row.role, bool(row.listed)) for row in rows[:2]] == [
            (0, "generator", False), (1, "respondent", True),
        ]  # fmt: skip
        transcript = make_transcript(reader, "r0000")
        assert "keeps bees" in transcript.lists[0].prompt[0][1]
        assert transcript.lists[0].is_verbatim


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arms": {"protocol": ["batery"]}}, "did you mean 'battery'"),
        ({"asking": {"answer_format": "structured"}}, "no structured choice can be"),
        ({"probe": {"samples": 5}}, "reads one text per list"),
        ({"probe": {"name": "token-logit"}}, "reads one text per list"),
        ({"protocol": {"battery_size": -1}}, "battery_size"),
    ],
)
def test_what_cannot_be_combined_is_said(survey: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RunSpecError, match=words):
        make_design(spec(survey, **changes))


def test_users_word_a_battery_of_their_own(survey: Path, tmp_path: Path) -> None:
    built_in = Path(__file__).resolve().parents[2] / "simulator" / "protocols" / "catalog" / "battery.toml"
    source = built_in.read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(source.replace("Please answer every item of this list.", "Now for {n} portraits:"), "utf-8")
    record = tmp_path / "record.sqlite"
    launch(spec(survey, str(mine)), record, engine=People(0.0))
    mine.unlink()
    with Reader(record) as reader:
        first = make_transcript(reader, "r0000").lists[0]
    assert first.question.startswith("Now for 4 portraits:")
    assert first.is_verbatim
