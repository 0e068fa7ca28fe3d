"""Any text as a run specification: an explained refusal, or a run that can be designed, recorded and read back.

What is accepted is shrunk to two respondents and one item first, and asks no server. The last line may be an override.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from simulator.errors import ConfigError, MissingCapability, RunSpecError
from simulator.store.cells import loaded_json, stored_json
from voxpop.manifest import without_secrets
from voxpop.planning import make_design
from voxpop.running import build_engine, condition_rows, item_rows
from voxpop.spec import RunSpec, make_spec, read_spec

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
FILE = FOLDER / "fuzzed.toml"
# The others import whatever package is named, or open a file.
ENGINES = ("synthetic", "openai_compatible", "scripted")


def small(spec: RunSpec) -> RunSpec:
    """The same with few respondents and one item."""
    data: dict[str, Any] = spec.as_json()
    for section in data["population"]:
        section["n"] = len(section["strategies"])
    data["survey"]["limit"] = 1
    return make_spec(data)


def check(data: bytes) -> None:
    """See the module."""
    text, _, override = data.rpartition(b"\n--set ")
    FILE.write_bytes(text or data)
    overrides = [override.decode("utf-8", "replace")] if text else []
    try:
        spec = read_spec(FILE, overrides)
    except RunSpecError as error:
        assert str(error)
        return
    assert make_spec(spec.as_json()).as_json() == spec.as_json()
    try:
        design = make_design(small(spec))
        recorded = without_secrets(spec.as_json())
        if spec.engine.name in ENGINES and not isinstance(spec.engine.options().get("replies"), str):
            build_engine(spec)
    except (ConfigError, MissingCapability) as error:
        assert str(error)
        assert error.exit_status == 2
        return
    assert loaded_json(stored_json(recorded)) == recorded
    for row in condition_rows(design):
        stored_json(row.settings)
    for item in item_rows(design):
        stored_json(item.content)
    for number in range(min(design.n_respondents, 3)):
        persona = design.interview(number).persona
        stored_json(dict(persona.attributes))
        stored_json(dict(persona.texts))


WHOLE = b"""
name = "x"
seed = 7
design = "within"
survey = "civic-topics"
[[population]]
strategies = ["city", "demographic"]
n = 4
country = ["US", "DE"]
drawing = "quota"
margins = "census"
[population.rake_to.gender]
source = "s"
year = 2020
shares = {female = 0.5, male = 0.5}
[asking]
style = "plain"
answer_format = "explained"
option_order = "random"
labels = "letters"
language = "de"
[memory]
kind = "window"
max_length = 3
[probe]
name = "token-logit"
top_logprobs = 5
[settings]
temperature = 0.7
[engine]
name = "openai_compatible"
model = "m"
base_url = "http://127.0.0.1:9/v1"
extra_body = {a = 1}
[arms]
memory = ["none", "full"]
temperature = [0.0, 1.0]
[fieldwork]
concurrency = 2
"""
SEEDS = [WHOLE, WHOLE + b"\n--set population.n=5", b"\n--set engine.name=synthetic", b"engine = 'synthetic'"]
SEEDS += [
    b"[population]\nstrategy = 'value-anchor'\nn = 3\n",
    b"[population]\nstrategy = 'named'\n[engine]\nverbosity = 0.5",
]
SEEDS += [b"[population]\nstrategy = 'generated'\nlabel = 'x'\n", b"[engine]\nname = 'scripted'\nreplies = ['1']\n"]
SEEDS += [path.read_bytes() for path in sorted((ROOT / "runs").glob("*.toml"))]
SEEDS.append((ROOT / "tests/data/everything.toml").read_bytes())
WORDS = [
    *(
        "[survey]",
        "[population]",
        "[[population]]",
        "[asking]",
        "[memory]",
        "[probe]",
        "[settings]",
        "[engine]",
        "[arms]",
    ),
    *(
        "[fieldwork]",
        "strategies = ",
        "strategy = ",
        "city",
        "basic",
        "demographic",
        "value-anchor",
        "named",
        "generated",
    ),
    *(
        "city+demographic",
        "n = ",
        "country = ",
        "drawing = ",
        "margins = ",
        '"census"',
        "rake_to = ",
        "shares = ",
        "counts",
    ),
    *("template = ", "templates = ", "options = ", "label = ", "wordings = ", "topics = ", "items = ", "limit = 1"),
    *(
        "temperature = ",
        "nan",
        "inf",
        "1979-05-27",
        "extra_body = ",
        "api_key",
        "\n--set ",
        "engine.",
        "a.b.c.d",
        "{",
        "[",
    ),
]
