"""The table importer: both layouts, and every way a table can be wrong, with row and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import any_text

from simulator.errors import InstrumentError
from surveys.importers import IMPORTERS, run_importer
from surveys.importers.table import import_table
from surveys.instrument import Instrument, ResponseFormat, ShowIf
from surveys.loader import load_instrument

PER_ITEM = """id,text,options,topic,stances,show_if,reverse_keyed,dimension,note
q1,"Taxes, higher?",1=Yes|2=No|9=No answer,Public spending,1=supports|2=opposes,,,SDT|SDA,
q2,How much?,1..4,,,q1=1|2; q1!=9,yes,SDT,"two
lines"
q3,Why?,,,,,,,
q4,Pick,Red|a \\| b,,,,,,
"""

PER_OPTION = """\ufeffid;text;text_de;code;option;option_de;score;missing;format;max_picks
q1;Taxes, higher?;Höhere Steuern?;1;Yes;Ja;5;;multiple;2
;;;2;No;Nein;;;;
q1;;;9;No answer;Keine Angabe;;refused;;
q2;Why?;Warum?;;;;;;open;
"""


def _import(tmp_path: Path, text: str) -> Instrument:
    path = tmp_path / "my survey.csv"
    path.write_text(text, encoding="utf-8")
    return import_table([path]).instrument


def _faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InstrumentError) as caught:
        _import(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "my survey.csv"))
    return [str(fault) for fault in caught.value.faults]


def test_one_row_per_item(tmp_path: Path) -> None:
    instrument = _import(tmp_path, PER_ITEM)
    assert (instrument.id, instrument.title) == ("my-survey", {"en": "my survey"})
    q1, q2, q3, q4 = instrument.items
    assert [(one.code, one.text["en"], one.stance) for one in q1.options] == [
        (1, "Yes", "supports"),
        (2, "No", "opposes"),
        (9, "No answer", None),
    ]
    assert q1.topic == "public-spending" and instrument.topics[0].title == {"en": "Public spending"}
    assert q1.dimensions == ("SDT", "SDA") and q2.note == "two\nlines"
    assert [one.code for one in q2.options] == [1, 2, 3, 4] and q2.reverse_keyed
    assert q2.show_if == (ShowIf("q1", (1, 2)), ShowIf("q1", (9,), negate=True))
    assert q3.format is ResponseFormat.OPEN
    assert [one.text["en"] for one in q4.options] == ["Red", "a | b"]


def test_one_row_per_option_with_a_second_language(tmp_path: Path) -> None:
    instrument = _import(tmp_path, PER_OPTION)
    assert instrument.languages == ("en", "de")
    q1, q2 = instrument.items
    assert q1.format is ResponseFormat.MULTIPLE and q1.max_picks == 2
    assert [one.text for one in q1.options][1] == {"en": "No", "de": "Nein"}
    assert [one.value for one in q1.options] == [5.0, 2.0, None]
    assert q2.text == {"en": "Why?", "de": "Warum?"} and q2.options == ()


def test_both_layouts_give_the_same_instrument(tmp_path: Path) -> None:
    wide = "id\ttext\toptions\toptions_de\ttext_de\tscores\tmissing\nq\tA?\t1=x|2=y\t1=u|2=v\tB?\t1=7\t2=dont_know\n"
    long = "id,text,text_de,code,option,option_de,score,missing\nq,A?,B?,1,x,u,7,\n,,,2,y,v,,dont_know\n"
    assert _import(tmp_path, wide) == _import(tmp_path, long)


def test_paraphrases_and_blocks(tmp_path: Path) -> None:
    text = "id,text,options,question,wording,block\nq,A?,x|y,,,One\nq~1,B?,x|y,q,1,One\n"
    instrument = _import(tmp_path, text)
    assert instrument.items[1].question_id == "q" and instrument.items[1].wording == 1
    assert [block.id for block in instrument.blocks] == ["one"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the table: is empty; begin with a header row"),
        ("id,text\n", "the table: has no rows below its header"),
        ("id,txt\nq,A", "row 1: there is no column 'txt'; did you mean 'text'?"),
        ("id,txt\nq,A", "row 1: column 'text' is missing"),
        ("id,text,text\nq,A,B", "row 1: column 'text' stands 2 times; keep one"),
        ("id,text,options,code,option\nq,A,x|y,1,x", "row 1: both layouts are mixed"),
        ("id,text,code\nq,A,1", "row 1: code and option belong together"),
        ("id,text\n,A", "row 2, column id: is empty"),
        ("id,text\nq,A\nq,B", "row 3, column id: 'q' is also the id of row 2"),
        ("id,text\nq,A,B", "row 2: has 3 cells where the header has 2; put cells that hold the separator in"),
        ('id,text\nq,"A', "row 2: is no CSV (unexpected end of data); close every quote"),
        ('id,text\nq,"A"B', "row 2: is no CSV"),
        ("id,text,options\nq,,x|y", "row 2 (item 'q'), column text: is missing"),
        ("id,text,options\nq q,A,x|y", "row 2 (item 'q q'): the id holds ' '"),
        ("id,text,options\nq,A,1=x", "row 2 (item 'q'), column options: there is only one"),
        ("id,text,options\nq,A,1=x|y", "row 2, column options: 'y' has no code while others have one"),
        ("id,text,options\nq,A,1=x|1=y", "row 2 (item 'q'), column options: 2 options have code 1"),
        ("id,text,options\nq,A,4..1", "row 2, column options: the codes run from 4 to 1"),
        ("id,text,options,stances\nq,A,x|y,3=supports", "row 2, column stances: no option has code 3; codes of this"),
        ("id,text,options,stances\nq,A,x|y,1=for", "row 2 (item 'q'), column options, option 1, stance: 'for' is not"),
        (
            "id,text,options,stances\nq,A,x|y,supports",
            "row 2, column stances: cannot read 'supports'; write it as \"1=s",
        ),
        ("id,text,options,scores\nq,A,x|y,1=a", "row 2, column scores: cannot read '1=a'; write it as \"1=5|2=3.5\""),
        ("id,text,options,missing\nq,A,x|y,9", "row 2, column missing: cannot read '9'; write it as \"9=dont_know\""),
        (
            "id,text,options,reverse_keyed\nq,A,x|y,maybe",
            "row 2, column reverse_keyed: found 'maybe'; write one of true",
        ),
        ("id,text,options,max_picks\nq,A,x|y,two", "row 2, column max_picks: found 'two'; give a whole number"),
        ("id,text,options,max_picks\nq,A,x|y,2", "row 2 (item 'q'), column max_picks: the format is 'single'"),
        (
            "id,text,options,format\nq,A,x|y,sngle",
            "row 2 (item 'q'), column format: 'sngle' is not known; did you mean 's",
        ),
        ("id,text,options,show_if\nq,A,x|y,r", "row 2, column show_if: cannot read 'r'; write it as"),
        ("id,text,options,show_if\nq,A,x|y,r=1", "row 2 (item 'q'), column show_if: there is no item 'r'"),
        ("id,text,options,text_de\nq,A,x|y,B", "row 2 (item 'q'), column options, option 1: has no text in 'de'"),
        ("id,text,code,option\nq,A,,x\n,,2,y", "row 2, column code: is empty; give every option a whole number"),
        ("id,text,code,option\nq,A,one,x\n,,2,y", "row 2, column code: found 'one'; give a whole number"),
        ("id,text,code,option\nq,A,1,x\n,B,2,y", "row 3, column text: differs from row 2, the first of 'q'"),
        ("id,text,code,option,score\nq,A,1,x,high\n,,2,y,", "row 2, column score: found 'high'; give a number"),
    ],
)
def test_each_fault_has_row_and_column(text: str, fault: str, tmp_path: Path) -> None:
    found = _faults(tmp_path, text)
    assert any(one.startswith(fault) for one in found), found


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    found = _faults(tmp_path, "id,text,options,stances,show_if\nq1,,1=x|2=y,7=supports,\nq2,B,1=x,,q9=1\n")
    assert [one.split(":")[0] for one in found] == [
        "row 2, column stances",
        "row 2 (item 'q1'), column text",
        "row 3 (item 'q2'), column options",
        "row 3 (item 'q2'), column show_if",
    ]


def test_tables_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"none\.csv: there is no such file; give the path of a CSV table"):
        import_table([tmp_path / "none.csv"])
    with pytest.raises(InstrumentError, match="2 files given; give exactly one"):
        import_table(["a.csv", "b.csv"])
    path = tmp_path / "latin.csv"
    path.write_bytes("id,text\nq,Prüfung\n".encode("latin-1"))
    with pytest.raises(InstrumentError, match="line 2 is not UTF-8"):
        import_table([path])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(any_text, max_size=4), max_size=4),
    st.sampled_from(["id,text,options", "id,text,code,option", ""]),
)
def test_no_table_whatever_breaks_the_importer(tmp_path: Path, cells: list[list[str]], header: str) -> None:
    path = tmp_path / "any.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in cells)]), encoding="utf-8", newline="")
    try:
        import_table([path])
    except InstrumentError as error:
        assert error.faults


# ---- the entry of the command line ---------------------------------------------------------------------------------


def test_an_import_is_written_as_a_survey_file(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(PER_ITEM, encoding="utf-8")
    out = tmp_path / "out.toml"
    imported = run_importer("csv", [table], out)
    assert load_instrument(out) == imported.instrument
    with pytest.raises(InstrumentError, match="there is a file of that name; remove it or choose another name"):
        run_importer("csv", [table], out)
    with pytest.raises(InstrumentError, match="cannot be written"):
        run_importer("csv", [table], tmp_path / "no" / "out.toml")


def test_unknown_formats_are_answered() -> None:
    assert set(IMPORTERS) == {"csv", "valueconsistency", "values"}
    with pytest.raises(InstrumentError, match="no survey format 'cvs'; did you mean 'csv'"):
        run_importer("cvs", ["x.csv"])
    with pytest.raises(InstrumentError, match="csv: no file given"):
        run_importer("csv", [])
