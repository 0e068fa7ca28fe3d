"""`voxpop study value-structure`: its numbers are those of the answers on record, what is missing says why.

Held against estimators written anew here with scipy and numpy, against published tables, and against planted truth.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from commandline import Cli
from recorded_tables import rows_of
from scipy.spatial import procrustes
from scipy.stats import norm, spearmanr

from analysis.circumplex import mds_configuration
from analysis.human_values import human_correlations
from analysis.published_tables import published_table
from analysis.report_folder import is_whole
from analysis.responses import answers_frame
from simulator.store.reader import Reader
from surveys.values import HUMAN_MEANS, TEN_VALUES, VALUE_CODES

PUBLISHED = tuple(f"PV-{number}" for number in range(1, 9))
SERIAL = ("study", "value-structure", "--administration", "serial", "--resamples", "49", "--quiet")
RECORD = Path("out/runs/serial/record.sqlite")


def cells(name: str, folder: str = "out") -> list[dict[str, str]]:
    with Path(f"{folder}/tables/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_cell(name: str, folder: str = "out") -> dict[str, dict[str, str]]:
    return {row["cell"]: row for row in cells(name, folder)}


def number(text: str) -> float:
    return float(text)


def centered(record: Path, population: str, temperature: float) -> tuple[np.ndarray, list[str]]:
    """(n, 19) centered scores of one cell and the anchors of its personas, straight from the answers."""
    with Reader(record) as reader:
        frame = answers_frame(reader, attributes=True)
    frame = frame[(frame["population"] == population) & (frame["temperature"] == temperature)]
    table = frame.pivot(index="respondent", columns="item", values="keyed_score").astype(float)
    value = frame.drop_duplicates("item").set_index("item")["dimensions"].astype(str)
    scores = np.stack([table[value.index[value == code]].mean(axis=1) for code in VALUE_CODES], axis=1)
    anchors = frame.drop_duplicates("respondent").set_index("respondent")
    names = anchors["attr_anchor"].reindex(table.index).astype(str).tolist() if "attr_anchor" in anchors else []
    return scores - table.mean(axis=1).to_numpy()[:, None], names


def test_the_numbers_are_those_of_the_answers_on_record(cli: Cli) -> None:
    told = cli(*SERIAL, "--strategies", "value-anchor,named", "--n", "38", "--out", "out")
    assert told.status == 0, told.err
    assert is_whole(Path("out"))
    scores, anchors = centered(RECORD, "value-anchor", 0.7)
    assert scores.shape == (38, 19)

    means = {row["code"]: row for row in cells("value-means") if row["cell"] == "value-anchor"}
    assert [number(means[code]["mean"]) for code in VALUE_CODES] == pytest.approx(scores.mean(axis=0))
    assert [number(means[code]["people"]) for code in VALUE_CODES] == list(HUMAN_MEANS.values())
    # Means of thirds: those that are equal but for rounding are tied.
    ranked = spearmanr(scores.mean(axis=0).round(12), list(HUMAN_MEANS.values()))
    row = by_cell("ranking-with-people")["value-anchor"]
    assert number(row["rho"]) == pytest.approx(ranked.statistic)
    assert number(row["p"]) == pytest.approx(ranked.pvalue)
    assert number(row["rho_low"]) <= number(row["rho"]) <= number(row["rho_high"])

    people = human_correlations("german-19")
    order = [people.values.index(code) for code in VALUE_CODES]
    reference = people.correlations[np.ix_(order, order)]
    own, upper = np.corrcoef(scores, rowvar=False), np.triu_indices(19, k=1)
    row = by_cell("matrix-agreement")["value-anchor"]
    assert number(row["matrix_r"]) == pytest.approx(np.corrcoef(own[upper], reference[upper])[0, 1])
    assert number(row["matrix_rho"]) == pytest.approx(spearmanr(own[upper], reference[upper]).statistic)
    assert row["pairs"] == "171"
    for line in cells("shapes"):
        if line["cell"] == "value-anchor":
            maps = [mds_configuration(matrix, solution=line["solution"]) for matrix in (reference, own)]  # type: ignore[arg-type]
            assert number(line["ssd"]) == pytest.approx(procrustes(*maps)[2])
            assert number(line["r"]) == pytest.approx(np.sqrt(1 - number(line["ssd"])))

    at_anchor = [scores[person, VALUE_CODES.index(anchor)] for person, anchor in enumerate(anchors)]
    curve = {int(row["steps"]): row for row in cells("anchor-curve")}
    assert sorted(curve) == list(range(-9, 10))
    assert number(curve[0]["mean"]) == pytest.approx(np.mean(at_anchor))  # two personas for each of 19 anchors
    alphas = [row for row in cells("reliability-by-value") if row["cell"] == "named"]
    assert len(alphas) == 19


@pytest.mark.slow
def test_every_published_table_is_printed_whole_and_compared_by_the_printing_rules(cli: Cli) -> None:
    told = cli(*SERIAL, "--strategies", "named", "--n", "24", "--out", "out")
    assert told.status == 0, told.err
    for table_id in PUBLISHED:
        printed, rows = published_table(table_id), cells(f"published-{table_id.lower()}")
        assert [(row["row"], row["column"]) for row in rows] == list(
            zip(printed["row"], printed["column"], strict=True)
        )
        for row, value, corrected in zip(rows, printed["value"], printed["corrected"], strict=True):
            if np.isnan(value):
                assert row["published"] == "" and "published: " in row["reason"]
                continue
            assert number(row["published"]) == value
            assert (row["published_corrected"] == "") == bool(np.isnan(corrected))
            if row["difference"]:
                likely = value if np.isnan(corrected) else corrected
                assert number(row["difference"]) == pytest.approx(number(row["own"]) - likely)
            else:
                assert "difference: " in row["reason"]
    # The sums of squares refer to people whose matrix is not public: never compared with ours.
    assert not any(row["difference"] for row in cells("published-pv-3") + cells("published-pv-5"))
    serial = [row for row in cells("published-pv-5") if "serial, 0.7" in row["row"] and row["column"] == "named"]
    assert all(number(row["own"]) == number(by_shape("named", "smacof")["ssd"]) for row in serial)
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "†" in page and "‡" in page
    humans = {(row["row"], row["column"]): row for row in cells("published-pv-7")}
    quoted = humans["human means against the European Social Survey", "rho"]
    assert number(quoted["own"]) == pytest.approx(number(quoted["published"]), abs=0.005)


def by_shape(cell: str, solution: str, folder: str = "out") -> dict[str, str]:
    return next(row for row in cells("shapes", folder) if (row["cell"], row["solution"]) == (cell, solution))


@pytest.mark.slow
def test_a_population_without_variance_is_reported_as_one_and_planted_truth_stands_beside(cli: Cli) -> None:
    alike = ("--set", "engine.blank_spread=0", "--set", "engine.decoding_effect=1")
    both = ("--temperatures", "0,0.7", "--serial-temperatures", "all")
    told = cli(*SERIAL, *alike, *both, "--strategies", "basic,demographic", "--n", "24", "--out", "out")
    assert told.status == 0, told.err
    row = by_cell("matrix-agreement")["basic, T 0"]
    assert row["matrix_r"] == "" == row["corrected"]
    assert f"matrix_r: no variance: {', '.join(VALUE_CODES)}" in row["reason"]
    assert number(by_cell("ranking-with-people")["basic, T 0"]["rho"]) > 0.5  # means can be ranked all the same
    assert by_cell("cells")["basic, T 0"]["structure"].startswith("NA: no variance: ")
    assert "Not computed: basic (no variance in any of the 19 values)" in " ".join(told.out.split())
    assert by_cell("matrix-agreement")["demographic, T 0"]["matrix_r"]
    # Where nobody differs and nothing is left to chance, the answers are the truth.
    ranked = by_cell("ranking-with-people")["basic, T 0"]
    assert number(ranked["rho"]) == pytest.approx(number(ranked["planted"]))
    for cell in ("demographic, T 0", "demographic, T 0.7"):
        row = by_cell("matrix-agreement")[cell]
        assert number(row["corrected_low"]) - 0.05 <= number(row["planted"]) <= number(row["corrected_high"]) + 0.05
    change = {row["strategy"]: row for row in cells("structure-by-temperature")}
    assert "no variance" in change["basic"]["reason"]
    assert change["demographic"]["difference"] and change["demographic"]["planted"]
    no_gaps(Path("out"))


@pytest.mark.slow
def test_battery_and_serial_are_compared_within_personas(cli: Cli) -> None:
    told = cli(
        *SERIAL, "--administration", "battery,serial", "--strategies", "basic,named", "--n", "24", "--out", "out"
    )
    assert told.status == 0, told.err
    assert [row["cell"] for row in cells("cells")] == [
        f"{strategy}, {way}"
        for strategy in ("basic", "named")
        for way in ("battery T 0", "battery T 0.7", "serial T 0.7")
    ]
    # Nobody who is told nothing differs, and at temperature 0 nothing is left to chance.
    assert by_cell("cells")["basic, battery T 0"]["structure"].startswith("NA: no variance: SDT, SDA, ")

    lists = by_cell("battery-replies")
    record = Path("out/runs/battery/record.sqlite")
    with Reader(record) as reader:
        asked = [row for row in reader.exchanges() if row.listed]
    assert sum(int(row["calls"]) for row in lists.values()) == len(asked)
    again = sum(int(row["asked_again"]) for row in lists.values())
    assert again == sum(row.try_number > 0 for row in asked) > 0
    assert sum(int(row["whole"]) for row in lists.values()) == 4 * 24 - len(
        {row.respondent for row in asked if row.try_number}
    )
    assert sum(int(row["fault_out_of_range"]) for row in lists.values()) > 0

    rhos = by_cell("ranking-with-people")
    for row in cells("ranking-by-administration"):
        first, second = (number(rhos[f"{row['strategy']}, {way}"]["rho"]) for way in ("battery T 0.7", "serial T 0.7"))
        z = (np.arctanh(first) - np.arctanh(second)) / np.sqrt(2 / (19 - 3))
        assert number(row["z"]) == pytest.approx(z)
        assert number(row["p"]) == pytest.approx(2 * norm.sf(abs(z)))
        assert number(row["difference"]) == pytest.approx(first - second)
        assert (number(row["planted"]), row["n"]) == (0.0, "24")
    published = {(row["row"], row["column"]): row for row in cells("published-pv-3")}
    assert published["GPT-4-0314, 0.0", "basic"]["own"] == ""
    assert "own: no variance: " in published["GPT-4-0314, 0.0", "basic"]["reason"]
    assert published["Gemma 2 27B, 0.0", "basic"]["published"] == ""
    no_gaps(Path("out"))


def no_gaps(folder: Path) -> None:
    """Nothing in a report is missing without a reason."""
    for table in (folder / "tables").glob("*.csv"):
        text = table.read_text(encoding="utf-8").lower()
        assert ",nan" not in text and ",inf" not in text, table
        for row in cells(table.stem, str(folder)):
            empty = [name for name, cell in row.items() if cell == "" and name != "reason"]
            own = [name for name in empty if not name.endswith(("_low", "_high", "_n", "_mark", "_corrected"))]
            assert not own or row["reason"], (table, row)


@pytest.mark.slow
def test_who_answers_with_too_little_effort_is_left_out_and_counted(cli: Cli) -> None:
    missing = ("--set", "engine.unreadable=0.004", "--set", "asking.max_tries=1")
    strict = (*SERIAL, *missing, "--strategies", "named", "--n", "40")
    told = cli(*strict, "--out", "strict")
    assert told.status == 0, told.err
    row = by_cell("cells", "strict")["named"]
    n_out = int(row["left_out_1"])
    assert 0 < n_out < 20
    assert int(row["asked"]) == 40 == int(row["valid"]) + n_out
    with Reader(Path("strict/runs/serial/record.sqlite")) as reader:
        frame = answers_frame(reader)
    gaps = frame[frame["status"] != "answered"].groupby("respondent", observed=True).size()
    assert n_out == len(gaps)

    told = cli(*strict, "--max-missing", "2", "--max-identical", "30", "--out", "lenient")
    assert told.status == 0, told.err
    lenient = by_cell("cells", "lenient")["named"]
    assert int(lenient["left_out_1"]) == (gaps > 2).sum()
    assert int(lenient["valid"]) > int(row["valid"])
    headings = Path("lenient/report.html").read_text(encoding="utf-8")
    assert "more than 2 missing" in headings and "more than 30 identical" in headings


@pytest.mark.slow
def test_a_cell_that_is_mostly_unreadable_is_not_available(cli: Cli) -> None:
    silent = ("--set", "engine.unreadable=0.01", "--set", "asking.max_tries=1")
    told = cli(*SERIAL, *silent, "--strategies", "basic,named", "--n", "20", "--out", "out")
    assert told.status == 0, told.err
    rows = by_cell("ranking-with-people")
    assert rows["basic"]["rho"] == "" and "fewer than 80%" in rows["basic"]["reason"]
    assert "no cell could be ranked" in " ".join(told.out.split())
    no_gaps(Path("out"))


@pytest.mark.slow
def test_the_same_command_goes_on_and_leaves_the_same_bytes(cli: Cli) -> None:
    small = (*SERIAL, "--strategies", "basic,value-anchor", "--n", "21", "--out", "out")
    told = cli(*small, "--set", "budget.calls=500")
    assert told.status == 3
    assert "stopped by its budget" in told.message()
    assert not Path("out/report.html").exists()
    told = cli(*small, "--set", "budget.calls=100000", "--json")
    assert told.status == 0, told.err
    assert json.loads(told.out)["study"] == "value-structure"
    before = rows_of(RECORD, ("exchange", "answer"))
    assert len(before["answer"]) == 42 * 57
    first = {path: path.read_bytes() for path in Path("out").rglob("*.*") if path.suffix in {".html", ".csv", ".svg"}}
    assert cli(*small).status == 0
    assert rows_of(RECORD, ("exchange", "answer")) == before
    assert {path: path.read_bytes() for path in first} == first


@pytest.mark.slow
def test_a_matrix_of_the_users_own_takes_the_place_of_the_sample(cli: Cli) -> None:
    people = human_correlations("german-19")
    rows = [",".join(["value", *people.values])]
    rows += [
        ",".join([code, *map(str, row)]) for code, row in zip(people.values, people.correlations.tolist(), strict=True)
    ]
    Path("mine.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    small = (*SERIAL, "--strategies", "named", "--n", "22")
    assert cli(*small, "--reference", "mine.csv", "--out", "mine").status == 0
    assert cli(*small, "--out", "out").status == 0
    assert by_cell("matrix-agreement", "mine")["named"]["matrix_r"] == by_cell("matrix-agreement")["named"]["matrix_r"]
    assert "mine.csv" in Path("mine/report.html").read_text(encoding="utf-8")
    for name, broken, words in (
        ("row.csv", rows[:-1], "no row for"),
        ("column.csv", [rows[0].replace("BEC", "XXX"), *rows[1:]], "no column 'BEC'"),
        ("text.csv", [*rows[:3], rows[3].replace("1.0", "one"), *rows[4:]], "no number"),
        ("range.csv", [rows[0], rows[1].replace("1.0", "7.0"), *rows[2:]], "not a correlation matrix"),
    ):
        Path(name).write_text("\n".join(broken) + "\n", encoding="utf-8")
        told = cli(*small, "--reference", name, "--out", "broken")
        assert told.status == 2, name
        assert words in told.message(), name
    assert not Path("broken").exists()


@pytest.mark.slow
def test_a_survey_of_the_ten_values_is_held_against_people_of_the_ten(cli: Cli) -> None:
    options = "".join(f'  {{code = {code}, text = "Option {code}"}},\n' for code in range(1, 7))
    lines = ['id = "ten"', 'title = "Ten values"', "[option_sets.likeness]", f"options = [\n{options}]"]
    lines += [f'[[dimensions]]\ncode = "{code}"\ntitle = "{name}"' for code, name in TEN_VALUES.items()]
    lines += [
        f'[[items]]\nid = "{code}{k}"\ntext = "{name}, {k}"\nformat = "scale"\noptions = "likeness"\n'
        f'dimensions = ["{code}"]'
        for code, name in TEN_VALUES.items()
        for k in (1, 2)
    ]
    Path("ten.toml").write_text("\n".join(lines), encoding="utf-8")
    both = ("--option-orders", "fixed,reversed", "--anchors", "20")
    told = cli(
        *SERIAL, "--survey", "ten.toml", *both, "--strategies", "value-anchor,named", "--n", "22", "--out", "out"
    )
    assert told.status == 0, told.err
    row = by_cell("matrix-agreement")["named, fixed"]
    assert row["pairs"] == "45"
    people = human_correlations("ess-10")
    means = {line["code"]: number(line["people"]) for line in cells("value-means")}
    assert [means[code] for code in people.values] == pytest.approx(people.means.tolist())
    assert {line["first"] for line in cells("ranking-by-option-order")} == {"fixed"}
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "the survey measures the ten values" in page and "published numbers are of the 19 values" in page
    no_gaps(Path("out"))


def test_what_cannot_be_studied_is_said_before_anything_is_asked(cli: Cli) -> None:
    for given, words in (
        (("--strategies", "value-ancor"), "did you mean"),
        (("--strategies", "basic,basic"), "given 2 times"),
        (("--administration", "phone"), "--administration phone"),
        (("--temperatures", "warm"), "--temperatures warm"),
        (("--temperatures", "9"), "--temperatures 9"),
        (("--languages", "fr"), "--languages fr"),
        (("--option-orders", "sorted"), "--option-orders sorted"),
        (("--labels", "emoji"), "--labels emoji"),
        (("--anchors", "21"), "--anchors 21"),
        (("--max-identical", "many"), "--max-identical many"),
        (("--max-missing", "-1"), "--max-missing -1"),
        (("--reference", "german"), "german-19"),
        (("--reference", "ess-10"), "it is of 10 values"),
        (("--survey", "civic-topics"), "measures no whole circle of values"),
    ):
        told = cli("study", "value-structure", *given, "--out", "out")
        assert told.status == 2, (given, told.err)
        assert words in told.message(), (given, told.err)
    assert not Path("out/runs").exists()
