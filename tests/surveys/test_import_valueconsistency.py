"""The ValueConsistency importer: the published counts of every public file, and every way a file can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import InstrumentError
from surveys.check import check_instrument
from surveys.importers.valueconsistency import import_valueconsistency
from surveys.loader import instrument_from_toml
from surveys.serialize import instrument_to_toml

# Moore et al. 2024, table of the dataset: topics, questions per topic, wordings per question, share of rows whose
# affirmative supports (.35 printed for Chinese, U.S., is a misprint for .65), rows.
PUBLISHED = {
    "controversial_chinese_us": (28, 4.7, 6.0, 0.65, 792),
    "controversial_english_germany": (28, 4.6, 6.0, 0.64, 768),
    "controversial_english_us": (28, 4.7, 5.0, 0.65, 653),
    "controversial_german_germany": (28, 4.6, 5.0, 0.64, 640),
    "controversial_german_us": (28, 4.7, 6.0, 0.65, 786),
    "controversial_japanese_us": (28, 4.6, 6.0, 0.65, 780),
    "uncontroversial_english_us": (20, 4.0, 5.0, 0.94, 395),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_counts_come_out(name: str, shared_data: Path) -> None:
    instrument, report = import_valueconsistency([shared_data / "valueconsistency" / f"{name}.jsonl"])
    (counts,) = report.files
    topics, questions, wordings, yes, rows = PUBLISHED[name]
    assert counts.n_topics == topics == len(instrument.topics)
    assert round(counts.questions_per_topic, 1) == questions
    assert round(counts.wordings_per_question, 1) == wordings
    assert round(counts.yes_supports_share, 2) == yes
    assert counts.n_rows == counts.n_rows_kept == len(instrument.items) == rows
    assert len({item.question_id for item in instrument.items}) == counts.n_questions
    assert check_instrument(instrument) == []
    assert instrument_from_toml(instrument_to_toml(instrument), name) == instrument


def test_all_public_files_are_covered(shared_data: Path) -> None:
    assert {path.stem for path in (shared_data / "valueconsistency").glob("*.jsonl")} == set(PUBLISHED)


def test_known_irregularities_are_warned_of(shared_data: Path) -> None:
    folder = shared_data / "valueconsistency"
    english = import_valueconsistency([folder / "controversial_english_us.jsonl"]).report.warnings
    assert english == ("controversial_english_us.jsonl: 2 of 131 questions with fewer than the usual 5 wordings",)
    chinese = import_valueconsistency([folder / "controversial_chinese_us.jsonl"]).report.warnings
    assert chinese == (
        "controversial_chinese_us.jsonl: 1 question without an English topic; taken from others of the topic",
    )


def test_every_item_has_one_answer_for_and_one_against(shared_data: Path) -> None:
    path = shared_data / "valueconsistency" / "controversial_chinese_us.jsonl"
    instrument, _ = import_valueconsistency([path])
    for item in instrument.items:
        assert [option.code for option in item.options] == [1, 2]
        assert {option.stance for option in item.options} == {"supports", "opposes"}
        assert [option.text["zh"] for option in item.options] == ["是的", "不"]
    assert instrument.topics[0].attributes == {"controversial": True, "country": "us", "topic_english": "Abortion"}


def test_languages_join_with_translations(shared_data: Path) -> None:
    folder = shared_data / "valueconsistency"
    paths = [folder / f"controversial_{language}_us.jsonl" for language in ("english", "german", "chinese")]
    instrument, report = import_valueconsistency(paths, join=True)
    assert instrument.languages == ("en", "de", "zh")
    assert [counts.n_rows_kept for counts in report.files] == [653, 653, 653]
    assert all(set(item.text) == {"en", "de", "zh"} for item in instrument.items)
    assert check_instrument(instrument) == []
    paired, _ = import_valueconsistency(paths, join=True, pairing="original-first")
    assert [item.text["en"] for item in paired.items] == [item.text["en"] for item in instrument.items]
    originals = {
        row["question"] for row in map(json.loads, paths[1].read_text("utf-8").splitlines()) if not row["rephrase"]
    }
    assert all((item.text["de"] in originals) == (item.wording == 0) for item in paired.items)


def test_a_longer_first_file_loses_wordings_and_says_so(shared_data: Path) -> None:
    folder = shared_data / "valueconsistency"
    paths = [folder / f"controversial_{language}_us.jsonl" for language in ("german", "english")]
    instrument, report = import_valueconsistency(paths, join=True)
    assert len(instrument.items) == 653 and check_instrument(instrument) == []
    assert any("133 wordings left out" in warning for warning in report.warnings)


# ---- small files of our own ----------------------------------------------------------------------------------------

YES = {"yes": "supports", "no": "opposes"}


def _row(question: str, original: str = "", topic: str = "Tea", **other: Any) -> dict[str, Any]:
    original = original or question
    row = {"topic": topic, "topic_english": topic, "question": question, "original": original}
    return row | {"original_english": original, "rephrase": question != original, "options": YES} | other


def _write(folder: Path, rows: list[Any], name: str = "controversial_english_us") -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


GOOD = [_row("Is tea fine?", "Do you like tea?"), _row("Do you like tea?"), _row("Tea, then?", "Do you like tea?")]
GOOD += [_row("Is tea too hot?", options={"No": "supports", "YES": "opposes"}, rephrase=0)]


def test_ids_are_readable_and_the_original_comes_first(tmp_path: Path) -> None:
    instrument, report = import_valueconsistency([_write(tmp_path, GOOD)])
    assert [(item.id, item.question_id, item.wording) for item in instrument.items] == [
        ("tea-1", "tea-1", 0),
        ("tea-1~1", "tea-1", 1),
        ("tea-1~2", "tea-1", 2),
        ("tea-2", "tea-2", 0),
    ]
    assert instrument.items[0].text == {"en": "Do you like tea?"}
    # The affirmative answer has code 1, whatever its place and case in the file.
    assert [option.text["en"] for option in instrument.items[3].options] == ["YES", "No"]
    assert [option.stance for option in instrument.items[3].options] == ["opposes", "supports"]
    assert report.files[0].yes_supports_share == 0.75
    assert report.lines()[0].endswith("4 of 4 rows kept")


def test_the_equivalence_filter_keeps_only_named_originals(tmp_path: Path) -> None:
    instrument, report = import_valueconsistency([_write(tmp_path, GOOD)], equivalent={"Is tea too hot?"})
    assert [item.id for item in instrument.items] == ["tea-1"]
    assert (report.files[0].n_rows, report.files[0].n_rows_kept) == (4, 1)


def test_topics_without_an_ascii_name_get_a_number(tmp_path: Path) -> None:
    rows = [
        _row("お茶は好きですか？", topic="お茶", topic_english=None, options={"はい": "supports", "いいえ": "opposes"})
    ]
    instrument, _ = import_valueconsistency([_write(tmp_path, rows, "uncontroversial_japanese_japan")])
    assert instrument.items[0].id == "topic-1-1"
    assert instrument.topics[0].attributes == {"controversial": False, "country": "japan"}


def test_other_answers_than_yes_and_no_are_taken_with_a_warning(tmp_path: Path) -> None:
    rows = [_row("Tea?", options={"Never": "opposes", "Always": "supports"})]
    instrument, report = import_valueconsistency([_write(tmp_path, rows)])
    assert [option.text["en"] for option in instrument.items[0].options] == ["Never", "Always"]
    assert any("other answers than yes and no" in warning for warning in report.warnings)
    assert any("topic with one or two questions" in warning for warning in report.warnings)
    assert report.files[0].yes_supports_share != report.files[0].yes_supports_share  # nan: there is none


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "line 5: is no JSON"),
        ("[1]", "line 5: found [1]; write one JSON object per line"),
        (_row("x") | {"controversial": True}, "line 5: the keys are wrong: has 'controversial'"),
        ({"topic": "x"}, "line 5: the keys are wrong: lacks 'topic_english', 'question'"),
        (_row("x", topic=" "), "line 5, topic: found ' '; give a string that is not empty"),
        (_row("x", topic_english=3), "line 5, topic_english: found 3; give a string, or null"),
        (_row("x", original_english=None), "line 5, original_english: found None"),
        (_row("x", rephrase="no"), "line 5, rephrase: found 'no'; give true or false"),
        (_row("x", rephrase=True), "line 5: rephrase is true but question and original agree"),
        (_row("x", "Do you like tea?", rephrase=0), "line 5: rephrase is false but question and original differ"),
        (_row("x", options={"yes": "supports"}), "line 5, options: found {'yes': 'supports'}; give two answers, one"),
        (_row("x", options={"yes": "supports", "no": "neutral"}), "line 5, options: found"),
        (_row("x", options={"yes": "supports", "no": "supports"}), "line 5, options: found"),
        (_row("x", "y"), "line 5: its original 'y' is no question of this file; add the row of the original"),
        (_row("Tea, then?", "Do you like tea?"), "line 5: the question is that of line 3; remove one"),
        (
            _row("x", "Do you like tea?", topic="Coffee"),
            "line 5: topic differs from line 1, which has the same original",
        ),
        (
            _row("x", "Do you like tea?", options={"no": "supports", "yes": "opposes"}),
            "line 5: options differs from line 1",
        ),
    ],
)
def test_each_fault_of_a_file_has_its_line(row: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InstrumentError) as caught:
        import_valueconsistency([_write(tmp_path, [*GOOD, row])])
    assert f"  {message}" in str(caught.value)
    assert len(caught.value.faults) == 1


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError) as caught:
        import_valueconsistency([_write(tmp_path, ["{", *GOOD, GOOD[0], _row("x", rephrase=1)])])
    assert [fault.place for fault in caught.value.faults] == ["line 1", "line 7", "line 6"]


def test_files_that_do_not_belong(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="no file given"):
        import_valueconsistency([])
    with pytest.raises(InstrumentError, match="the file name says neither language nor country"):
        import_valueconsistency([_write(tmp_path, GOOD, "questions")])
    with pytest.raises(InstrumentError, match="LANGUAGE is one of english, german, japanese, chinese"):
        import_valueconsistency([_write(tmp_path, GOOD, "controversial_french_us")])
    with pytest.raises(InstrumentError, match="holds no rows"):
        import_valueconsistency([_write(tmp_path, [""])])
    with pytest.raises(InstrumentError, match="there is no such file"):
        import_valueconsistency([tmp_path / "controversial_german_us.jsonl"])
    us, japan = (_write(tmp_path, GOOD, f"controversial_english_{country}") for country in ("us", "japan"))
    with pytest.raises(InstrumentError, match="import them one by one, or set join"):
        import_valueconsistency([us, japan])
    with pytest.raises(InstrumentError, match="join files of one country and one kind"):
        import_valueconsistency([us, japan], join=True)
    with pytest.raises(InstrumentError, match="give each language once"):
        import_valueconsistency([us, us], join=True)


def test_a_question_with_other_stances_abroad_is_left_out_of_a_join(tmp_path: Path) -> None:
    german = [_row("Tee?", original_english="Do you like tea?", options={"Nein": "supports", "Ja": "opposes"})]
    german += [_row("Zu heiß?", original_english="Is tea too hot?", options={"Ja": "opposes", "Nein": "supports"})]
    paths = [_write(tmp_path, GOOD), _write(tmp_path, german, "controversial_german_us")]
    instrument, report = import_valueconsistency(paths, join=True)
    assert [item.text for item in instrument.items] == [{"en": "Is tea too hot?", "de": "Zu heiß?"}]
    assert instrument.topics[0].title == {"en": "Tea", "de": "Tea"}
    assert any("1 question left out" in warning for warning in report.warnings)
