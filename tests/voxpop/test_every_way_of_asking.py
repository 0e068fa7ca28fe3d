"""Every format, language, answer format, order, label set, style and memory policy through the whole path.

Known-truth respondents say what they meant to answer; whatever way they were asked, the record must say the same.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import voxpop as vp
from simulator.store.reader import Reader
from voxpop.running import launch
from voxpop.spec import make_spec
from voxpop.transcript import make_transcript

SURVEY = Path(__file__).resolve().parent.parent / "data" / "everything.toml"
STYLES = ("default", "plain", "citizen", "research")


def run(folder: Path, **sections: Any) -> Path:
    record = folder / "record.sqlite"
    spec = make_spec(
        {"seed": 9, "survey": str(SURVEY), "population": {"n": 8, "strategies": ["city+demographic"]}, **sections}
    )
    launch(spec, record, replace=True)
    return record


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
@pytest.mark.parametrize("answer_format", ["label", "explained", "structured"])
def test_every_reply_is_read_in_every_language_and_format(tmp_path: Path, language: str, answer_format: str) -> None:
    for style in STYLES:
        for labels in ("numbers", "numbers-from-0", "letters", "lowercase", "roman"):
            record = run(
                tmp_path,
                asking={
                    "language": language,
                    "answer_format": answer_format,
                    "labels": labels,
                    "option_order": "random-per-item",
                    "style": style,
                },
            )
            with Reader(record) as reader:
                counts = reader.progress().by_status
                wrong = [answer for answer in reader.answers() if answer.status in ("unparsed", "error", "refused")]
            assert not wrong, f"{style} {labels}: {wrong[:3]}"
            assert set(counts) <= {"answered", "dont_know", "not_applicable"}


def test_what_a_respondent_means_does_not_depend_on_how_they_are_asked(tmp_path: Path) -> None:
    """Without planted biases the probability of every option is the same, whatever the order, labels or prompt
    style.
    """
    found = []
    ways: list[dict[str, str]] = [
        {},
        {"option_order": "reversed"},
        {"option_order": "random", "labels": "lowercase"},
        {"answer_format": "explained", "style": "citizen"},
    ]
    for number, way in enumerate(ways):
        asking = {"labels": "letters", **way}
        record = run(tmp_path / str(number), asking=asking, probe={"name": "token-logit"}, memory={"kind": "none"})
        with Reader(record) as reader:
            found.append({(at.respondent, at.item): at.probabilities for at in reader.answers() if at.probabilities})
    assert len(found[0]) == 3 * 8
    for other in found[1:]:
        assert other == {key: pytest.approx(shares, abs=2e-3) for key, shares in found[0].items()}


def test_memory_policies_as_arms_within_personas(tmp_path: Path) -> None:
    record = run(tmp_path, design="within", arms={"memory": ["none", "full", "window", "random-prune"]})
    with Reader(record) as reader:
        assert reader.run().n_respondents == 32
        personas = Counter(row.persona_id for row in reader.respondents())
        assert set(personas.values()) == {4}
        longest = {}
        for row in reader.respondents():
            kind = reader.conditions()[row.condition].settings["memory"]["kind"]
            remembered = [len(exchange.remembered) for exchange in reader.exchanges(row.number)]
            longest[kind] = max(longest.get(kind, 0), *remembered)
    assert longest["none"] == 0
    assert longest["full"] == longest["window"] == 4
    by_memory = vp.compare(record, by="memory", resamples=49)
    assert [arm.name for arm in by_memory.arms] == ["none", "full", "window", "random-prune"]


def test_samples_give_probabilities(tmp_path: Path) -> None:
    record = run(tmp_path, probe={"samples": 10})
    with Reader(record) as reader:
        answers = [answer for answer in reader.answers() if answer.probabilities is not None]
        exchange = next(iter(reader.exchanges()))
    assert len(exchange.samples) == 9
    assert len(answers) == 3 * 8
    for answer in answers:
        assert answer.probabilities is not None
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        assert all(round(10 * share, 6) == round(10 * share) for share in answer.probabilities.values())


def test_skip_rules_show_in_the_transcript(tmp_path: Path) -> None:
    record = run(tmp_path)
    with Reader(record) as reader:
        transcripts = [make_transcript(reader, f"r{number:04d}") for number in range(8)]
    for transcript in transcripts:
        turns = {turn.item: turn for turn in transcript.turns}
        assert (turns["open"].status == "answered") == (turns["single"].codes == (1,))
