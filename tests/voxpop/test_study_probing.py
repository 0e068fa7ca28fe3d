"""`voxpop study probing`: its numbers are those of the answers on record, and what is planted is told apart.

Held against estimators written anew here with scipy and numpy, against published tables, and against planted truth.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from commandline import Cli
from recorded_tables import rows_of
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr, wasserstein_distance

from analysis.published_tables import published_table
from analysis.report_folder import is_whole
from simulator.store.reader import Reader
from surveys.catalog import find_instrument
from surveys.reference import HumanReference, ReferenceCell
from surveys.reference_file import write_reference

PROBES = ("token-logit", "sequence", "text")
TRUTH = "planted truth"
STUDY = ("study", "probing", "--resamples", "49", "--quiet")
GRID = (*STUDY, "--countries", "none", "--scenarios", "none")
ALONE = (*GRID, "--limit", "4", "--samples", "4", "--variants", "reversed,numbers-from-0")
NOTHING = ("first_option=0", "label_preference={}", "style_shift={}", "refusal=0", "unreadable=0")
ORDERS = ("fixed", "reversed")
KINDS = ("style", "position", "token")


def planted(**effects: str) -> tuple[str, ...]:
    """Flags that plant these effects of presentations and no other."""
    keys = dict(one.split("=", 1) for one in NOTHING) | effects
    return tuple(part for key, value in keys.items() for part in ("--set", f"engine.{key}={value}"))


def cells(name: str, folder: str = "out") -> list[dict[str, str]]:
    with Path(f"{folder}/tables/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def robustness(folder: str = "out") -> dict[tuple[str, str], dict[str, str]]:
    return {(row["probe"], row["change"]): row for row in cells("robustness-by-probe", folder)}


def found(record: str, probe: str, folder: str = "out") -> Iterator[tuple[tuple[str, str, str, str], np.ndarray]]:
    """Item, style, order and labels of every presentation on record, with what the probe found there."""
    with Reader(Path(f"{folder}/runs/{record}/record.sqlite")) as reader:
        arms = {row.id: row.settings for row in reader.conditions()}
        of = {row.number: arms[row.condition] for row in reader.respondents()}
        items = [row.item_id for row in reader.items()]
        for answer in reader.answers():
            arm = of[answer.respondent]
            (one,) = [row for row in answer.probed if row.probe == probe]
            assert one.probabilities is not None
            shares = np.array([one.probabilities[code] for code in sorted(one.probabilities)])
            yield (items[answer.item], arm["style"], arm["option_order"], arm["labels"]), shares


def test_the_numbers_are_those_of_the_answers_on_record(cli: Cli) -> None:
    told = cli(*ALONE, "--out", "out")
    assert told.status == 0, told.err
    assert is_whole(Path("out"))
    rows = robustness()
    for probe in PROBES:
        of = dict(found("generic", probe))
        items = list(dict.fromkeys(key[0] for key in of))
        styles = list(dict.fromkeys(key[1] for key in of))
        assert (len(items), len(styles), len(of)) == (4, 3, 4 * 3 * 4)
        pairs = [
            (of[item, first, "fixed", "letters"], of[item, second, "fixed", "letters"])
            for item in items
            for first, second in combinations(styles, 2)
        ]
        check_pairs(rows[probe, "style"], pairs)

        def averaged(item: str, order: str, labels: str, of: dict = of, styles: list = styles) -> np.ndarray:  # type: ignore[type-arg]
            return np.mean([of[item, style, order, labels] for style in styles], axis=0)

        sets = ("letters", "numbers-from-0")
        check_pairs(
            rows[probe, "position"],
            [(averaged(item, "fixed", one), averaged(item, "reversed", one)) for item in items for one in sets],
        )
        check_pairs(
            rows[probe, "token"],
            [
                (averaged(item, one, sets[0]), averaged(item, one, sets[1]))
                for item in items
                for one in ("fixed", "reversed")
            ],
        )
    no_gaps(Path("out"))
    assert "Not asked: --countries none" in page("out") and "left out by --scenarios none" in page("out")


def check_pairs(row: dict[str, str], pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """The row holds the mean distance and the share of changed first choices of these pairs."""
    assert float(row["js"]) == pytest.approx(np.mean([jensenshannon(a, b) for a, b in pairs]), abs=1e-6)
    firsts = [(int(a.round(9).argmax()), int(b.round(9).argmax())) for a, b in pairs]
    assert float(row["mismatch"]) == pytest.approx(np.mean([a != b for a, b in firsts]))


def page(folder: str) -> str:
    text = Path(f"{folder}/report.html").read_text(encoding="utf-8")
    return text.replace("<code>", "").replace("</code>", "")


@pytest.mark.slow
def test_effects_of_style_place_and_label_are_told_apart(cli: Cli) -> None:
    shifts = (*GRID, "--limit", "6", "--samples", "40")
    for number, (effect, moved) in enumerate(
        (
            ({"style_shift": "{one-shot = 1.0}"}, {"style"}),
            ({"first_option": "0.2"}, {"position"}),
            ({"label_preference": "{A = 0.2}"}, {"position", "token"}),  # A goes where the first option goes
            ({}, set()),
        )
    ):
        folder = f"out{number}"
        told = cli(*shifts, *planted(**effect), "--out", folder)  # type: ignore[arg-type]
        assert told.status == 0, told.err
        rows = robustness(folder)
        for kind in KINDS:
            js, truth = float(rows["token-logit", kind]["js"]), float(rows[TRUTH, kind]["js"])
            assert js == pytest.approx(truth, abs=1e-5)
            assert (js > 0.02) == (kind in moved), (effect, kind, js)
            sampled = float(rows["text", kind]["js_corrected"])
            assert (sampled > 0.09) == (kind in moved), (effect, kind, sampled)
        size = 0.2 if "label_preference" in effect else 0.0
        for row in cells("label-effects", folder):
            k, is_first = int(row["n_options"]), row["labels"] == "A, not 0"
            expected = size * (is_first - 1 / k)
            assert float(row["token_logit"]) == pytest.approx(expected, abs=1e-5)
            assert float(row["planted_truth"]) == pytest.approx(expected, abs=1e-9)
        # Under digits, which nobody prefers, what is left is the place's.
        size = 0.2 if "first_option" in effect else 0.0
        for row in cells("place-effects", folder):
            place, _, label = row["place"].partition(" ")
            if label.strip("()").isdecimal():
                expected = size * ((place == "1") - 1 / int(row["n_options"]))
                assert float(row["token_logit"]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_taking_the_order_out_brings_answers_back_to_what_was_meant(cli: Cli) -> None:
    small = (*GRID, "--exact-labels", "--limit", "8", "--samples", "2")
    told = cli(*small, *planted(first_option="0.2"), "--variants", "shifts", "--out", "out")
    assert told.status == 0, told.err
    rows = {(row["probe"], row["distribution"]): row for row in cells("debiasing")}
    for probe in ("token-logit", TRUTH):
        biased = float(rows[probe, "as shown, file order"]["truth"])
        for method in ("arithmetic mean over shifts", "geometric mean over shifts", "PriDe"):
            assert float(rows[probe, method]["truth"]) < 0.7 * biased, (probe, method)
            assert rows[probe, method]["missing"] == "0"
    # The planted effect adds to shares: averaged, it is 0.2 of an even spread over the options, to the digit.
    told = cli(*small, *planted(), "--variants", "none", "--out", "plain")
    assert told.status == 0, told.err
    meant = {key[0]: shares for key, shares in found("generic", "token-logit", "plain")}
    for row in cells("debiased-answers"):
        if row["probe"] == TRUTH:
            shares = meant[row["question"]]
            expected = 0.8 * shares[int(row["code"]) - 1] + 0.2 / len(shares)
            assert float(row["debiased"]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_sampled_answers_come_nearer_to_the_probabilities_by_the_root_of_their_number(cli: Cli) -> None:
    errors = {}
    for n in (4, 36):
        told = cli(*GRID, *planted(), "--limit", "20", "--samples", str(n), "--variants", "reversed", "--out", "out")
        assert told.status == 0, told.err
        exact, sampled = (dict(found("generic", probe)) for probe in ("token-logit", "text"))
        errors[n] = np.sqrt(np.mean([((sampled[key] - exact[key]) ** 2).sum() for key in exact]))
        for row in cells("between-probes-table"):
            if {row["first"], row["second"]} == {"token-logit", "text"}:
                # What is left of the distance is little beside the noise that was taken out.
                assert float(row["js_corrected"]) < 0.35 * float(row["js_chance"])
        Path("out").rename(f"out{n}")
    assert errors[4] / errors[36] == pytest.approx(3.0, rel=0.15)


@pytest.mark.slow
def test_steering_and_actions_are_found_where_planted_and_reported_as_absent_where_not(cli: Cli) -> None:
    told = cli(*STUDY, "--limit", "30", "--countries", "US", "--variants", "none", "--out", "out")
    assert told.status == 0, told.err
    for row in cells("steering-table"):
        assert float(row["normalized_low"]) > 0, row
    sampled = {row["country"]: float(row["raw"]) for row in cells("steering-table") if row["probe"] == "text"}
    for row in cells("value-action"):
        assert float(row["pearson_low"]) > 0, row
    pairs = cells("value-action-pairs")
    row = next(row for row in cells("value-action") if row["probe"] == "token-logit")
    expected = pearsonr(
        [float(one["weight_token_logit"]) for one in pairs], [float(one["approval"]) for one in pairs]
    ).statistic
    assert float(row["pearson"]) == pytest.approx(expected)

    absent = ("--set", "engine.place_effect=0", "--set", "engine.action_link=0")
    told = cli(*STUDY, *absent, "--limit", "30", "--countries", "US", "--variants", "none", "--out", "absent")
    assert told.status == 0, told.err
    for row in cells("steering-table", "absent"):
        if row["probe"] != "text":
            # Ten options are more labels than alternatives are listed: what is outside them counts 0.
            assert float(row["raw"]) == pytest.approx(0.0, abs=1e-9 if row["probe"] == TRUTH else 1e-3), row
        else:
            assert abs(float(row["raw"])) < 0.35 * sampled[row["country"]], row  # the noise of ten replies
    for row in cells("value-action", "absent"):
        assert float(row["pearson_low"]) < 0 < float(row["pearson_high"]), row
    no_gaps(Path("absent"))


@pytest.mark.slow
def test_people_of_the_users_own_take_the_place_of_planted_ones(cli: Cli) -> None:
    instrument = find_instrument("social-attitudes")
    known = instrument.item("family-aging-parents")
    shares = {option.code: 0.0 for option in known.substantive_options} | {5: 1.0}
    people = HumanReference("mine", "Mine", "test", (ReferenceCell(known.id, shares, 100.0, "US"),))
    write_reference(people, "people.jsonl")
    given = ("--reference", "people.jsonl", "--countries", "US", "--scenarios", "none", "--limit", "4")
    told = cli(*STUDY, *given, "--variants", "none", "--out", "out")
    assert told.status == 0, told.err
    (row,) = [row for row in cells("steering-cells") if row["probe"] == "token-logit"]
    sides = []
    for record in ("generic", "country-us"):
        shown = [p for key, p in found(record, "token-logit") if key[0] == known.id]
        sides.append(wasserstein_distance(range(5), [4], np.mean(shown, axis=0), [1.0]))
    assert float(row["raw"]) == pytest.approx(sides[0] - sides[1], abs=1e-6)
    assert float(row["normalized"]) == pytest.approx((sides[0] - sides[1]) / 4, abs=1e-6)
    assert "token-logit: 3 of 4 left out: no human data" in page("out")
    assert not list(Path("out/runs").glob("people-*"))
    no_gaps(Path("out"))


@pytest.mark.slow
def test_every_published_table_is_printed_whole_and_compared_by_the_printing_rules(cli: Cli) -> None:
    told = cli(*STUDY, "--limit", "4", "--countries", "US", "--variants", "reversed,numbers-from-0", "--out", "out")
    assert told.status == 0, told.err
    for table_id in ("PR-1", "PR-2", "PR-3", "PR-4"):
        printed, rows = published_table(table_id), cells(f"published-{table_id.lower()}")
        assert [(row["row"], row["column"]) for row in rows] == list(
            zip(printed["row"], printed["column"], strict=True)
        )
        for row, value in zip(rows, printed["value"], strict=True):
            assert float(row["published"]) == value
            if row["difference"]:
                assert float(row["difference"]) == pytest.approx(float(row["own"]) - value)
            else:
                assert "difference: " in row["reason"]
    (missed,) = cells("published-pr-3")
    assert float(missed["own"]) == pytest.approx(0.8089, abs=5e-5)
    verdicts = {row["statement"]: row["verdict"] for row in cells("directions")}
    assert set(verdicts.values()) <= {"as published", "not as published", "not told here"}
    assert verdicts["Larger models are more robust."] == "not told here"
    least = min(PROBES, key=lambda name: float(robustness()[name, "style"]["js"]))
    (first,) = [one for one in verdicts if "least with the style" in one]
    assert verdicts[first] == ("as published" if least == "sequence" else "not as published")
    no_gaps(Path("out"))


@pytest.mark.slow
def test_the_same_command_goes_on_and_leaves_the_same_bytes(cli: Cli) -> None:
    small = (*ALONE, "--out", "out")
    told = cli(*small, "--set", "budget.calls=20")
    assert told.status == 3
    assert "stopped by its budget" in told.message()
    assert not Path("out/report.html").exists()
    told = cli(*small, "--set", "budget.calls=1000", "--json")
    assert told.status == 0, told.err
    assert json.loads(told.out)["study"] == "probing"
    record = Path("out/runs/generic/record.sqlite")
    before = rows_of(record, ("exchange", "answer"))
    assert len(before["answer"]) == 4 * 3 * 4
    first = {path: path.read_bytes() for path in Path("out").rglob("*.*") if path.suffix in {".html", ".csv", ".svg"}}
    assert cli(*small).status == 0
    assert rows_of(record, ("exchange", "answer")) == before
    assert {path: path.read_bytes() for path in first} == first
    told = cli(*ALONE, "--samples", "5", "--out", "out")
    assert told.status == 2 and "probe.samples" in told.message()


@pytest.mark.slow
def test_labels_that_begin_alike_are_asked_once_they_are_scored_whole(cli: Cli) -> None:
    small = (*GRID, "--samples", "2", "--limit", "5", "--styles", "default", "--variants", "numbers-from-0")
    assert cli(*small, "--out", "out").status == 0
    assert "Left out: 22 questions" in page("out")
    told = cli(*small, "--exact-labels", "--out", "out-exact")
    assert told.status == 0, told.err
    assert "Left out" not in page("out-exact")
    with Reader(Path("out-exact/runs/generic/record.sqlite")) as reader:
        assert "family-divorce" in [row.item_id for row in reader.items()]
    assert float(robustness("out-exact")["token-logit", "token"]["js"]) == pytest.approx(
        float(robustness("out-exact")[TRUTH, "token"]["js"]), abs=1e-6
    )


def test_what_cannot_be_studied_is_said_before_anything_is_asked(cli: Cli) -> None:
    Path("replies.toml").write_text('replies = ["A"]\n', encoding="utf-8")
    for given, words in (
        (("--styles", "defualt"), "default"),
        (("--styles", "default,default"), "given 2 times"),
        (("--variants", "reversd"), "--variants reversd"),
        (("--variants", "letters"), "given 2 times"),
        (("--variants", "roman"), "--exact-labels"),
        (("--samples", "1"), "--samples 1: give 2 or more"),
        (("--limit", "-1"), "--limit -1"),
        (("--countries", "Atlantis"), "--countries Atlantis"),
        (("--scenarios", "other"), "there is no set of scenarios 'other'"),
        (("--survey", "portrait-values", "--scenarios", "social-attitudes"), "belongs to survey 'social-attitudes'"),
        (("--reference", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--engine", "scripted", "--set", "engine.replies=replies.toml"), "--countries none leaves steering out"),
        ((*GRID[2:], "--engine", "scripted", "--set", "engine.replies=replies.toml"), "logprobs"),
    ):
        told = cli("study", "probing", *given, "--out", "out")
        assert told.status == 2, (given, told.err)
        assert words in told.message(), (given, told.err)
    assert not Path("out/runs").exists()


def no_gaps(folder: Path) -> None:
    """Nothing in a report is missing without a reason."""
    for table in (folder / "tables").glob("*.csv"):
        text = table.read_text(encoding="utf-8").lower()
        assert ",nan" not in text and ",inf" not in text, table
        for row in cells(table.stem, str(folder)):
            empty = [name for name, cell in row.items() if cell == "" and name != "reason"]
            own = [name for name in empty if not name.endswith(("_low", "_high", "_n", "_mark", "_corrected"))]
            assert not own or row["reason"], (table, row)
