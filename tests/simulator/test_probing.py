"""All probes on one presentation: known-truth respondents tell one distribution by each, and the record keeps it."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

from simulator.conditions import Condition, condition_from_json
from simulator.engines.base import Capability
from simulator.engines.replay import ReplayEngine
from simulator.engines.scripted import ScriptedEngine
from simulator.engines.synthetic import synthetic_from_options
from simulator.errors import MissingCapability, RunSpecError
from simulator.fieldwork import Task, check_capabilities
from simulator.interview import Progress, present_current, read_reply, request_for
from simulator.positions import as_recorded, scores_from_json, scores_to_json
from simulator.store.reader import Reader
from voxpop.planning import make_design
from voxpop.running import launch
from voxpop.spec import make_spec

TRUTH = {"off_mass": 0.1, "second_spelling": 0.3, "refusal": 0.05, "first_option": 0.1}


def spec(**probe: Any) -> Any:
    return make_spec(
        {
            "name": "probing",
            "survey": {"limit": 4},
            "population": {"n": 6, "strategies": ["city"]},
            "memory": {"kind": "none"},
            "probe": probe,
            "engine": {"name": "synthetic", **TRUTH},
        }
    )


def answers(record: Path) -> list[Any]:
    with Reader(record) as reader:
        return list(reader.answers())


def test_every_probe_finds_the_planted_distribution(tmp_path: Path) -> None:
    plan = spec(name="all", samples=20, sequence_form="text")
    design = make_design(plan)
    engine = synthetic_from_options(TRUTH, seed=plan.seed)
    for interview in list(design.interviews())[:3]:
        for place in range(3):
            progress = Progress(place=place, next_number=place + 1)
            presentation = present_current(interview, progress)
            request = request_for(interview, progress, presentation)
            assert request.asked is not None
            truth = dict(
                zip(
                    (option.code for option in presentation.options),
                    engine.true_distribution(request.asked).answered,
                    strict=True,
                )
            )
            completion = as_recorded(asyncio.run(engine.complete(request)))
            answer = read_reply(interview, presentation, 1, completion)
            found = {row.probe: row for row in answer.probed}
            assert list(found) == ["token-logit", "sequence", "text"]
            # Texts of one token each: 1/perplexity is their probability.
            for probe in ("token-logit", "sequence"):
                assert found[probe].probabilities == pytest.approx(truth, abs=1e-5)
            assert answer.probabilities == found["token-logit"].probabilities
            shares = found["text"].probabilities
            assert shares is not None
            n = len(completion.texts)
            for code, share in truth.items():
                assert abs(shares[code] - share) < 5 * math.sqrt(0.25 / n)


def test_the_length_of_an_answer_flattens_inverse_perplexities_as_worked_out() -> None:
    """A label with its text is three tokens of which the first alone is uncertain: weights are cube roots."""
    plan = spec(name="sequence")
    interview = next(make_design(plan).interviews())
    engine = synthetic_from_options(TRUTH, seed=plan.seed)
    presentation = present_current(interview, Progress())
    request = request_for(interview, Progress(), presentation)
    assert request.asked is not None
    shares = engine.true_distribution(request.asked).answered
    weights = [share ** (1 / 3) for share in shares]
    answer = read_reply(interview, presentation, 1, asyncio.run(engine.complete(request)))
    assert answer.probabilities == pytest.approx(
        {option.code: weight / sum(weights) for option, weight in zip(presentation.options, weights, strict=True)}
    )
    assert answer.probed == ()


def test_labels_that_begin_alike_are_exact_and_refused_otherwise() -> None:
    with pytest.raises(RunSpecError, match="cannot tell label"):
        make_design(
            make_spec({"survey": {"limit": 2}, "asking": {"labels": "roman"}, "probe": {"name": "token-logit"}})
        )
    plan = make_spec(
        {"survey": {"limit": 2}, "asking": {"labels": "roman"}, "probe": {"name": "token-logit", "exact_labels": True}}
    )
    interview = next(make_design(plan).interviews())
    engine = synthetic_from_options({"off_mass": 0.25}, seed=plan.seed)
    presentation = present_current(interview, Progress())
    request = request_for(interview, Progress(), presentation)
    assert request.top_logprobs is None
    assert request.asked is not None
    answer = read_reply(interview, presentation, 1, asyncio.run(engine.complete(request)))
    truth = engine.true_distribution(request.asked).answered
    codes = [option.code for option in presentation.options]
    assert answer.probabilities == pytest.approx(dict(zip(codes, truth, strict=True)))
    assert answer.option_mass == pytest.approx(0.75)


def test_the_record_keeps_scores_and_every_distribution(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(name="all", samples=3), record)
    kept = answers(record)
    assert len(kept) == 24
    assert all(len(answer.probed) == 3 for answer in kept)
    with Reader(record) as reader:
        rows = list(reader.exchanges())
        assert all(condition_from_json(one.settings).probe == "all" for one in reader.conditions())
    texts = [one.text for one in scores_from_json(rows[0].scored)]
    assert texts[:2] == ["1. Not at all like me", " 1. Not at all like me"]
    assert all(scores_to_json(scores_from_json(row.scored)) == row.scored for row in rows)


def test_a_record_is_replayed_with_its_scores(tmp_path: Path) -> None:
    first, again = tmp_path / "first.sqlite", tmp_path / "again.sqlite"
    plan = spec(name="all", samples=3)
    launch(plan, first)
    replayed = make_spec({**plan.as_json(), "engine": {"name": "replay", "record": str(first)}})
    launch(replayed, again)
    assert answers(again) == answers(first)
    engine = ReplayEngine(str(first))
    assert Capability.PROMPT_LOGPROBS in engine.capabilities
    asyncio.run(engine.close())


@pytest.mark.parametrize(
    ("probe", "capability"),
    [
        ({"name": "sequence"}, "prompt_logprobs"),
        ({"name": "all"}, "top_logprobs"),
        ({"name": "token-logit", "exact_labels": True}, "prompt_logprobs"),
    ],
)
def test_an_engine_that_cannot_is_told_before_anything_is_asked(probe: dict[str, Any], capability: str) -> None:
    tasks = [Task(interview) for interview in make_design(spec(**probe)).interviews()]
    engine = ScriptedEngine(lambda _request: "1")
    with pytest.raises(MissingCapability, match=capability):
        check_capabilities(tasks, {"default": engine})


def test_a_condition_recorded_before_there_were_these_probes_is_read() -> None:
    old = Condition("basic", probe="token-logit").as_json()
    for key in ("exact_labels", "sequence_form", "sequence_score"):
        del old[key]
    assert condition_from_json(old) == Condition("basic", probe="token-logit")
