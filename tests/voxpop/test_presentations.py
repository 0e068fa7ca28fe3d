"""Presentations that should not matter, through the whole path: asked, recorded, gone on with, replayed, refused."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from servers.fixture import LoopbackServer

import voxpop as vp
from analysis.responses import answers_frame
from simulator.engines.replay import ReplayEngine
from simulator.engines.scripted import ScriptedEngine
from simulator.errors import MissingCapability, RunSpecError
from simulator.messages import Request
from simulator.store.reader import Reader
from voxpop.conversation import print_transcript
from voxpop.planning import make_design
from voxpop.running import launch, resume
from voxpop.soundness import first_fault
from voxpop.spec import RunSpec, make_spec
from voxpop.terminal import rendered
from voxpop.transcript import make_transcript

EVERYTHING = Path(__file__).resolve().parent.parent / "data" / "everything.toml"
FORMS = ("affirmative", "one-shot", "completion")


def spec(**sections: Any) -> RunSpec:
    population = {"n": 8, "strategies": ["city+demographic"]}
    return make_spec({"seed": 9, "survey": str(EVERYTHING), "population": population, **sections})


def run(record: Path, **sections: Any) -> Path:
    launch(spec(**sections), record, replace=True)
    return record


def rows(record: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(f"file:{record}?mode=ro", uri=True)
    try:
        tables = ("respondent", "exchange", "answer", "interview")
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    finally:
        connection.close()


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
@pytest.mark.parametrize("answer_format", ["label", "explained", "structured"])
def test_whatever_the_form_every_reply_is_read_and_every_prompt_made_again(
    tmp_path: Path, language: str, answer_format: str
) -> None:
    for style in ("default", *FORMS):
        for labels in ("random", "plain"):
            asking = {"language": language, "answer_format": answer_format, "labels": labels, "style": style}
            record = run(tmp_path / "record.sqlite", asking={**asking, "option_order": "cyclic", "abstain": "offered"})
            with Reader(record) as reader:
                wrong = [row for row in reader.answers() if row.status in ("unparsed", "error")]
                assert not wrong, f"{style} {labels}: {wrong[:3]}"
                calls = [call for turn in make_transcript(reader, "r0003").turns for call in turn.calls]
            assert all(call.is_verbatim for call in calls)


@pytest.mark.parametrize("style", FORMS)
def test_a_form_changes_nothing_of_what_a_respondent_means(tmp_path: Path, style: str) -> None:
    """Known-truth respondents have no style effect: probabilities are those of the default style, to the digit."""
    found = []
    for number, name in enumerate(("default", style)):
        asking = {"labels": "letters", "style": name, "answer_format": "explained"}
        record = run(tmp_path / f"{number}", asking=asking, probe={"name": "token-logit"}, memory={"kind": "none"})
        with Reader(record) as reader:
            found.append({(at.respondent, at.item): at.probabilities for at in reader.answers() if at.probabilities})
    assert len(found[0]) == 3 * 8
    assert found[1] == {key: pytest.approx(shares, abs=2e-3) for key, shares in found[0].items()}


@pytest.mark.parametrize(("style", "labels"), [*((style, "letters") for style in FORMS), ("default", "plain")])
def test_all_probes_find_the_same_truth_in_every_form(tmp_path: Path, style: str, labels: str) -> None:
    """Label, whole answer and texts without labels are scored exactly; a hundred samples come near (.25: 5 errors)."""
    asking = {"labels": labels, "style": style}
    probe = {"name": "all", "samples": 100, "exact_labels": True, "sequence_score": "log-likelihood"}
    record = run(tmp_path / "record.sqlite", asking=asking, probe=probe, memory={"kind": "none"})
    with Reader(record) as reader:
        answers = [row for row in reader.answers() if row.probed]
    assert len(answers) == 3 * 8
    for answer in answers:
        exact, whole, sampled = (row.probabilities for row in answer.probed)
        assert exact is not None
        assert whole == pytest.approx(exact, abs=1e-5)
        assert sampled == pytest.approx(exact, abs=0.25)


def test_cyclic_shifts_are_in_balance_in_every_arm_and_recorded(tmp_path: Path) -> None:
    """Each arm has 10 respondents, two rounds and a half of the four seasons: 2 or 3 times each at every place."""
    record = run(
        tmp_path / "record.sqlite",
        population={"n": 40, "strategies": ["city", "named"]},
        asking={"option_order": "cyclic"},
        arms={"labels": ["numbers", "letters"]},
        survey={"instrument": str(EVERYTHING), "items": ["nominal"]},
    )
    with Reader(record) as reader:
        seen: dict[int, Counter[Any]] = {}
        for row in reader.exchanges():
            assert row.order is not None
            seen.setdefault(row.condition, Counter()).update(enumerate(row.order))
    assert len(seen) == 4
    for counts in seen.values():
        assert len(counts) == 16
        assert set(counts.values()) == {2, 3}


def test_all_shifts_are_arms_that_can_be_compared(tmp_path: Path) -> None:
    sections: dict[str, Any] = {
        "arms": {"option_order": ["all-shifts", "reversed"]},
        "survey": {"instrument": str(EVERYTHING), "items": ["nominal"]},
    }
    orders = [arm.option_order for arm in make_design(spec(**sections)).conditions]
    assert orders == ["fixed", "shift-1", "shift-2", "shift-3", "reversed"]
    record = run(tmp_path / "record.sqlite", design="within", **sections)
    with Reader(record) as reader:
        first = {row.condition: (row.order or (10,))[0] for row in reader.exchanges()}
    assert list(first.values()) == [10, 20, 30, 40, 40]
    compared = vp.compare(record, by="option_order", resamples=19)
    assert [arm.name for arm in compared.arms] == orders


def test_who_abstains_gave_no_answer_and_the_record_is_sound(tmp_path: Path) -> None:
    """Planted: 30 % refuse, in words or by the option where there is one; 30 % of the rest choose "don't know" where it
    is offered. Shares within 4 standard errors (80 answers: .051).
    """
    record = run(
        tmp_path / "record.sqlite",
        population={"n": 40, "strategies": ["city"]},
        design="within",
        engine={"name": "synthetic", "refusal": 0.3, "dont_know": 0.3},
        arms={"abstain": ["as-is", "offered", "withheld"]},
        survey={"instrument": str(EVERYTHING), "items": ["single", "ten", "nominal"]},
    )
    with Reader(record) as reader:
        arm = {row.number: reader.conditions()[row.condition].settings["abstain"] for row in reader.respondents()}
        found = Counter((arm[row.respondent], row.item > 0, row.status, row.codes) for row in reader.answers())
        frame = answers_frame(reader)
    coded = {key: n for key, n in found.items() if key[3] == (-2,)}
    assert set(coded) == {("offered", True, "refused", (-2,))}
    assert ("offered", True, "refused", ()) not in found
    for n in (coded["offered", True, "refused", (-2,)], found["as-is", True, "refused", ()]):
        assert abs(n / 80 - 0.3) < 0.2
    assert found["as-is", False, "dont_know", (9,)] > 0
    assert found["offered", False, "dont_know", (9,)] > 0
    assert not [key for key in found if key[0] == "withheld" and key[2] == "dont_know"]
    refused = frame[frame["status"] == "refused"]
    assert refused["score"].isna().all()
    assert set(frame.groupby("abstain", observed=True).size()) == {120}
    assert first_fault(record) is None


@pytest.mark.parametrize("style", FORMS)
def test_a_run_cut_off_goes_on_as_if_it_had_never_stopped(tmp_path: Path, style: str) -> None:
    asking = {"style": style, "option_order": "cyclic", "abstain": "offered", "labels": "random"}
    whole = run(tmp_path / "whole.sqlite", asking=asking, fieldwork={"concurrency": 1})
    cut = tmp_path / "cut.sqlite"
    launch(spec(asking=asking, fieldwork={"concurrency": 1}, budget={"calls": 17}), cut)
    resume(cut, overrides=["budget.calls=none"])
    assert rows(cut) == rows(whole)


# --- a real server ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", FORMS)
def test_a_server_is_sent_the_form_and_a_replay_needs_no_server(
    tmp_path: Path, loopback_server: LoopbackServer, style: str
) -> None:
    server = {"model": loopback_server.model, "base_url": loopback_server.base_url, "dialect": "vllm"}
    sections: dict[str, Any] = {
        "asking": {"style": style, "abstain": "offered", "option_order": "shift-1"},
        "survey": {"instrument": str(EVERYTHING), "items": ["ten", "nominal"]},
        "population": {"n": 3, "strategies": ["named"]},
    }
    record = run(tmp_path / "record.sqlite", engine={"name": "openai_compatible", **server}, **sections)
    body = loopback_server.seen()["last_body"]
    with Reader(record) as reader:
        assert {row.status for row in reader.answers()} <= {"answered", "refused"}
        transcript = make_transcript(reader, "r0002")
    calls = [call for turn in transcript.turns for call in turn.calls]
    assert all(call.is_verbatim for call in calls)
    text = rendered(lambda console: print_transcript(console, transcript, prompts=True))
    if style == "completion":
        assert body["prompt"].endswith("No answer\nAnswer:")
        assert body["stop"] == ["\n"]
    elif style == "affirmative":
        assert body["messages"][-1] == {"role": "assistant", "content": "Sure, my answer is"}
        assert body["continue_final_message"] is True
        assert "Sure, my answer is" in text
        assert "(the reply was begun: Sure, my answer is)" in transcript.text()
    else:
        assert [message["role"] for message in body["messages"][:3]] == ["system", "user", "assistant"]
        assert "Which of these is a day of the week?" in text
    asked = loopback_server.seen()["chat_requests"]
    again = run(tmp_path / "again.sqlite", engine={"name": "replay", "record": str(record)}, **sections)
    assert loopback_server.seen()["chat_requests"] == asked
    assert rows(again) == rows(record)


def test_a_replay_declares_what_the_form_needed(tmp_path: Path) -> None:
    found = {}
    for style in ("default", *FORMS):
        engine = ReplayEngine(run(tmp_path / "record.sqlite", asking={"style": style}))
        found[style] = {one.value for one in engine.capabilities} - {"seed"}
        asyncio.run(engine.close())
    assert found == {
        "default": set(),
        "affirmative": {"assistant_prefix"},
        "one-shot": set(),
        "completion": {"raw_completion"},
    }


# --- refused before anything is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "capability"), [("affirmative", "assistant_prefix"), ("completion", "raw_completion")]
)
def test_an_engine_that_cannot_is_named_before_the_first_call(tmp_path: Path, style: str, capability: str) -> None:
    def reply(_: Request) -> str:
        raise AssertionError("nothing may be asked")

    with pytest.raises(MissingCapability, match=f"prompt style '{style}' needs the capability '{capability}'"):
        launch(spec(asking={"style": style}), tmp_path / "record.sqlite", engine=ScriptedEngine(reply))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"asking": {"labels": "plain"}, "probe": {"name": "token-logit"}},
            "reads labels, and these options have none",
        ),
        ({"asking": {"labels": "plain"}, "protocol": {"name": "battery"}}, "'battery' asks for labels"),
        (
            {"asking": {"style": "one-shot"}, "protocol": {"name": "battery"}},
            "asking.style: 'one-shot' begins the reply",
        ),
        ({"asking": {"style": "affirmative"}, "protocol": {"name": "average-person"}}, "has no place for"),
    ],
)
def test_what_cannot_be_combined_is_refused(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(RunSpecError, match=message):
        make_design(spec(**sections))


@pytest.mark.parametrize("order", ["shift-0", "shift-x", "all-shifts", "shuffled"])
def test_an_order_that_there_is_not_names_those_there_are(order: str) -> None:
    with pytest.raises(RunSpecError, match=r"asking.option_order: found .*'cyclic'.* or a shift by so many options"):
        spec(asking={"option_order": order})


def test_an_abstention_that_a_survey_has_as_an_answer_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "town.toml"
    place.write_text(
        'id = "town"\ntitle = "Town"\n[[items]]\nid = "car"\ntext = "Did they reply?"\n'
        'options = [{code = 1, text = "Yes"}, {code = 2, text = "No answer"}]\n',
        encoding="utf-8",
    )
    with pytest.raises(RunSpecError, match=r"asking.abstain: item 'car' has an option 'No answer' that counts"):
        make_design(spec(survey=str(place), asking={"abstain": "offered"}))
