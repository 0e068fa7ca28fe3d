"""People's labels from a CSV: what matches is used, what does not is named and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.human_labels import HumanLabels, read_human_labels
from analysis.verdict_table import Unit, VerdictTable
from simulator.errors import RunSpecError
from simulator.store.records import VerdictRow

TABLE = VerdictTable(
    VerdictRow(respondent, respondent + 1, "insensitivity", "one", 0, criterion, "", "pass", "ok")
    for respondent in range(4)
    for criterion in ("cv", "ff")
)
STANCES = VerdictTable([VerdictRow(0, 1, "stance", "one", 0, "stance", "", "2", "ok")])
EXCHANGES = {(number, "q1"): number + 1 for number in range(4)} | {(0, "q2"): 9}


def read(folder: Path, text: str, table: VerdictTable = TABLE) -> HumanLabels:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return read_human_labels(path, table, EXCHANGES)


def test_labels_by_item_and_by_exchange(tmp_path: Path) -> None:
    by_item = read(tmp_path, "respondent,item,criterion,label\nr0000,q1,cv,fault\nr0002,q1,ff,Yes\n3,q1,cv,no\n")
    assert by_item.labels == {Unit(0, 1, "cv"): "fault", Unit(2, 3, "ff"): "pass", Unit(3, 4, "cv"): "fault"}
    by_exchange = read(tmp_path, "\ufeffRespondent,Exchange,Criterion,Label\nr0000,1,cv,fault\n")
    assert by_exchange.labels == {Unit(0, 1, "cv"): "fault"}
    assert (by_exchange.n_rows, by_exchange.n_matched, by_exchange.faults) == (1, 1, ())


def test_rows_that_match_nothing_are_named_with_their_line(tmp_path: Path) -> None:
    rows = {
        "r0000,q1,cv,fault": None,
        "somebody,q1,cv,fault": "respondent 'somebody' is no respondent's name",
        "r0001,q7,cv,fault": "r0001 has no answer to item 'q7'",
        "r0001,q1,rp,fault": "criterion 'rp' was not judged; judged were cv, ff",
        "r0000,q2,cv,fault": "the reply of r0000 to q2 was not judged by cv",
        "r0001,q1,cv,perhaps": "label 'perhaps' is none of pass, fault",
        "r0001,q1,cv,": "it has no label",
        "r0009,q1,cv,fault": "r0009 has no answer to item 'q1'",
        "r0001": "r0001 has no answer to item ''",
    }
    found = read(tmp_path, "respondent,item,criterion,label\n" + "\n".join(rows) + "\n")
    assert [(fault.line, fault.what) for fault in found.faults] == [
        (line, what) for line, what in enumerate(rows.values(), start=2) if what is not None
    ]
    assert (found.n_rows, found.n_matched) == (len(rows), 1)


def test_several_people_vote_and_a_tie_stays_open(tmp_path: Path) -> None:
    votes = ["r0000,q1,cv,fault"] * 2 + ["r0000,q1,cv,pass", "r0001,q1,cv,pass", "r0001,q1,cv,fault"]
    found = read(tmp_path, "respondent,item,criterion,label\n" + "\n".join(votes))
    assert found.labels == {Unit(0, 1, "cv"): "fault"}
    assert (found.n_matched, found.n_tied) == (5, 1)


def test_stances_may_be_codes_that_no_judge_gave(tmp_path: Path) -> None:
    text = "respondent,item,criterion,label\nr0000,q1,stance,{}\n"
    for label in ("3", "abstain", "2"):
        assert read(tmp_path, text.format(label), STANCES).labels == {Unit(0, 1, "stance"): label}
    with pytest.raises(RunSpecError, match="none of its 1 rows matches"):
        read(tmp_path, text.format("agree"), STANCES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("respondent,criterion,label\nr0000,cv,fault\n", "lacks the column item or exchange; it has respondent, crit"),
        ("item,exchange\n", "lacks the column respondent, criterion, label"),
        ("", "lacks the column .* it has none"),
        ("respondent,item,criterion,label\n", "none of its 0 rows matches a reply that was judged; give"),
        ("respondent,item,criterion,label\nr9,q1,cv,pass\n", r"because r9 has no answer to item 'q1' \(line 2\)"),
        ('respondent,item,criterion,label\n"r0000,q1', "cannot be read as a CSV file"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RunSpecError, match=message):
        read(tmp_path, text)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(RunSpecError, match="cannot be read as a CSV file"):
        read_human_labels(tmp_path / "none.csv", TABLE, EXCHANGES)
    (tmp_path / "bytes.csv").write_bytes(b"respondent,item\xff")
    with pytest.raises(RunSpecError, match="in UTF-8"):
        read_human_labels(tmp_path / "bytes.csv", TABLE, EXCHANGES)
