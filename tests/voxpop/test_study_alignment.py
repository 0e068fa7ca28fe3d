"""`voxpop study survey-alignment`: planted distances and biases come back, and nothing is claimed where nothing is.

Against real human distributions (World Values Survey, where the file is there), known-truth people, and a real server
on loopback.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Cli
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

from analysis.divergence import emd_alignment, js_divergence, kl_divergence
from simulator.engines.synthetic import SyntheticEngine
from surveys.importers.references import import_reference
from surveys.importers.wvs import Wanted
from surveys.reference_file import read_reference, write_reference
from surveys.serialize import instrument_to_toml
from voxpop.running import build_engine
from voxpop.spec import make_spec
from voxpop.studies.alignment.choices import ABLATIONS

# Shared by the US and China, every option chosen by some people in both: KL stays finite whatever is planted.
ITEMS = ("Q4", "Q27", "Q31", "Q32", "Q57", "Q122", "Q123", "Q124", "Q126", "Q127", "Q128", "Q129", "Q142", "Q143")
ITEMS += ("Q160", "Q165", "Q196", "Q197", "Q198", "Q199", "Q208", "Q213", "Q214", "Q216")
PLAIN = ("assimilation=0", "decoding_effect=0", "place_effect=0", "fault_shares={}")
WVS = (
    "--survey",
    "wvs.toml",
    "--reference",
    "people.json",
    "--language",
    "en",
    "--ordered",
    "all",
    "--judges",
    "",
    "--resamples",
    "199",
)


def cells(folder: str, name: str) -> list[dict[str, str]]:
    with Path(f"{folder}/tables/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sets(*pairs: str) -> list[str]:
    return [part for pair in pairs for part in ("--set", f"engine.{pair}")]


@pytest.fixture
def people(shared_data: Path, cli: Cli) -> None:
    """Survey and human answers of two countries, in the folder that the command line runs in."""
    assert cli is not None
    derived = shared_data / "derived"
    sources = [derived / "wvs7_distributions_merged.json", derived / "wvs7_12countries_50q_distributions.csv"]
    found = import_reference("wvs", sources, wanted=Wanted(items=ITEMS, countries=("US", "CN")))
    assert found.instrument is not None
    write_reference(found.reference, "people.json")
    Path("wvs.toml").write_text(instrument_to_toml(found.instrument), encoding="utf-8")


def planted(engine: dict[str, Any], item: str, country: str) -> list[float]:
    """What the respondents of a country answer in truth, over the options in file order."""
    spec = make_spec({"survey": "wvs.toml", "engine": {"name": "synthetic", **engine}})
    who = build_engine(spec)
    assert isinstance(who, SyntheticEngine)
    return list(who.planted_distribution(item, country).values())


@pytest.mark.slow
def test_a_planted_distance_from_people_is_found_and_no_other(cli: Cli, people: None) -> None:
    at_zero = ("study", "survey-alignment", *WVS, "--n", "60", *sets("humans=people.json", *PLAIN))
    told = cli(*at_zero, "--out", "zero")
    assert told.status == 0, told.err
    assert "full: within human sampling noise" in told.out
    page = Path("zero/report.html").read_text(encoding="utf-8")
    assert "within human sampling noise" in page
    assert {row["corrected_low"] for row in cells("zero", "distance-overall")} == {"0.0"}

    far = sets("humans=people.json", "human_distance=0.3", "human_contrast=uniform", *PLAIN)
    told = cli("study", "survey-alignment", *WVS, "--n", "60", *far, "--out", "far")
    assert told.status == 0, told.err
    assert "full: beyond human sampling noise" in told.out
    engine = {"humans": "people.json", "human_distance": 0.3, "human_contrast": "uniform"}
    reference = read_reference("people.json")
    measures = {"KL": kl_divergence, "JS": js_divergence}
    truth: dict[tuple[str, str, str], float] = {}
    for item in ITEMS:
        for country in ("US", "CN"):
            cell = reference.cell(item, country)
            assert cell is not None
            model, human = planted(engine, item, country), list(cell.shares.values())
            for name, measure in measures.items():
                truth[name, item, country] = float(measure(model, human))
            truth["EMD", item, country] = 1 - float(emd_alignment(model, human))
    rows = [row for row in cells("far", "distance-by-item") if row["corrected"]]
    covered = [
        float(row["corrected_low"]) - 1e-9
        <= truth[row["metric"], row["item"], row["country"]]
        <= float(row["corrected_high"]) + 1e-9
        for row in rows
    ]
    assert len(covered) > 2 * len(ITEMS)
    assert np.mean(covered) >= 0.88
    for row in cells("far", "distance-overall"):
        name = row["metric"].split()[0]
        of_metric = {(r["item"], r["country"]) for r in rows if r["metric"] == name}
        mean = np.mean([truth[name, item, country] for item, country in of_metric])
        assert float(row["corrected_low"]) <= mean <= float(row["corrected_high"]), row


@pytest.mark.slow
def test_a_planted_group_bias_shows_in_the_profiles(cli: Cli, shared_data: Path) -> None:
    derived = shared_data / "derived"
    survey = import_reference(
        "wvs", [derived / "wvs7_distributions_merged.json"], wanted=Wanted(countries=("US",))
    ).instrument
    assert survey is not None
    Path("wvs.toml").write_text(instrument_to_toml(survey), encoding="utf-8")
    groups = import_reference(
        "tidy", [derived / "wvs7_us_egypt_n303_by_sex_age.csv.gz"], wanted=Wanted(countries=("US",)), instrument=survey
    ).reference
    write_reference(groups, "people.json")
    biased = sets("humans=people.json", "human_group=age=50+", "group_bias=1.0", *PLAIN)
    told = cli("study", "survey-alignment", *WVS, "--countries", "US", "--n", "150", *biased, "--out", "old")
    assert told.status == 0, told.err
    rows = [row for row in cells("old", "profiles-share") if row["among"] == "mismatch" and row["variable"] == "age"]
    share = {row["group"]: (float(row["share"]), float(row["expected_random"])) for row in rows if row["share"]}
    assert share["age=50+"][0] > share["age=50+"][1]
    assert max(share, key=lambda group: share[group][0]) == "age=50+"


@pytest.mark.slow
def test_an_ablation_shows_what_was_planted_and_goes_on_where_it_stopped(cli: Cli) -> None:
    small = ("study", "survey-alignment", "--ablate", "--n", "20", "--people", "100", "--resamples", "99")
    effects = sets("assimilation=0.6", "decoding_effect=1.0", "place_effect=1.0", "fault_shares={}")
    small = (*small, "--draws", "published-paper")
    told = cli(*small, *effects, "--sample", "60", "--out", "out")
    assert told.status == 0, told.err
    by_arm = {row["arm"]: row for row in cells("out", "diversity-and-distance")}
    assert tuple(by_arm) == ABLATIONS
    # Repeating remembered answers takes respondents away from people; what is not remembered is not repeated.
    assert float(by_arm["no-memory"]["js_corrected"]) < float(by_arm["full"]["js_corrected_low"])
    gap = next(
        row for row in cells("out", "difference-from-full") if (row["arm"], row["metric"]) == ("no-memory", "JS")
    )
    assert float(gap["difference_high"]) < 0
    # With drawn decoding off and nothing told, everybody of a country answers the same; labels are shuffled still.
    assert float(by_arm["none"]["diversity"]) < 0.5 * float(by_arm["full"]["diversity"])
    # Nothing faulty was planted: what the judges find is what they invent, as often as they were made to.
    rates = [
        row for row in cells("out", "fault-rates") if row["arm"] == "all arms" and row["fault"] == "mean of the six"
    ]
    assert len(rates) == 2
    assert all(float(row["rate_low"]) <= 0.05 for row in rates)
    marks = {row["mark"] for row in cells("out", "published-df-2")}
    assert "misprint" in marks

    record = Path("out/runs/interviews-us/record.sqlite")
    before = rows_of(record, ("exchange", "verdict"))
    again = cli(*small, *effects, "--sample", "60", "--out", "out", "--json")
    assert again.status == 0, again.err
    assert json.loads(again.out)["study"] == "survey-alignment"
    assert rows_of(record, ("exchange", "verdict")) == before


@pytest.mark.slow
def test_the_same_command_asks_a_server(cli: Cli, loopback_server: LoopbackServer) -> None:
    here = ("--engine", "openai_compatible", "--base-url", loopback_server.base_url, "--model", loopback_server.model)
    asked = ("study", "survey-alignment", *here, "--ablate", "--n", "2", "--people", "40", "--resamples", "49")
    refused = cli(*asked, "--out", "out")
    assert refused.status == 2
    assert "--reference" in refused.err
    told = cli(*asked, "--reference", "planted", "--out", "out")
    assert told.status == 0, told.err
    assert [row["arm"] for row in cells("out", "diversity-and-distance")] == list(ABLATIONS)
    calls = sum(int(row["calls"]) for row in cells("out", "model-calls"))
    assert calls == loopback_server.seen()["chat_requests"] == 2 * 2 * 5 * 109
    assert "No judge was asked" in Path("out/report.html").read_text(encoding="utf-8")


def test_what_cannot_be_studied_is_said_before_anything_is_asked(cli: Cli) -> None:
    for given, words in (
        (("--countries", "US,FR"), "--countries FR"),
        (("--draws", "wild"), "--draws wild"),
        (("--language", "ja"), "--language ja"),
        (("--ordered", "no-such-item"), "--ordered no-such-item"),
        (("--survey", "no-such-survey"), "no-such-survey"),
        (("--reference", "nowhere.json"), "nowhere.json"),
    ):
        told = cli("study", "survey-alignment", *given, "--out", "out")
        assert told.status == 2, told.err
        assert words in told.err
    assert not Path("out/runs").exists()


SURVEY = """
id = "four"
title = "Four questions"
[option_sets.agree]
options = [
  {code = 1, score = 1, text = "Disagree"},
  {code = 2, score = 2, text = "Neither"},
  {code = 3, score = 3, text = "Agree"},
]
"""
ITEM = '[[items]]\nid = "{id}"\ntext = "Do you agree with statement {id}?"\nformat = "single"\noptions = "agree"\n'
TABLE = """item,country,group,option,share,n
sound,US,all,1,0.3,400
sound,US,all,2,0.3,400
sound,US,all,3,0.4,400
sound,US,sex=female,1,0.3,200
sound,US,sex=female,2,0.3,200
sound,US,sex=female,3,0.4,200
unchosen,US,all,1,0.5,400
unchosen,US,all,2,0.5,400
unchosen,US,all,3,0.0,400
silent,US,all,1,0.2,400
silent,US,all,2,0.3,400
silent,US,all,3,0.5,400
lopsided,US,all,1,0.2,400
lopsided,US,all,2,0.2,400
lopsided,US,all,3,0.2,400
sound,US,sex=male,7,1.0,200
"""


@pytest.mark.slow
def test_whatever_is_wrong_is_named_and_counted_and_leaves_no_unexplained_gap(cli: Cli) -> None:
    names = ("sound", "unchosen", "silent", "lopsided")
    Path("four.toml").write_text(SURVEY + "".join(ITEM.format(id=name) for name in names), encoding="utf-8")
    Path("people.csv").write_text(TABLE, encoding="utf-8")
    told = cli("reference", "import", "tidy", "people.csv", "--survey", "four.toml", "--out", "people.json")
    assert told.status == 0, told.err
    said = " ".join((told.out + told.err).split())
    assert "'lopsided'" in said and "0.6" in said  # shares that do not sum
    checked = cli("reference", "check", "people.json", "--survey", "four.toml")
    said = " ".join((checked.out + checked.err).split())
    assert "zero_option" in said and "'unchosen'" in said
    assert "'lopsided'" in said  # an item without usable human answers
    assert "codes 7" in said or "code 7" in said or "option 7" in said  # an option that the item does not have

    replies = dict.fromkeys(("sound", "unchosen"), "Answer: 3\nExplanation: so it is.")
    replies["silent"] = "I would rather speak of the weather."
    Path("replies.json").write_text(json.dumps({"items": replies}), encoding="utf-8")
    Path("prose.json").write_text(json.dumps({"items": {"*": "A fine reply, all in all."}}), encoding="utf-8")
    asked = ("study", "survey-alignment", "--survey", "four.toml", "--reference", "people.json", "--countries", "US")
    engine = (
        "--engine",
        "scripted",
        "--set",
        'engine.replies="replies.json"',
        "--set",
        "asking.max_tries=1",
        "--set",
        "asking.option_order=fixed",
    )
    judge = ("--judges", "prose=scripted:prose.json", "--sample", "all")
    told = cli(*asked, *engine, *judge, "--n", "10", "--resamples", "49", "--out", "out")
    assert told.status == 0, told.err

    items = {(row["item"], row["metric"]): row for row in cells("out", "distance-by-item")}
    assert float(items["unchosen", "KL"]["value"]) == pytest.approx(1 - np.log(0.4))
    assert items["unchosen", "KL"]["n_infinite"] == "1"
    assert items["silent", "JS"]["value"] == ""
    assert "answers on both sides" in items["silent", "JS"]["reason"]
    assert float(items["sound", "KL"]["value"]) == pytest.approx(-np.log(0.4))
    overall = {row["metric"].split()[0]: row for row in cells("out", "distance-overall")}
    assert overall["KL"]["n_infinite"] == "2"
    assert int(overall["KL"]["n_failed"]) == 10
    judged = {row["fault"]: row for row in cells("out", "judge-agreement")}
    assert all(int(row["without_a_verdict"]) > 0 for row in judged.values())
    rates = cells("out", "fault-rates")
    assert all(row["rate"] == "" and row["reason"] and int(row["n_unreadable"]) > 0 for row in rates)
    for table in Path("out/tables").glob("*.csv"):
        text = table.read_text(encoding="utf-8").lower()
        assert ",nan," not in text and ",inf," not in text, table
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert ">nan<" not in page and ">inf<" not in page
