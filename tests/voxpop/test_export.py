"""Exports read back by other programs' readers hold the same answers."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyreadstat
import pytest
import strategies_store as rows
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from records_by_hand import INSTRUMENT, RESPONDENTS, TURNS, write_by_hand

from analysis.responses import answers_frame, respondents_frame
from analysis.spreadsheet import DANGEROUS, guard, unguard
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import ConditionRow, ItemRow, RunRow
from simulator.store.writer import Writer
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.serialize import instrument_to_json, item_to_json
from voxpop.export import export, read_export
from voxpop.spss_missing import REASONS, reason_codes
from voxpop.spss_names import RESERVED, spss_names


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "record.sqlite"
    write_by_hand(path)
    return path


def exported(record: Path, path: Path, file_format: str | None = None) -> Path:
    with Reader(record) as reader:
        rows = export(reader, path, file_format)
    assert rows == (3 if path.suffix == ".sav" or file_format == "csv-wide" else 15)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return path


def frame_of(record: Path) -> pd.DataFrame:
    with Reader(record) as reader:
        return answers_frame(reader, attributes=True)


# ---- long ------------------------------------------------------------------------------------------------------------


def test_parquet_is_the_frame(record: Path, tmp_path: Path) -> None:
    path = exported(record, tmp_path / "answers.parquet")
    pd.testing.assert_frame_equal(read_export(path), frame_of(record))


def test_csv_reads_back_with_the_standard_reader(record: Path, tmp_path: Path) -> None:
    path = exported(record, tmp_path / "answers.csv")
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [(row["respondent"], row["item"]) for row in found] == [
        (f"r{turn.answer.respondent:04d}", INSTRUMENT.items[turn.answer.item].id) for turn in TURNS if turn.answer
    ]
    assert [row["status"] for row in found] == [turn.answer.status for turn in TURNS if turn.answer]
    assert found[4]["text"] == "because = 1\x00\n"
    assert {row["attr_city"] for row in found} == {"Cairo", "Köln", "'=1+1"}
    assert found[0]["p_1"] == "0.75"
    assert found[5]["p_1"] == ""


def test_csv_reads_back_exactly(record: Path, tmp_path: Path) -> None:
    found, frame = read_export(exported(record, tmp_path / "answers.csv")), frame_of(record)
    assert list(found.columns) == list(frame.columns)
    for name in frame.columns:
        read, meant = found[name], frame[name]
        if name in ("wording", "condition", "memory_length", "memory_bound", "beams", "code", "exchange"):
            assert read.astype("Int64").equals(meant.astype("Int64")), name
        elif pd.api.types.is_float_dtype(meant.dtype):
            assert read.equals(meant.astype("float64")), name
        else:
            texts = meant.astype(object).where(meant.notna(), None)
            told = [None if one is None else str(one).lower() if isinstance(one, bool) else str(one) for one in texts]
            assert [None if pd.isna(one) else one for one in read] == told, name


def test_json_lines(record: Path, tmp_path: Path) -> None:
    path = exported(record, tmp_path / "answers.jsonl")
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(found) == 15
    first = found[0]
    assert (first["respondent"], first["item"], first["code"], first["score"]) == ("r0000", "tax-1", 1, 1.0)
    assert (first["p_1"], first["option_mass"], first["attr_age"]) == (0.75, 0.9, 30)
    assert first["reverse_keyed"] is False
    assert "codes" not in first
    assert found[4]["text"] == "because = 1\x00\n"
    assert found[9]["text"] == "half \\ud800 a pair"
    assert "NaN" not in path.read_text()
    assert len(read_export(path)) == 15


# ---- wide ------------------------------------------------------------------------------------------------------------


def test_wide_csv(record: Path, tmp_path: Path) -> None:
    path = exported(record, tmp_path / "answers.csv", "csv-wide")
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [row["respondent"] for row in found] == ["r0000", "r0001", "r0002"]
    assert [row["mood"] for row in found] == ["4", "9", ""]
    assert [row["mood:status"] for row in found] == ["answered", "dont_know", "unparsed"]
    assert [row["media"] for row in found] == ["1;3", "3", ""]
    assert [row["why:status"] for row in found] == ["answered", "answered", "not_applicable"]
    assert [row["weight"] for row in found] == ["1", "3", "0.5"]
    assert read_export(path, "csv-wide")["attr_city"].tolist() == ["Cairo", "Köln", "=1+1"]
    assert found[2]["attr_city"] == "'=1+1"
    assert [row["disposition"] for row in found] == ["complete"] * 3


def test_spss(record: Path, tmp_path: Path) -> None:
    path = exported(record, tmp_path / "answers.sav")
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert frame["respondent"].tolist() == ["r0000", "r0001", "r0002"]
    assert frame["weight"].tolist() == [1.0, 3.0, 0.5]
    assert frame["attr_age"].tolist()[0::2] == [30.0, 71.0]
    assert pd.isna(frame["attr_age"][1])
    labels = meta.column_names_to_labels
    assert labels["tax_1"] == "[tax-1] =tax-1?"
    assert labels["tax_1_1"] == "[tax-1~1] =tax-1~1?"
    assert labels["media_2"] == "[media=2] Television"
    assert labels["attr_city"] == "persona: city"
    assert frame["tax_1"].tolist() == [1.0, 2.0, -5.0]
    assert meta.variable_value_labels["tax_1"] == {1.0: "Yes", 2.0: "No"} | {
        -float(n): reason for n, reason in enumerate(REASONS, start=1)
    }
    assert frame["mood"].tolist() == [4.0, 9.0, -4.0]
    assert frame[["media_1", "media_2", "media_3"]].to_numpy().tolist() == [[1, 0, 1], [0, 0, 1], [-1, -1, -1]]
    assert frame["why"].tolist() == ["because = 1␀\n", "half \\ud800 a pair", ""]
    assert frame["why_status"].tolist() == [0.0, 0.0, -3.0]
    assert meta.variable_measure["mood"] == "ordinal"
    plain, _ = pyreadstat.read_sav(path)
    assert plain["tax_1"].isna().tolist() == [False, False, True]
    assert plain["mood"].isna().tolist() == [False, True, True]
    assert plain["media_1"].isna().tolist() == [False, False, True]


def _meant(turn: rows.TurnRows) -> tuple[str, tuple[int, ...]]:
    assert turn.answer is not None
    return turn.answer.status, turn.answer.codes


options_with_missing = st.lists(
    st.tuples(st.integers(-12, 12), st.sampled_from([None, None, "dont_know", "refused"])),
    min_size=1,
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_answers_survive_spss(data: st.DataObject) -> None:
    items, turns = [], []
    for place in range(3):
        found = data.draw(options_with_missing)
        options = tuple(ResponseOption(code, {"en": f"Option {code}"}, missing=missing) for code, missing in found)
        items.append(Item(f"q{place}", {"en": "Well?"}, ResponseFormat.SINGLE, options, question_id=f"q{place}"))
        code, missing = data.draw(st.sampled_from(found))
        if data.draw(st.booleans()):
            turns.append(rows.TurnRows((), rows.AnswerRow(0, place, None, missing or "answered", (code,))))
        else:
            turns.append(rows.TurnRows((), rows.AnswerRow(0, place, None, data.draw(st.sampled_from(REASONS)))))
    instrument = Instrument("any", {"en": "Any"}, tuple(items))
    with TemporaryDirectory() as folder:
        record, path = Path(folder) / "record.sqlite", Path(folder) / "answers.sav"
        run = RunRow("any", 1, {}, {}, instrument_to_json(instrument), "", 1)
        stored = [ItemRow(n, item.id, item_to_json(item), "") for n, item in enumerate(items)]
        with Writer.create(record, run, [ConditionRow(0, {})], stored) as writer:
            writer.append_respondents([rows.plain_respondent(0)])
            for turn in turns:
                writer.append_turn(turn)
        with Reader(record) as reader:
            export(reader, path)
        frame, _ = pyreadstat.read_sav(path, user_missing=True)
    for item, turn in zip(items, turns, strict=True):
        value = int(frame[item.id][0])
        reason = {code: name for name, code in reason_codes(item.options).code.items()}
        offered = {option.code: option.missing or "answered" for option in item.options}
        read = (reason[value], ()) if value in reason else (offered[value], (value,))
        assert read == _meant(turn)


@given(options_with_missing)
@example([(1, None), (8, "dont_know"), (9, "refused")])
@example([(1, None), (-1, "dont_know"), (-2, "refused")])
def test_reason_codes_are_free_and_declared_missing(found: list[tuple[int, str | None]]) -> None:
    options = tuple(ResponseOption(code, {}, missing=missing) for code, missing in found)  # type: ignore[arg-type]
    codes, missing = reason_codes(options)
    assert set(codes.values()).isdisjoint(option.code for option in options)
    span, *further = missing

    def is_missing(code: int) -> bool:
        return span["lo"] <= code <= span["hi"] or code in further

    assert all(is_missing(code) for code in codes.values())
    assert not any(is_missing(option.code) for option in options if option.missing is None)
    offered = [option.code for option in options if option.missing is not None]
    valid = [option.code for option in options if option.missing is None] or [0]
    if len(offered) < 2 or min(offered) > max(valid) or max(offered) < min(valid):
        assert all(is_missing(code) for code in offered)


@given(st.lists(st.text(max_size=80), max_size=12))
@example(["with", "WITH", "q1", "Q1", "1st", "_x", "", "é", "a" * 70, "a" * 71, "q.", "tax~1", "tax-1"])
def test_spss_names_are_valid(names: list[str]) -> None:
    found = spss_names(names)
    assert len({name.upper() for name in found}) == len(names) == len(found)
    for name in found:
        assert name.isascii()
        assert 1 <= len(name) <= 64
        assert name[0].isalpha()
        assert name[-1] not in "._"
        assert name.upper() not in RESERVED


def test_long_texts_and_labels_are_cut_for_spss(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    option = ResponseOption(1, {"en": "ä" * 200})
    item = Item("q" * 90, {"en": "é" * 400}, ResponseFormat.SINGLE, (option,), question_id="q" * 90)
    why = Item("why", {"en": "Why?"}, ResponseFormat.OPEN, (), question_id="why")
    instrument = Instrument("long", {"en": "Long"}, (item, why))
    run = RunRow("x" * 200, 1, {}, {}, instrument_to_json(instrument), "", 1)
    stored = [ItemRow(n, one.id, item_to_json(one), "") for n, one in enumerate(instrument.items)]
    with Writer.create(record, run, [ConditionRow(0, {})], stored) as writer:
        writer.append_respondents([rows.plain_respondent(0)])
        writer.append_turn(rows.TurnRows((), rows.AnswerRow(0, 0, None, "answered", (1,))))
        writer.append_turn(rows.TurnRows((), rows.AnswerRow(0, 1, None, "answered", text="ß" * 40_000)))
    with Reader(record) as reader:
        export(reader, tmp_path / "a.sav")
    frame, meta = pyreadstat.read_sav(tmp_path / "a.sav")
    name = frame.columns[-3]
    assert len(name) == 64
    assert meta.column_names_to_labels[name].endswith("é…")
    assert meta.variable_value_labels[name][1.0] == "ä" * 58 + "…"
    assert frame["why"][0] == "ß" * 15_998 + "…"


# ---- formulas --------------------------------------------------------------------------------------------------------


@given(st.text(st.characters()))
@example("=cmd|' /C calc'!A0")
@example("'=1")
@example("''")
@example("\t=1")
def test_guard_can_be_undone_and_leaves_no_formula(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert guarded.startswith("'") or not DANGEROUS.match(text)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'", ",", '"', "\n", "a", "\x00", " "]), max_size=6))
def test_no_text_of_a_csv_begins_like_a_formula(marks: list[str]) -> None:
    text = "".join(marks)
    with TemporaryDirectory() as folder:
        record = Path(folder) / "record.sqlite"
        _write_with_text(record, text)
        for file_format in ("csv", "csv-wide"):
            path = Path(folder) / f"{file_format}.csv"
            with Reader(record) as reader:
                export(reader, path, file_format)
            with path.open(newline="", encoding="utf-8") as file:
                cells = [cell for row in csv.reader(file) for cell in row]
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in cells)
            assert not any(cell.startswith("-") and not cell[1:].isdigit() for cell in cells)
            found = read_export(path, file_format)
            column = found["text"][4] if file_format == "csv" else found["why"][0]
            assert column == text
            assert found[f"attr_{text}x"][0] == text


def _write_with_text(path: Path, text: str) -> None:
    run = RunRow("text", 7, {}, {}, instrument_to_json(INSTRUMENT), "", 1)
    items = [ItemRow(n, item.id, item_to_json(item), "hash") for n, item in enumerate(INSTRUMENT.items)]
    with Writer.create(path, run, [ConditionRow(0, {"style": text})], items) as writer:
        writer.append_respondents([replace(RESPONDENTS[0], attributes={f"{text}x": text}, persona_id=text)])
        for turn in TURNS[:5]:
            assert turn.answer is not None
            is_open = INSTRUMENT.items[turn.answer.item].format == ResponseFormat.OPEN
            writer.append_turn(replace(turn, answer=replace(turn.answer, text=text if is_open else None)))


# ---- where to --------------------------------------------------------------------------------------------------------


def test_existing_file_is_kept_unless_forced(record: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("mine")
    with Reader(record) as reader:
        with pytest.raises(RunSpecError, match="exists already; choose another name, or overwrite it with --force"):
            export(reader, path)
        assert path.read_text() == "mine"
        assert export(reader, path, force=True) == 15
    assert path.read_text() != "mine"


def test_unknown_format_and_ending(record: Path, tmp_path: Path) -> None:
    with Reader(record) as reader:
        with pytest.raises(RunSpecError, match=r"the ending '\.xlsx' of answers\.xlsx.*csv-wide, parquet, jsonl, sav"):
            export(reader, tmp_path / "answers.xlsx")
        with pytest.raises(RunSpecError, match="format 'stata'"):
            export(reader, tmp_path / "answers.csv", "stata")


def test_place_that_cannot_be_written(record: Path, tmp_path: Path) -> None:
    with Reader(record) as reader:
        with pytest.raises(RunSpecError, match="there is no folder"):
            export(reader, tmp_path / "none" / "answers.csv")
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(RunSpecError, match="is a folder"):
            export(reader, tmp_path / "folder.csv")
        with pytest.raises(RunSpecError, match="is the record itself"):
            export(reader, record, "csv", force=True)
        with pytest.raises(RunSpecError, match="cannot be written"):
            export(reader, Path("/proc/answers.csv"))


ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
import analysis.answer_frame, pyarrow.csv, pyarrow.parquet, pyreadstat  # loaded before files are kept small
from simulator.errors import VoxpopError
from simulator.store.reader import Reader
from voxpop.export import export
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for name in ("a.csv", "a.parquet", "a.jsonl", "a.sav"):
    path = Path(sys.argv[2]) / name
    path.write_text("mine")
    try:
        with Reader(Path(sys.argv[1])) as reader:
            export(reader, path, force=True)
        print(name, "written")
    except VoxpopError as error:
        print(name, path.read_text(), sorted(file.name for file in path.parent.iterdir()), error)
    path.unlink()
"""


def test_write_that_fails_is_told_and_leaves_the_old_file(record: Path, tmp_path: Path) -> None:
    """The system refuses files beyond a thousand bytes here, as a full disk would."""
    root = Path(__file__).resolve().parent.parent.parent
    arguments = [sys.executable, "-B", "-c", ON_A_SMALL_DISK, str(record), str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for name, line in zip(("a.csv", "a.parquet", "a.jsonl", "a.sav"), lines, strict=True):
        assert line.startswith(f"{name} mine ['{name}'] "), line
        assert "could not be written" in line or "cannot be written" in line


def test_respondents_frame(record: Path) -> None:
    with Reader(record) as reader:
        frame = respondents_frame(reader)
    assert frame["respondent"].tolist() == ["r0000", "r0001", "r0002"]
    assert frame["strategy"].tolist() == ["city", "basic", "city"]
    assert frame["disposition"].tolist() == ["complete"] * 3
    assert frame["attr_city"].tolist() == ["Cairo", "Köln", "=1+1"]
