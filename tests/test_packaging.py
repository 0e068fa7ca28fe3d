"""The wheel, installed into an empty environment, gives a working `voxpop` with everything it needs inside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("surveys", "personas", "simulator", "analysis", "voxpop", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


def command(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in arguments],
        cwd=cwd,
        env={**clean, **environment},
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that no build product is left in the tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    command(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", copy / "dist", ".", cwd=copy)
    (built,) = (copy / "dist").glob("voxpop-*.whl")
    return built


@pytest.mark.slow
def test_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    for package in SOURCES[:5]:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in packed, f"{path.relative_to(ROOT)} is missing from the wheel"


@pytest.mark.slow
def test_installed_into_an_empty_environment_it_works(wheel: Path, tmp_path: Path) -> None:
    command(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    binaries = tmp_path / "empty" / "bin"
    command(binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    runs = str(tmp_path / "runs")
    voxpop = binaries / "voxpop"
    assert "Launch simulated respondent populations" in command(voxpop, "--help", cwd=tmp_path)
    surveys = json.loads(command(voxpop, "survey", "list", "--json", cwd=tmp_path))
    assert {survey["id"] for survey in surveys} >= {"portrait-values", "civic-topics"}
    demo = json.loads(command(voxpop, "demo", "--n", "6", "--json", cwd=tmp_path, VOXPOP_RUNS=runs))
    assert sum(arm["n_respondents"] for arm in demo["comparison"]["arms"]) == 6
    command(voxpop, "export", "demo", tmp_path / "demo.sav", cwd=tmp_path, VOXPOP_RUNS=runs)
    assert json.loads(command(voxpop, "doctor", "--json", cwd=tmp_path))["is_well"]
