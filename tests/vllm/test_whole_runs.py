"""Whole runs against a real vLLM: what stands in the record is what the weights say, and prompts share their beginning.

Knows the weights only through a plain forward pass (`reference.py`), the cache only through the server's own counters.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli

import voxpop as vp
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.messages import Message, Request, Settings
from simulator.positions import positions_from_json
from simulator.store.reader import Reader
from surveys.catalog import find_instrument

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("vllm")]

HITS, QUERIES = "vllm:prefix_cache_hits_total", "vllm:prefix_cache_queries_total"
ITEMS = ("Is it good?", "Is it bad?", "Do you like to be outdoors?", "Do you like rules?", "Is the town too loud?")
OPTIONS = ("Yes", "No", "Not sure", "Not at all", "Never", "Now and then", "Often", "Always", "Nearly", "None of these")
RULES = "Think of the last year. Say what you think yourself, not what others expect of you. There is no right answer. "


def survey(instruction: str, n_items: int, n_options: int) -> str:
    options = ", ".join(f'{{code = {code}, text = "{text}"}}' for code, text in enumerate(OPTIONS[:n_options], 1))
    items = "".join(
        f'[[items]]\nid = "q{place}"\nformat = "single"\ntext = "{text}"\noptions = [{options}]\n'
        for place, text in enumerate(ITEMS[:n_items])
    )
    return f'id = "mine"\ntitle = "Mine"\ninstruction = "{instruction}"\n{items}'


def placed(server: Any) -> tuple[str, ...]:
    """What the command line is told of the server."""
    place = ("--engine", "openai_compatible", "--base-url", server.base_url, "--model", server.model)
    return (*place, "--set", "engine.dialect=vllm", "--set", "engine.timeout_seconds=300")


def run(cli: Cli, server: Any, name: str, text: str, *typed: str) -> Path:
    """A run by the command line; the record. A model of random weights seldom says what can be read: one try each."""
    Path("s.toml").write_text(text, encoding="utf-8")
    asked = ("run", "--survey", "s.toml", "--name", name, *placed(server), "--set", "asking.max_tries=1")
    told = cli(*asked, "--set", "memory.kind=none", "--set", "settings.max_tokens=2", *typed)
    assert told.status == 0, told.err
    return Path("runs") / name / "record.sqlite"


def exact_labels(rows: Sequence[Sequence[tuple[int, float]]], n_options: int) -> list[float]:
    """By option how likely a reply begins with its label and not with a longer one, from tokens of both spellings."""
    paths = {tuple(token for token, _ in row): math.exp(sum(p for _, p in row)) for row in rows}
    own = dict(paths)
    for path, probability in paths.items():
        shorter = [path[:length] for length in range(1, len(path)) if path[:length] in paths]
        if shorter:  # the longest label before it loses what goes on to this one
            own[shorter[-1]] -= probability
    spelled = [tuple(token for token, _ in row) for row in rows]
    return [sum(own[path] for path in {spelled[2 * place], spelled[2 * place + 1]}) for place in range(n_options)]


def test_every_probe_of_a_run_recorded_what_the_weights_say(cli: Cli, vllm_server: Any, reference: Any) -> None:
    n_options = 10
    probe = ("--set", "probe.name=all", "--set", "probe.exact_labels=true", "--set", "probe.samples=4")
    record = run(cli, vllm_server, "probed", survey("Answer.", 2, n_options), "--n", "1", *probe)
    with Reader(record) as reader:
        answers = list(reader.answers())
    calls = [turn.calls[0] for turn in vp.Run(record).transcript("r0000").turns]
    assert len(answers) == len(calls) == 2
    assert all(call.is_verbatim for call in calls)
    labels = [str(place) for place in range(1, n_options + 1)]
    whole = [f"{label}. {text}" for label, text in zip(labels, OPTIONS, strict=True)]
    texts = [blank + text for text in (*labels, *whole) for blank in ("", " ")]
    questions = [{"messages": [list(message) for message in call.prompt], "texts": texts} for call in calls]
    for answer, truth in zip(answers, reference(questions), strict=True):
        found = {row.probe: row for row in answer.probed}
        assert set(found) == {"token-logit", "sequence", "text"}
        masses = exact_labels(truth["texts"][: 2 * n_options], n_options)
        assert found["token-logit"].option_mass == pytest.approx(sum(masses), rel=1e-3)
        assert found["token-logit"].probabilities == pytest.approx(
            {place: mass / sum(masses) for place, mass in enumerate(masses, 1)}, rel=1e-3
        )
        inverse = [math.exp(sum(p for _, p in row) / len(row)) for row in truth["texts"][2 * n_options :]]
        both = [inverse[2 * place] + inverse[2 * place + 1] for place in range(n_options)]
        assert found["sequence"].probabilities == pytest.approx(
            {place: value / sum(both) for place, value in enumerate(both, 1)}, rel=1e-3
        )
        assert answer.probabilities == found["token-logit"].probabilities
        assert sum(found["text"].probabilities.values()) == pytest.approx(1)


def test_twenty_alternatives_are_those_of_the_weights(cli: Cli, vllm_server: Any, reference: Any) -> None:
    """What the server lists for the first position; where no label is among it, no distribution is made up."""
    record = run(cli, vllm_server, "listed", survey("Answer.", 2, 4), "--n", "1", "--set", "probe.name=token-logit")
    with Reader(record) as reader:
        answers, exchanges = list(reader.answers()), list(reader.exchanges())
    calls = [turn.calls[0] for turn in vp.Run(record).transcript("r0000").turns]
    truths = reference([{"messages": [list(message) for message in call.prompt], "texts": []} for call in calls])
    for answer, exchange, truth in zip(answers, exchanges, truths, strict=True):
        likeliest = sorted((logprob for _, logprob in truth["first"]), reverse=True)
        listed = sorted((logprob for _, logprob in positions_from_json(exchange.positions)[0].top), reverse=True)
        assert listed[:19] == pytest.approx(likeliest[:19], abs=1e-3)
        if answer.probabilities is None:
            assert "no_label" in answer.reason
        else:
            assert sum(answer.probabilities.values()) == pytest.approx(1)


def shared_share(server: Any, ask: Callable[[], object]) -> float:
    """The share of prompt tokens that the server found in its prefix cache while `ask` went on."""
    before = server.metric(HITS), server.metric(QUERIES)
    ask()
    hits, queries = server.metric(HITS) - before[0], server.metric(QUERIES) - before[1]
    assert queries > 0
    return float(hits / queries)


def asked_alone(server: Any, prompts: Sequence[str]) -> None:
    """These prompts one after the other."""

    async def talk() -> None:
        engine = OpenAICompatibleEngine(server.model, server.base_url, dialect="vllm", timeout_seconds=300.0)
        try:
            for prompt in prompts:
                await engine.complete(Request((Message("user", prompt),), Settings(temperature=0.0, max_tokens=1)))
        finally:
            await engine.close()

    asyncio.run(talk())


def test_the_server_reuses_what_all_questions_to_a_respondent_begin_with(cli: Cli, vllm_server: Any) -> None:
    """Persona and instructions stand first, so that four of five questions find them in the cache."""
    text = survey(RULES * 12, 5, 4)
    record = Path("runs/cached/record.sqlite")
    first = shared_share(vllm_server, lambda: run(cli, vllm_server, "cached", text, "--n", "2"))
    transcripts = [vp.Run(record).transcript(name) for name in ("r0000", "r0001")]
    prompts = [turn.calls[0].prompt for transcript in transcripts for turn in transcript.turns]
    assert all([role for role, _ in prompt] == ["system", "user"] for prompt in prompts)
    # The same words with the question before persona and instructions.
    last = shared_share(
        vllm_server, lambda: asked_alone(vllm_server, [f"{user}\n\n{system}" for (_, system), (_, user) in prompts])
    )
    # The same prompts behind a beginning that is another every time.
    numbered = [f"No. {place}.\n{system}\n\n{user}" for place, ((_, system), (_, user)) in enumerate(prompts)]
    changed = shared_share(vllm_server, lambda: asked_alone(vllm_server, numbered))
    assert first > 0.5
    assert last < first / 3
    assert changed < first / 3


def test_the_doctor_finds_that_every_capability_works(cli: Cli, vllm_server: Any) -> None:
    told = cli("doctor", *placed(vllm_server), "--json")
    assert told.status == 0, told.out
    found = {check["check"].partition(": ")[2]: check for check in json.loads(told.out)["checks"]}
    capabilities = ("sampling", "seed", "top_logprobs", "prompt_logprobs", "structured_choice", "beam_search")
    for name in ("answer", *capabilities, "assistant_prefix", "raw_completion"):
        assert found[name]["works"] is True, found[name]


def test_a_built_in_survey_is_probed_in_every_language(cli: Cli, vllm_server: Any) -> None:
    """Options of many bytes each, in the tokenizer's halves of signs: a distribution for every item."""
    languages = find_instrument("portrait-values").languages
    asked = ("run", "--survey", "portrait-values", "--name", "languages", *placed(vllm_server), "--n", "1")
    arms = ("--set", f"arms.language={json.dumps(list(languages))}", "--set", "survey.limit=1")
    whole = ("--set", "probe.name=sequence", "--set", "settings.max_tokens=2", "--set", "asking.max_tries=1")
    told = cli(*asked, *arms, *whole, "--set", "design=within")
    assert told.status == 0, told.err
    with Reader(Path("runs/languages/record.sqlite")) as reader:
        answers = list(reader.answers())
    assert len(answers) == len(languages)
    for answer in answers:
        assert answer.probabilities is not None
        assert sum(answer.probabilities.values()) == pytest.approx(1)
