"""A report in a folder: the same bytes each time, whole or not there at all, and nothing of anybody else's touched."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from durability.nasty_texts import NASTY

from analysis.figure_intervals import interval_plot
from analysis.report import Fact, Figure, Report, Section
from analysis.report_cells import Column
from analysis.report_folder import is_whole, write_report
from analysis.report_tables import Table
from simulator.errors import ReportError

ROOT = Path(__file__).resolve().parents[2]


def report(number: float = 1.0, tables: tuple[str, ...] = ("one", "two")) -> Report:
    rows = [(text, number) for text in NASTY]
    frame = pd.DataFrame({"row": ["a"], "arm": ["x"], "value": [number], "low": [number - 1], "high": [number + 1]})
    drawn = Figure("dots", "Dots", interval_plot(frame, xlabel="x"), "A dot.", "1 respondent")
    parts = (*(Table(name, name, (Column("text"), Column("number")), rows) for name in tables), drawn)
    return Report("Report", ("Lead.",), ("Limits.",), (Fact("seed", "7"),), (Section("all", "All", parts),))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_leaves_page_tables_and_figures_and_the_same_bytes_each_time(tmp_path):
    assert write_report(report(), tmp_path / "a") == tmp_path / "a" / "report.html"
    write_report(report(), tmp_path / "b")
    write_report(report(), tmp_path / "b")
    found = files(tmp_path / "a")
    listed = {"report.html", "report.json", "tables/one.csv", "tables/two.csv", "figures/dots.png", "figures/dots.svg"}
    assert set(found) == listed
    assert found == files(tmp_path / "b")
    assert is_whole(tmp_path / "a")
    (tmp_path / "a" / "tables" / "one.csv").write_text("changed")
    assert not is_whole(tmp_path / "a")


def test_figures_are_valid_png_and_svg_without_a_date(tmp_path):
    write_report(report(), tmp_path)
    png = (tmp_path / "figures" / "dots.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == 1152
    assert height > 100
    svg = ElementTree.fromstring((tmp_path / "figures" / "dots.svg").read_bytes())
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(svg.iter("{http://purl.org/dc/elements/1.1/}date"))


def test_a_new_report_replaces_the_old_and_leaves_what_else_is_there(tmp_path):
    write_report(report(), tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "tables" / "mine.csv").write_text("mine")
    write_report(report(2.0, ("two",)), tmp_path)
    assert set(files(tmp_path)) == {"report.html", "report.json", "tables/two.csv", "tables/mine.csv"} | {
        "figures/dots.png",
        "figures/dots.svg",
    }
    assert (tmp_path / "runs").is_dir()
    assert is_whole(tmp_path)


@pytest.mark.parametrize("name", ["report.html", "tables/one.csv", "figures/dots.png"])
def test_what_no_report_wrote_is_not_replaced(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(ReportError, match="was not written by a report"):
        write_report(report(), tmp_path)
    assert files(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("text", ["{}", "no json", '{"format": "voxpop-report", "files": {"../up": ""}}', "[1]"])
def test_a_list_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(ReportError, match="no list of a report's files"):
        write_report(report(), tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:4]
folder = Path(sys.argv[4])
from test_report_folder import report
from analysis.report_folder import is_whole, report_files, write_report
old, new = report(1.0), report(2.0, ("two", "three"))
pages = [report_files(one)["report.html"] for one in (old, new)]
write_report(old, folder)
step = 0
while True:
    child = os.fork()
    if child == 0:
        left = step
        def strike(event, details):
            global left
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") and str(folder) in str(details):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
        sys.addaudithook(strike)
        write_report(new, folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    page = folder / "report.html"
    found = pages.index(page.read_bytes()) if page.exists() else None
    print(os.WIFSIGNALED(status), found, is_whole(folder))
    if not os.WIFSIGNALED(status):
        break
    write_report(old, folder)
    assert is_whole(folder) and page.read_bytes() == pages[0] and not list(folder.glob(".report-*"))
    step += 1
"""


@pytest.mark.slow
def test_killed_at_any_step_it_leaves_the_old_report_or_the_new_one_or_no_page(tmp_path):
    """SIGKILL before every file that the write opens, renames or removes in turn; the next write always succeeds."""
    paths = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "analysis"), str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", KILLED, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outcomes = [tuple(line.split()) for line in done.stdout.splitlines()]
    *killed, finished = outcomes
    assert finished == ("False", "1", "True")
    assert len(killed) > 20
    assert {found for _, found, _ in killed} == {"0", "1", "None"}
    # A page that is there is the page of a whole report. While the list names both reports it vouches for neither.
    order = [found for _, found, _ in killed]
    assert order == sorted(order, key=["0", "None", "1"].index)
    assert all(whole == "True" for _, found, whole in killed if found == "1")


def test_without_matplotlib_it_says_what_to_install():
    code = """
import sys
sys.modules["matplotlib"] = None
from analysis.figures import require_matplotlib
from analysis.figure_intervals import interval_plot
from simulator.errors import ReportError
import pandas as pd
frame = pd.DataFrame({"row": ["a"], "arm": ["x"], "value": [1.0], "low": [0.5], "high": [2.0]})
for call in (require_matplotlib, lambda: interval_plot(frame, xlabel="x")):
    try:
        call()
    except ReportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 2
    assert all("pip install 'voxpop[figures]'" in line for line in said)
