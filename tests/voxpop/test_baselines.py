"""Baselines carried out for real: scripted, known-truth, and over HTTP; every call counted, every step read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

import voxpop as vp
from simulator.engines.scripted import ScriptedEngine
from simulator.engines.synthetic import SyntheticEngine, synthetic_from_options
from simulator.errors import EngineRefused, EngineUnreachable, RunSpecError
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.forecast import forecast
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec
from voxpop.status import run_status
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
"""
EVERYTHING = Path(__file__).resolve().parent.parent / "data" / "everything.toml"
ALL = ["interview", "critique-single", "critique-list", "average-person"]
TABLES = ("condition", "item", "respondent", "exchange", "answer", "interview")
PLANTED = {"unreadable": 0.15, "refusal": 0.05}


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "town.toml"
    path.write_text(SURVEY, encoding="utf-8")
    return path


def spec(place: Path, names: str | list[str], /, **changes: Any) -> RunSpec:
    names = [names] if isinstance(names, str) else names
    data: dict[str, Any] = {
        "name": "baselines",
        "seed": 8,
        "survey": str(place),
        "population": {"n": 12, "strategy": "city", "country": ["US", "CN"]},
        "protocol": {"list_size": 3},
        "arms": {"protocol": names},
        "fieldwork": {"concurrency": 4},
    }
    return make_spec({**data, **changes})


def scripted(replies: Callable[[Request], str]) -> ScriptedEngine:
    return ScriptedEngine(replies)


def said_by(replies: dict[str, str]) -> Callable[[Request], str]:
    """The reply of each step, whatever the item."""

    def reply(request: Request) -> str:
        assert request.asked is not None
        return replies[request.asked.step]

    return reply


def answers(record: Path, item: int) -> list[tuple[str, tuple[int, ...], str]]:
    with Reader(record) as reader:
        return [(row.status, row.codes, row.reason) for row in reader.answers() if row.item == item]


def roles(record: Path) -> Counter[str]:
    with Reader(record) as reader:
        return Counter(row.role for row in reader.exchanges())


# ---- what is asked and read ------------------------------------------------------------------------------------------


def test_the_revision_is_the_answer(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"respondent": "1", "critic": "2 or so would be wiser.", "reviser": "2"}
    launch(spec(survey, "critique-single"), record, engine=scripted(said_by(replies)))
    assert answers(record, 0) == [("answered", (2,), "label: label 2")] * 12
    # Nobody owns a car, so nobody is asked whether they need it: three items with three calls each.
    assert answers(record, 1)[0][0] == "not_applicable"
    assert roles(record) == {"respondent": 36, "critic": 36, "reviser": 36}


@pytest.mark.parametrize(("vote", "code"), [("1", 1), ("2", 2), ("your first answer", 1)])
def test_the_vote_chooses_between_draft_and_revision(survey: Path, tmp_path: Path, vote: str, code: int) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"respondent": "1", "critic": "One-sided.", "reviser": "2", "voter": vote}
    wanted = spec(survey, "critique-single", protocol={"vote": True})
    launch(wanted, record, engine=scripted(said_by(replies)))
    assert {(status, codes) for status, codes, _ in answers(record, 0)} == {("answered", (code,))}
    with Reader(record) as reader:
        first = next(row for row in reader.answers(0) if row.item == 0)
    assert first.exchange == (1 if code == 1 else 3)
    assert first.reason.endswith("chosen by the vote in exchange 4")


def test_a_vote_that_cannot_be_read_leaves_no_answer(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"respondent": "1", "critic": "One-sided.", "reviser": "2", "voter": "Both have their merits."}
    launch(spec(survey, "critique-single", protocol={"vote": True}), record, engine=scripted(said_by(replies)))
    found = answers(record, 0)
    assert {status for status, _, _ in found} == {"unparsed"}
    assert all(reason.startswith("no_vote: the vote in exchange 6 cannot be read") for _, _, reason in found)
    assert roles(record)["voter"] == 3 * roles(record)["respondent"]


def test_only_what_is_read_is_asked_for_again(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"respondent": "Hm.", "critic": "", "reviser": "It depends."}
    launch(spec(survey, "critique-single"), record, engine=scripted(said_by(replies)))
    n_items = 3 * 12  # the item that depends on another is hidden
    assert roles(record) == {"respondent": n_items, "critic": n_items, "reviser": 3 * n_items}
    assert {status for status, _, _ in answers(record, 0)} == {"unparsed"}


def test_every_entry_of_a_list_is_the_answer_of_one_respondent(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"lister": "1: 1\n2: 1\n3: 1", "critic": "All alike.", "reviser": "1: 1\n2: 2\n3: It depends."}
    launch(
        spec(survey, "critique-list", population={"n": 6, "country": "US"}), record, engine=scripted(said_by(replies))
    )
    assert [(status, codes) for status, codes, _ in answers(record, 0)] == [
        ("answered", (1,)),
        ("answered", (2,)),
        ("unparsed", ()),
    ] * 2
    assert answers(record, 0)[1][2] == "label: label 2; entry 2 in exchange 3 of r0000 (3 entries)"
    # Whoever owns a car is asked on; for the others of the panel the entry does not count.
    assert [status for status, _, _ in answers(record, 1)] == ["answered", "not_applicable", "not_applicable"] * 2
    assert roles(record) == {"lister": 2 * 4, "critic": 2 * 4, "reviser": 2 * 4}
    with Reader(record) as reader:
        panels = [(row.attributes["panel"], row.attributes["entry"]) for row in reader.respondents()]
        assert panels == [("r0000", 1), ("r0000", 2), ("r0000", 3), ("r0003", 1), ("r0003", 2), ("r0003", 3)]
        assert len(reader.interviews()) == 6


@pytest.mark.parametrize(
    ("listed", "statuses", "words"),
    [
        (
            "1: 2\n2: 2",
            ["answered", "answered", "unparsed"],
            "no_entry: the list in exchange 3 of r0000 (2 of 3 entries)",
        ),
        ("1: 2\n2: 2\n3: 2\n4: 1", ["answered"] * 3, "entry 3 in exchange 3 of r0000 (4 entries, cut to 3)"),
        ("Nobody can know.", ["unparsed"] * 3, "no_entry: the list in exchange 5 of r0000 (0 of 3 entries)"),
        ("I'm sorry, I can't answer that.", ["refused"] * 3, "declined: gives no choice"),
    ],
)
def test_padding_and_cutting_are_recorded(
    survey: Path, tmp_path: Path, listed: str, statuses: list[str], words: str
) -> None:
    record = tmp_path / "record.sqlite"
    replies = {"lister": "1: 1\n2: 1\n3: 1", "critic": "All alike.", "reviser": listed}
    wanted = spec(
        survey, "critique-list", population={"n": 3, "country": "US"}, survey={"instrument": str(survey), "limit": 1}
    )
    launch(wanted, record, engine=scripted(said_by(replies)))
    found = answers(record, 0)
    assert [status for status, _, _ in found] == statuses
    assert words in found[-1][2]


def test_a_panel_is_of_one_country_and_the_last_one_takes_who_is_left(survey: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(survey, "critique-list", population={"n": 11, "country": ["US", "CN"], "drawing": "quota"}), record)
    with Reader(record) as reader:
        people = list(reader.respondents())
        answered = Counter(answer.respondent for answer in reader.answers())
    panels: dict[str, list[Any]] = {}
    for row in people:
        panels.setdefault(row.attributes["panel"], []).append(row)
    assert all(len({row.attributes["country"] for row in members}) == 1 for members in panels.values())
    assert all(row.attributes["panel_size"] == len(members) for members in panels.values() for row in members)
    per_country = Counter(row.attributes["country"] for row in people)
    expected = [3] * sum(n // 3 for n in per_country.values()) + [n % 3 for n in per_country.values() if n % 3]
    assert sorted(map(len, panels.values())) == sorted(expected)
    assert set(answered.values()) == {4}


def test_an_average_person_is_asked_about_in_the_third_person(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    arms, protocol = {"language": ["en", "zh"]}, {"name": "average-person"}
    launch(spec(EVERYTHING, "average-person", arms=arms, protocol=protocol), record)
    seen = set()
    for number in range(12):
        transcript = vp.Run(record).transcript(f"r{number:04d}")
        prompt = "\n".join(text for _, text in transcript.turns[0].calls[0].prompt)
        country = transcript.attributes["country"]
        language = transcript.condition["language"]
        name = {"US": {"en": "United States", "zh": "美国"}, "CN": {"en": "China", "zh": "中国"}}[country][language]
        assert name in prompt
        assert transcript.persona == ""
        assert set(transcript.attributes) == {"country"}
        seen.add((language, transcript.condition["protocol"]["form"]))
    assert seen == {(language, form) for language in ("en", "zh") for form in ("survey", "person")}


# ---- counting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vote", [False, True])
def test_the_plan_knows_the_calls_and_the_server_counts_the_same(
    survey: Path, tmp_path: Path, loopback_server: LoopbackServer, vote: bool
) -> None:
    record = tmp_path / "record.sqlite"
    wanted = spec(
        survey,
        ALL,
        population={"n": 25, "country": ["US", "CN"]},
        protocol={"list_size": 3, "vote": vote},
        survey={"instrument": str(survey), "items": ["car", "ways", "home"]},
        engine={"name": "openai_compatible", "base_url": loopback_server.base_url, "model": loopback_server.model},
    )
    plan = forecast(wanted)
    assert plan["calls"] == plan["calls_least"] == plan["calls_expected"]
    assert launch(wanted, record).outcome.is_complete
    status = run_status(record)
    assert loopback_server.seen()["chat_requests"] == status["calls"] == plan["calls"]
    planned = {(one["protocol"], one["role"]): one["calls"] for one in plan["calls_by_role"]}
    made: Counter[tuple[str, str]] = Counter()
    for one in status["calls_by_role"]:
        made[one["protocol"], one["role"]] += one["calls"]
    assert made == planned
    assert ("critique-list", "voter") in planned or not vote
    with Reader(record) as reader:
        assert reader.progress().by_status == {"answered": 25 * 3}
        for number in range(25):
            calls = [call for turn in make_transcript(reader, f"r{number:04d}").turns for call in turn.calls]
            assert calls
            assert all(call.is_verbatim for call in calls)


def test_a_critic_of_the_loopback_server_speaks_in_prose(
    survey: Path, tmp_path: Path, loopback_server: LoopbackServer
) -> None:
    record = tmp_path / "record.sqlite"
    engine = {"name": "openai_compatible", "base_url": loopback_server.base_url, "model": loopback_server.model}
    launch(spec(survey, "critique-list", population={"n": 12, "country": "US"}, engine=engine), record)
    with Reader(record) as reader:
        rows = list(reader.exchanges())
    assert all("\n" in (row.completion or "") for row in rows if row.role in ("lister", "reviser"))
    assert all((row.completion or "").endswith(".") for row in rows if row.role == "critic")


# ---- stopping and going on ------------------------------------------------------------------------------------------


class Stopping(SyntheticEngine):
    """Known-truth respondents whose server goes away after so many calls."""

    def __init__(self, calls: int, failure: BaseException) -> None:
        super().__init__(seed=8)
        self._inner = synthetic_from_options(PLANTED, seed=8)
        self.model = self._inner.model
        self._left = calls
        self._failure = failure

    async def complete(self, request: Request) -> Completion:
        self._left -= 1
        if self._left < 0:
            raise self._failure
        return await self._inner.complete(request)


def planted(survey: Path, **changes: Any) -> RunSpec:
    return spec(
        survey,
        ALL,
        protocol={"list_size": 3, "vote": True},
        population={"n": 20, "country": ["US", "CN"]},
        asking={"option_order": "random", "answer_format": "explained"},
        engine={"name": "synthetic", **PLANTED},
        **changes,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "town.toml").write_text(SURVEY, encoding="utf-8")
    launch(planted(folder / "town.toml"), folder / "record.sqlite")
    return folder / "record.sqlite"


@pytest.mark.parametrize("flush_turns", [1, 500])
@pytest.mark.parametrize("calls", [0, 1, 2, 7, 23, 60, 111, -1])
def test_a_run_cut_off_in_the_middle_of_a_protocol_has_the_tables_of_a_whole_one(
    whole: Path, tmp_path: Path, calls: int, flush_turns: int
) -> None:
    record = tmp_path / "record.sqlite"
    with Reader(whole) as reader:
        calls = calls if calls >= 0 else reader.calls().n_calls - 1
    with pytest.raises(KeyboardInterrupt):
        launch(
            planted(whole.with_name("town.toml")),
            record,
            engine=Stopping(calls, KeyboardInterrupt()),
            flush_turns=flush_turns,
        )
    assert resume(record).outcome.is_complete
    assert rows_of(record, TABLES) == rows_of(whole, TABLES)


@pytest.mark.parametrize("limit", range(1, 60, 7))
def test_a_spent_budget_stops_between_any_two_steps(whole: Path, tmp_path: Path, limit: int) -> None:
    record = tmp_path / "record.sqlite"
    cut = launch(planted(whole.with_name("town.toml"), budget={"calls": limit}), record)
    assert not cut.outcome.is_complete
    with Reader(record) as reader:
        assert reader.calls().n_calls == limit
    assert resume(record, overrides=["budget.calls=none"]).outcome.is_complete
    assert rows_of(record, TABLES) == rows_of(whole, TABLES)


def test_workers_share_panels(whole: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(planted(whole.with_name("town.toml"), fieldwork={"workers": 2}), record)
    assert rows_of(record, TABLES) == rows_of(whole, TABLES)


def test_a_lost_step_is_taken_again(whole: Path, tmp_path: Path) -> None:
    """A call that fails leaves the item open; the steps before it are kept, and the answers are a whole run's."""
    record = tmp_path / "record.sqlite"
    failing = Stopping(40, EngineUnreachable("gone", attempts=5))
    with pytest.raises(EngineUnreachable):
        launch(planted(whole.with_name("town.toml")), record, engine=failing)
    assert resume(record).outcome.is_complete
    with Reader(record) as ours, Reader(whole) as theirs:
        assert {(row.respondent, row.item): (row.status, row.codes) for row in ours.answers()} == {
            (row.respondent, row.item): (row.status, row.codes) for row in theirs.answers()
        }
        drafts = [[row.role for row in reader.exchanges() if row.error_kind is None] for reader in (ours, theirs)]
        assert Counter(drafts[0]) == Counter(drafts[1])
        for row in ours.respondents():
            transcript = make_transcript(ours, f"r{row.number:04d}")
            assert all(call.is_verbatim for turn in transcript.turns for call in turn.calls)


def test_a_step_that_the_engine_refuses_is_an_error_of_everybody(survey: Path, tmp_path: Path) -> None:
    def reply(request: Request) -> str:
        assert request.asked is not None
        if request.asked.step == "critic" and request.asked.item_id == "ways":
            raise EngineRefused("too long a prompt", fatal=False)
        return {"lister": "1: 1\n2: 1\n3: 1", "reviser": "1: 1\n2: 2\n3: 1"}.get(request.asked.step, "All alike.")

    record = tmp_path / "record.sqlite"
    launch(spec(survey, "critique-list", population={"n": 3, "country": "US"}), record, engine=scripted(reply))
    assert {status for status, _, _ in answers(record, 2)} == {"error"}
    assert "too long a prompt" in answers(record, 2)[2][2]
    assert {status for status, _, _ in answers(record, 3)} == {"answered"}


# ---- the spec --------------------------------------------------------------------------------------------------------


def test_arms_that_differ_in_memory_alone_are_one_for_a_baseline(survey: Path) -> None:
    from voxpop.planning import make_design

    crossed = spec(survey, ALL, arms={"protocol": ALL, "memory": ["none", "full", "random-prune"]})
    kinds = Counter(one.protocol.kind for one in make_design(crossed).conditions)
    assert kinds == {"interview": 3, "critique-single": 1, "critique-list": 1, "average-person": 2}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arms": {"protocol": ["critique-sinle"]}}, "did you mean 'critique-single'"),
        ({"arms": {"protocol": ["critique-list"]}, "asking": {"answer_format": "structured"}}, "no structured choice"),
        ({"arms": {"protocol": ["critique-single"]}, "probe": {"samples": 5}}, "reads one text per step"),
        ({"arms": {"protocol": ["critique-single"]}, "probe": {"name": "token-logit"}}, "reads one text per step"),
        ({"protocol": {"name": "average-person", "forms": ["surveys"]}, "arms": {}}, "it has survey, person"),
        ({"protocol": {"name": "mine.toml"}, "arms": {}}, "cannot be read"),
    ],
)
def test_what_cannot_be_combined_is_said(survey: Path, changes: dict[str, Any], words: str) -> None:
    from voxpop.planning import make_design

    with pytest.raises(RunSpecError, match=words):
        make_design(spec(survey, ALL, **changes))


def test_a_persona_without_a_country_takes_that_of_the_population(survey: Path) -> None:
    from voxpop.planning import make_design

    one = make_design(spec(survey, ALL, population={"n": 8, "strategy": "basic", "country": "DE"}))
    found = [(one.conditions[arm].protocol.is_baseline, dict(persona.attributes)) for persona, arm in one.assignment]
    assert {is_baseline for is_baseline, _ in found} == {False, True}
    assert all(attributes == ({"country": "DE"} if is_baseline else {}) for is_baseline, attributes in found)
    with pytest.raises(RunSpecError, match="has no `country`"):
        make_design(spec(survey, ALL, population={"n": 8, "strategy": "basic", "country": ["DE", "US"]}))


def test_users_word_a_protocol_of_their_own(survey: Path, tmp_path: Path) -> None:
    from simulator.protocols.wording import load_wording

    mine = tmp_path / "mine.toml"
    text = Path("simulator/protocols/catalog/critique-single.toml")
    source = (Path(__file__).resolve().parents[2] / text).read_text(encoding="utf-8")
    mine.write_text(source.replace("Look at the answer you have just given.", "What is wrong with it?"), "utf-8")
    record = tmp_path / "record.sqlite"
    launch(spec(survey, str(mine)), record)
    mine.write_text(source, encoding="utf-8")
    load_wording(str(mine))
    with Reader(record) as reader:
        calls = make_transcript(reader, "r0000").turns[0].calls
    assert "What is wrong with it?" in calls[1].question
    assert all(call.is_verbatim for call in calls)


def test_a_record_of_before_holds_interviews() -> None:
    from simulator.conditions import Condition, Protocol, condition_from_json

    old = Condition("city").as_json()
    del old["protocol"]
    assert condition_from_json(old) == Condition("city")
    new = Condition("city", protocol=Protocol("critique-list", "critique-list", 20, vote=True))
    assert condition_from_json(new.as_json()) == new


def test_arms_are_compared_by_protocol(whole: Path) -> None:
    from voxpop.comparing import compare_runs

    found = compare_runs([whole], by="protocol", resamples=9)
    assert sorted(arm.name for arm in found.arms) == sorted(ALL)
    assert {arm.name for arm in compare_runs([whole], by="form", resamples=9).arms} == {"no form", "survey", "person"}


def test_a_finished_run_is_replayed_step_by_step(whole: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    again = planted(whole.with_name("town.toml")).model_copy(update={"name": "again"})
    replayed = again.model_copy(update={"engine": type(again.engine)(name="replay", record=str(whole))})
    launch(replayed, record)
    assert rows_of(record, ("exchange", "answer")) == rows_of(whole, ("exchange", "answer"))
