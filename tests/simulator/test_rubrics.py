"""Rubrics are data: those that come with us, files of one's own, and every fault of a file named at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.errors import RunSpecError
from simulator.judges.catalog import find_rubric, rubric_names
from simulator.judges.rubric_source import rubric_from_data

GOOD = """
id = "tone"
title = "Tone"
sees = ["reply"]
verdict_marker = "Verdict:"
rationale_marker = "Reasons:"
[[criteria]]
id = "polite"
title = "politeness"
definition = "A reply is polite if nobody is insulted in it."
question = "Is it polite?"
labels = [{id = "yes", text = "Yes"}, {id = "no", text = "No"}]
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(RunSpecError) as caught:
        find_rubric(written(folder, text))
    assert str(caught.value).startswith(f"{folder}/mine.toml: {len(caught.value.faults)} fault")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("name", rubric_names())
def test_built_in_rubric_is_made_again_from_what_the_record_holds(name: str) -> None:
    rubric = find_rubric(name)
    again = rubric_from_data(json.loads(json.dumps(rubric.as_json())), "the record")
    assert again == rubric
    assert again.content_hash == rubric.content_hash
    assert rubric.id == name
    assert set(rubric.languages) >= {"en", "zh"}


def test_the_six_faults_are_asked_with_one_polarity_and_each_is_defined() -> None:
    rubric = find_rubric("insensitivity")
    assert [criterion.id for criterion in rubric.criteria] == ["iu", "qc", "rp", "cv", "ff", "ir"]
    for criterion in rubric.criteria:
        assert [(label.id, dict(label.text)) for label in criterion.labels] == [
            ("pass", {"en": "Yes", "zh": "是"}),
            ("fault", {"en": "No", "zh": "否"}),
        ]
        assert criterion.question["en"].startswith("Is the reply free of this fault")
        assert criterion.question["zh"].startswith("这份回答在这一点上是否合格")
        assert len(criterion.definition["en"]) > 100
    assert not {"persona", "memory"} & set(rubric.sees)


def test_rubrics_of_the_published_order_differ_in_order_and_reading_only() -> None:
    ours, first, code = (find_rubric(f"insensitivity{end}") for end in ("", "-label-first", "-code"))
    assert ours.criteria == first.criteria == code.criteria
    assert (ours.order, first.order, code.order) == ("rationale-first", "label-first", "label-first")
    assert (ours.reading, first.reading, code.reading) == ("default", "default", "code")


def test_file_of_ones_own_is_read_with_defaults(tmp_path: Path) -> None:
    rubric = find_rubric(written(tmp_path, GOOD))
    assert (rubric.version, rubric.order, rubric.label_style, rubric.is_rotated, rubric.max_tries) == (
        "1",
        "rationale-first",
        "words",
        True,
        2,
    )
    assert rubric.formats == ("single", "multiple", "scale", "open")


def test_file_may_be_based_on_another_beside_it(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    own = 'id = "harsh"\nbased_on = "mine.toml"\nmax_tries = 1\n[frame.en]\nreply = "What was said:"\n'
    rubric = find_rubric(written(tmp_path, own, "harsh.toml"))
    assert (rubric.id, rubric.max_tries, [one.id for one in rubric.criteria]) == ("harsh", 1, ["polite"])
    assert rubric.frame["en"]["reply"] == "What was said:"
    assert rubric.frame["en"]["question"] == find_rubric("stance").frame["en"]["question"]


def test_circle_of_rubrics_is_broken_with_a_word(tmp_path: Path) -> None:
    written(tmp_path, 'based_on = "b.toml"', "a.toml")
    written(tmp_path, 'based_on = "a.toml"', "b.toml")
    with pytest.raises(RunSpecError, match=r"based on itself, by way of .*break the circle"):
        find_rubric(tmp_path / "a.toml")


def test_every_fault_is_named_at_once_with_place_and_remedy(tmp_path: Path) -> None:
    text = """
languages = ["en", "zh"]
title = "Tone"
sees = ["question", "wallet"]
order = "label-last"
max_tries = 9
rotate = "yes"
colour = "red"
verdict_marker = {en = "Verdict:", zh = "判断："}
[[criteria]]
id = "polite"
title = {en = "politeness", zh = "礼貌"}
question = {en = "Is it polite?", zh = "是否礼貌？"}
labels = [{id = "yes", text = {en = "Yes", zh = "是"}}, {id = "no", text = {en = "yes", zh = "否"}}]
[[criteria]]
id = "polite"
title = {en = "again", zh = "再次"}
definition = {en = "d", zh = "d"}
question = {en = "q", zh = "q"}
labels = "options"
[frame.en]
reply = "What {who} said"
"""
    found = faults_of(tmp_path, text)
    for wanted in (
        'id: is missing; name it: id = "..."',
        "order: 'label-last' is not known; did you mean 'label-first'? allowed: 'rationale-first', 'label-first'",
        "rotate: found 'yes' (a string); give true or false, without quotes",
        "rationale_marker: is missing",
        "key 'colour': is not known",
        "criterion 'polite', definition: is missing",
        "title: has no text in 'zh'",
        "sees: 'wallet' is not known; allowed: 'question', 'options', 'reply', 'persona', 'memory'",
        "sees: does not hold 'reply'",
        "max_tries: 9 is not between 1 and 5",
        "frame.en.reply: unknown placeholder {who}; allowed: none",
        "criterion 'polite': this id is used 2 times",
        "criterion 'polite', label no: the word 'yes' also means label 'yes'",
        "criterion 'polite', labels: options are shown with letters; set label_style = \"letters\"",
    ):
        assert any(fault.startswith(wanted) for fault in found), (wanted, found)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('"Tone"', '{de = "Ton"}', "title: has no text in 'en'"),
        ('"Tone"', '""', "title: the text in 'en' is empty"),
        ('id = "polite"', 'id = "po lite"', "the id holds ' '"),
        ('[{id = "yes", text = "Yes"}, {id = "no", text = "No"}]', "[]", "labels: is empty; offer at least two"),
        ('[{id = "yes", text = "Yes"}, {id = "no", text = "No"}]', '[{id = "yes", text = "Yes"}]', "nothing to choose"),
        ('[{id = "yes", text = "Yes"}, {id = "no", text = "No"}]', '"polarity"', "'polarity' is no set of labels"),
        ('[{id = "yes", text = "Yes"}, {id = "no", text = "No"}]', "7", "labels: found 7 (a whole number)"),
        ('{id = "no", text = "No"}', '{id = "abstain", text = "No"}', "this id is kept for abstention"),
        ('{id = "no", text = "No"}', '{id = "no", text = "No", also = ["Nope"]}', "give a table of lists by language"),
        ('sees = ["reply"]', 'sees = ["reply", "reply"]', "sees: 'reply' is listed 2 times"),
        ('sees = ["reply"]', 'sees = ["reply"]\nlanguages = ["fr"]', "frame.fr.system: is missing"),
        (
            'sees = ["reply"]',
            'sees = ["reply"]\nreading = "code"\nformats = ["essay"]',
            "formats: 'essay' is not known",
        ),
        ('title = "Tone"', 'title = "Tone"\nbased_on = 3', "based_on is no text"),
        ('title = "Tone"', 'title = "Tone', "correct the TOML there"),
    ],
)
def test_fault_is_named(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    assert old in GOOD
    with pytest.raises(RunSpecError) as caught:
        find_rubric(written(tmp_path, GOOD.replace(old, new)))
    assert wanted in str(caught.value)


def test_frame_that_is_no_table_is_named_also_where_a_rubric_is_based_on_another(tmp_path: Path) -> None:
    found = faults_of(tmp_path, 'id = "own"\nbased_on = "stance"\nframe = "plain"\n')
    assert found == ["frame: found 'plain' (a string); give a table of tables by language, such as [frame.en]"]


def test_unknown_rubric_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(RunSpecError, match="there is no rubric 'stanze'; did you mean 'stance'"):
        find_rubric("stanze")
    with pytest.raises(RunSpecError, match="there is no such file; give the path of a rubric file"):
        find_rubric(tmp_path / "none.toml")
