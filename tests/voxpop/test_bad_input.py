"""What a user can get wrong in a spec, a survey, a population or a command line: one message, status 2, nothing made.

Each case says what is on disk, what is typed, and what the message has to name: what is wrong, which one, what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from commandline import SURVEY, Cli, Told


class Case(NamedTuple):
    """Files to write, a command line, and what the message must hold."""

    name: str
    typed: str
    told: tuple[str, ...]
    files: Mapping[str, str | bytes] = {}


def spec(text: str) -> dict[str, str | bytes]:
    return {"my.toml": text}


def population(text: str, **tables: str | bytes) -> dict[str, str | bytes]:
    return {"my.toml": f"[survey]\nlimit = 2\n[population]\n{text}", **{f"{name}.csv": t for name, t in tables.items()}}


def survey(*changes: tuple[str, str]) -> dict[str, str | bytes]:
    text = SURVEY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {"s.toml": text}


YES_NO = 'options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]'
PARAPHRASE = """
[[items]]
id = "q2~1"
question = "q2"
wording = 1
format = "single"
text = "Is it really not?"
options = [{code = 1, text = "Sure"}, {code = 2, text = "Never"}]
"""
ELEVEN = ", ".join(f'{{code = {code}, text = "option {code}"}}' for code in range(1, 12))
ELEVEN_OPTIONS = {"s.toml": SURVEY.replace(YES_NO, f"options = [{ELEVEN}]")}
MARGIN = 'strategies = ["demographic"]\nn = 4\n[population.margins.age]\n'
TABLE = 'strategies = ["table"]\npath = "t.csv"\nn = 2\n'
PEOPLE = "name,age\nAnn,30\nBob,40\n"
RUN_S = "run --survey s.toml --n 2"

SPECS = [
    Case("no file", "run my.toml", ("my.toml", "no such file", "write a spec")),
    Case("a folder", "run .", (".: this is a folder", "give the path of a spec")),
    Case(
        "malformed",
        "run my.toml",
        ("my.toml", "not valid TOML", "line 2, column 8", "correct it"),
        spec("\nseed = = 3"),
    ),
    Case(
        "not text",
        "run my.toml",
        ("my.toml", "not UTF-8", "0xff", "save the file as UTF-8"),
        {"my.toml": b"\xff\xfe\x00"},
    ),
    Case("null byte", "run my.toml", ("my.toml", "not valid TOML", "line 1"), spec("name = 'a'\x00")),
    Case("nested", "run my.toml", ("my.toml", "nested too deeply", "flatten"), spec("a = " + "[" * 5000 + "]" * 5000)),
    Case("long number", "run my.toml", ("my.toml", "not valid TOML"), spec("seed = " + "9" * 5000)),
    Case(
        "unknown key", "run my.toml", ("my.toml: 1 fault", "sed: unknown key", "did you mean 'seed'"), spec("sed = 3")
    ),
    Case("key in section", "run my.toml", ("memory.kidn", "did you mean 'kind'"), spec("[memory]\nkidn = 'none'")),
    Case(
        "3 faults",
        "run my.toml",
        ("3 faults", "sed", "memory.kind", "population.n"),
        spec("sed = 1\n[memory]\nkind = 'x'\n[population]\nn = 0"),
    ),
    Case("strategy", "run --strategies cty", ("no strategy 'cty'", "did you mean 'city'", "allowed")),
    Case("strategy empty", "run --strategies city,,named", ("--strategies 'city,,named'", "a name is empty")),
    Case("strategy twice", "run --strategies city,city", ("two populations are called 'city'", "label")),
    Case("survey", "run --survey portrait-value", ("no survey 'portrait-value'", "did you mean 'portrait-values'")),
    Case("engine", "run --engine openai", ("no engine 'openai'", "did you mean 'openai_compatible'")),
    Case("probe", "run --set probe.name=logits", ("probe.name", "found 'logits'", "'token-logit'")),
    Case("style", "run --set asking.style=defualt", ("no prompt style 'defualt'", "did you mean 'default'")),
    Case("style file", "run --set asking.style=x.toml", ("prompt style 'x.toml'", "No such file", "check the path")),
    Case(
        "style placeholder",
        "run --set asking.style=x.toml",
        ("unknown placeholder {persona_name}", "allowed"),
        {"x.toml": '[en]\nsystem = "{persona_name}"'},
    ),
    Case(
        "style malformed",
        "run --set asking.style=x.toml",
        ("'x.toml' is not valid TOML", "correct the file"),
        {"x.toml": "= ="},
    ),
    Case("n is 0", "run --n 0", ("population.n: found 0", "greater than 0")),
    Case("n negative", "run --n -4", ("population.n: found -4", "greater than 0")),
    Case(
        "n too small",
        "run --n 1 --strategies city,named",
        ("population.n", "1 cannot be split over 2", "at least one persona for each"),
    ),
    Case("n beyond reason", "run --n 99999999999", ("population.n: found 99999999999", "at most 10000000")),
    Case("n in the file", "population my.toml", ("my.toml", "population.n: found 0"), population("n = 0")),
    Case(
        "n of the second",
        "run my.toml",
        ("population.1.n: found 0",),
        spec("[[population]]\nn = 1\n[[population]]\nn = 0"),
    ),
    Case("n no number", "run --set population.n=many", ("population.n: found 'many'", "whole number")),
    Case("n a table", "run --set population.n.x=3", ("population.n: found a table", "whole number")),
    Case("seed negative", "run --set seed=-1", ("seed: found -1", "at least 0")),
    Case(
        "seed too long", "run --set seed=99999999999999999999999", ("seed: found 99999", "at most 9223372036854775807")
    ),
    Case("name a path", "run --set name=../../etc", ("name: found '../../etc'", "use letters, digits")),
    Case("name too long", f"run --name {'x' * 300}", ("name: found", "at most 100 characters")),
    Case("section a number", "run --set survey=3", ("survey: found 3", "give a section")),
    Case("set without =", "run --set seed", ("--set 'seed'", "key=value")),
    Case("set without key", "run --set =3", ("--set '=3'", "key=value")),
    Case(
        "set in a list",
        "run my.toml --set population.n=3",
        ("population: found 1", "give a section"),
        spec("population = [1]"),
    ),
    Case(
        "arm twice",
        "run my.toml",
        ("arms.memory: 'none' is listed 2 times", "once"),
        spec("[arms]\nmemory = ['none', 'none']"),
    ),
    Case(
        "arm negative",
        "run my.toml",
        ("arms.memory_length.0: found -3", "at least 0"),
        spec("[arms]\nmemory_length = [-3]"),
    ),
    Case("temperature nan", "run --set settings.temperature=nan", ("settings.temperature: found nan", "give a number")),
    Case(
        "language", f"{RUN_S} --set asking.language=de", ("survey 'mine' has no texts in 'de'", "it has en"), survey()
    ),
    Case("items", "run --set survey.items=['nope']", ("no item 'nope'", "'pv01'")),
    Case("topics", "run --survey civic-topics --set survey.topics=['nope']", ("no topic 'nope'", "'legal-abortion'")),
    Case(
        "colliding numbers",
        f"{RUN_S} --set probe.name=token-logit",
        ("item 'q1'", "'1' from '10'", "use labels 'letters'"),
        ELEVEN_OPTIONS,
    ),
    Case(
        "colliding roman",
        f"{RUN_S} --set probe.name=token-logit --set asking.labels=roman",
        ("'I' from 'II'", "use labels"),
        ELEVEN_OPTIONS,
    ),
    Case(
        "colliding random",
        f"{RUN_S} --set probe.name=token-logit --set asking.labels=random",
        ("token-logit", "use labels"),
        ELEVEN_OPTIONS,
    ),
]

ENGINES = [
    Case("truth range", "run --set engine.refusal=1.4", ("refusal: is 1.4", "from 0 to 1")),
    Case("truth unknown", "run --set engine.refusl=0.4", ("refusl", "did you mean 'refusal'")),
    Case(
        "truth sum",
        "run --set engine.refusal=0.6 --set engine.unreadable=0.5",
        ("refusal and unreadable", "1.1", "below 1"),
    ),
    Case(
        "model alone",
        "run --model m",
        ("model: is an option of engine 'openai_compatible'", "--engine openai_compatible"),
    ),
    Case("no model", "run --engine openai_compatible", ("model: is missing", "the name of the model")),
    Case(
        "key in the spec",
        "run --engine openai_compatible --model m --set engine.api_key=sk-1",
        ("api_key", "environment"),
    ),
    Case(
        "no url",
        "run --engine openai_compatible --model m --base-url 127.0.0.1:80",
        ("base_url '127.0.0.1:80'", "write it like http://"),
    ),
    Case("no replies", "run --engine scripted", ("replies: is missing", "give a TOML or JSON file")),
    Case(
        "replies missing",
        "run --engine scripted --set engine.replies=no.toml",
        ("no.toml", "cannot be read", "name a file"),
    ),
    Case(
        "no chat model",
        "run --engine langchain_model --set engine.chat_model=nix:Foo()",
        ("nix cannot be imported", "install"),
    ),
    Case(
        "structured",
        "run --engine scripted --set engine.replies=['1'] --set asking.answer_format=structured",
        ("'structured'", "'structured_choice'", "engine 'scripted'", "choose another"),
    ),
    Case(
        "logprobs",
        "run --engine scripted --set engine.replies=['1'] --set probe.name=token-logit",
        ("token-logit probe", "'top_logprobs'", "engine 'scripted'"),
    ),
    Case("beams", "run --set settings.beams=4", ("beams = 4", "'beam_search'", "engine 'synthetic'")),
]

SURVEYS = [
    Case("no file", "survey show s.toml", ("s.toml", "no such file", "give the path")),
    Case("a folder", "survey show ./", ("this is a folder", "give the path")),
    Case("empty", "survey show s.toml", ("s.toml: 3 faults", "id: is missing", "title", "items"), {"s.toml": ""}),
    Case("malformed", "survey show s.toml", ("s.toml", "line 1, column 5", "correct the TOML"), {"s.toml": "a = = 3"}),
    Case("not text", "survey show s.toml", ("s.toml", "not UTF-8", "save the file as UTF-8"), {"s.toml": b"\xff\xfe"}),
    Case("item id twice", RUN_S, ("item 'q1'", "used by 2 items", "give each its own"), survey(('"q2"', '"q1"'))),
    Case("option code twice", RUN_S, ("item 'q1', options", "code 1", "unique"), survey(("code = 2", "code = 1"))),
    Case("no options", RUN_S, ("item 'q1', options", "there are none", "offer at least two"), survey((YES_NO, ""))),
    Case("empty options", RUN_S, ("item 'q1', options", "there are none"), survey((YES_NO, "options = []"))),
    Case("paraphrase", RUN_S, ("q2", "option"), {"s.toml": SURVEY + PARAPHRASE}),
    Case("unknown key", RUN_S, ("item 'q1', key 'frmat'", "did you mean 'format'"), survey(("format", "frmat"))),
    Case(
        "3 faults",
        RUN_S,
        ("s.toml: 3 faults", "'q1'", "frmat", "empty"),
        survey(('"q2"', '"q1"'), ("format", "frmat"), ("Is it so?", "")),
    ),
    Case("topic", "survey show civic-topics --topic zz", ("no topic 'zz'", "'legal-abortion'")),
    Case("limit", "survey show civic-topics --limit 0", ("limit is 0", "1 or more")),
    Case(
        "importer",
        "survey import xyz t.csv",
        ("no survey format 'xyz'", "'csv'", "'valueconsistency'"),
        {"t.csv": PEOPLE},
    ),
    Case("import nothing", "survey import csv none.csv", ("none.csv", "no such file")),
    Case("import empty", "survey import csv t.csv", ("t.csv",), {"t.csv": ""}),
    Case("import foreign", "survey import csv t.csv", ("t.csv",), {"t.csv": PEOPLE}),
    Case(
        "import exists",
        "survey import csv t.csv --out o.toml",
        ("o.toml", "exists", "--out", "--force"),
        {"t.csv": PEOPLE, "o.toml": "x = 1"},
    ),
    Case("import name", "survey import valueconsistency v.jsonl", ("v.jsonl", "call it"), {"v.jsonl": "{\n"}),
]

POPULATIONS = [
    Case(
        "margins sum",
        "population my.toml",
        ("margin 'age'", "sum to 1.1", "correct them"),
        population(f'{MARGIN}source = "x"\nyear = 2020\nshares = {{young = 0.5, old = 0.6}}'),
    ),
    Case(
        "margin negative",
        "population my.toml",
        ("margin 'age'", "'old' has -0.6"),
        population(f'{MARGIN}source = "x"\nyear = 2020\nshares = {{young = 1.6, old = -0.6}}'),
    ),
    Case(
        "margin text",
        "population my.toml",
        ("margin 'age'", "'young' has 'a'"),
        population(f'{MARGIN}source = "x"\nyear = 2020\nshares = {{young = "a"}}'),
    ),
    Case(
        "margin empty",
        "population my.toml",
        ("margin 'age'", "no categories", "at least one"),
        population(f'{MARGIN}source = "x"\nyear = 2020\nshares = {{}}'),
    ),
    Case(
        "margin source",
        "population my.toml",
        ("margins.age", "source None", "give the source"),
        population(f"{MARGIN}shares = {{young = 1.0}}"),
    ),
    Case(
        "margin name",
        "population my.toml",
        ("margins is 'cenus'", "did you mean 'census'"),
        population('strategies = ["demographic"]\nn = 4\nmargins = "cenus"'),
    ),
    Case(
        "margins unused",
        "population my.toml",
        ("'city' draws from no margins", "+demographic"),
        population('n = 4\n[population.margins.age]\nsource = "x"\nyear = 2020\nshares = {young = 1.0}'),
    ),
    Case(
        "raking",
        "population my.toml",
        ("no variable 'age'", "there are"),
        population('n = 4\n[population.rake_to.age]\nsource = "x"\nyear = 2020\nshares = {young = 1.0}'),
    ),
    Case("country", "population --set population.country=XX", ("country 'XX'", "allowed are: US")),
    Case("drawing", "population --set population.drawing=quotas", ("found 'quotas'", "did you mean 'quota'")),
    Case("option", "population --set population.foo=3", ("no setting 'foo'", "allowed are")),
    Case("no path", "population my.toml", ("strategy 'table' needs a path",), population('strategies = ["table"]')),
    Case("no table", "population my.toml", ("t.csv", "no such file"), population(f'{TABLE}template = "{{name}}"')),
    Case("no template", "population my.toml", ("needs a template", "for example"), population(TABLE, t=PEOPLE)),
    Case(
        "template column",
        "population my.toml",
        ("t.csv", "no column 'town'", "name, age"),
        population(f'{TABLE}template = "{{town}}"', t=PEOPLE),
    ),
    Case(
        "template broken",
        "population my.toml",
        ("template '{name'", "write {name}"),
        population(f'{TABLE}template = "{{name"', t=PEOPLE),
    ),
    Case(
        "template no text",
        "population my.toml",
        ("the template is 3", "give a text"),
        population(f"{TABLE}template = 3", t=PEOPLE),
    ),
    Case(
        "templates no table",
        "population my.toml",
        ("templates is 3", "give a table"),
        population(f"{TABLE}templates = 3", t=PEOPLE),
    ),
    Case(
        "table empty",
        "population my.toml",
        ("t.csv", "no rows", "needs a heading"),
        population(f'{TABLE}template = "{{name}}"', t=""),
    ),
    Case(
        "table heading",
        "population my.toml",
        ("t.csv", "no rows"),
        population(f'{TABLE}template = "{{name}}"', t="name,age\n"),
    ),
    Case(
        "table not text",
        "population my.toml",
        ("t.csv", "not UTF-8", "save it as UTF-8"),
        population(f'{TABLE}template = "{{name}}"', t=b"\xff\xfe\x00\x81"),
    ),
    Case(
        "table ragged",
        "population my.toml",
        ("t.csv", "row 1 has 3 cells", "check quotes"),
        population(f'{TABLE}template = "{{a}}"', t="a,b\n1,2,3\n"),
    ),
    Case(
        "table too short",
        "population my.toml",
        ("5 respondents", "2 usable rows", "ask for fewer"),
        population(f'{TABLE.replace("n = 2", "n = 5")}template = "{{name}}"', t=PEOPLE),
    ),
    Case(
        "table columns",
        "population my.toml",
        ("t.csv", "no column 'zip'", "name, age"),
        population(f'{TABLE}template = "{{name}}"\ncolumns = ["zip"]', t=PEOPLE),
    ),
    Case(
        "table weights",
        "population my.toml",
        ("t.csv", "no column 'w'", "weights"),
        population(f'{TABLE}template = "{{name}}"\nweight = "w"', t=PEOPLE),
    ),
]

COMMAND_LINES = [
    Case("no such verb", "rnu", ("No such command 'rnu'", "Did you mean 'run'", "voxpop --help")),
    Case("no such option", "run --bogus", ("No such option: --bogus", "voxpop run --help")),
    Case("too many", "run a b", ("unexpected extra argument", "voxpop run --help")),
    Case("too few", "show", ("Missing argument", "voxpop show --help")),
    Case("no number", "run --n many", ("'--n'", "integer", "voxpop run --help")),
    Case("no run", "status nope", ("run 'nope'", "no such run", "no runs in runs yet")),
    Case("long name", f"status {'x' * 5000}", ("no such run",)),
    Case("long spec", f"run {'x' * 5000}.toml", ("cannot be read", "File name too long")),
    Case("long survey", f"run --survey {'x' * 5000}.toml", ("File name too long",)),
    Case("resume", "resume nope", ("run 'nope'", "no such run")),
    Case("metrics of no run", "analyze nope", ("run 'nope'", "no such run")),
    Case("demo too small", "demo --n 2", ("'--n'", "greater than or equal to 3", "voxpop demo --help")),
    Case("price", "plan --price-in -1", ("'--price-in'", "greater than or equal to 0")),
    Case("latency", "plan --latency -1", ("'--latency'", "greater than or equal to 0")),
    Case("examples", "population --examples -1", ("'--examples'", "greater than or equal to 0")),
]


def check(case: Case, cli: Cli) -> Told:
    for name, content in case.files.items():
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    told = cli(*case.typed.split(" "))
    assert told.status == 2, told
    assert told.out == ""
    message = told.message()
    for part in case.told:
        assert part in message
    assert not Path("runs").exists()
    as_json = cli(*case.typed.split(" "), "--json")
    assert (as_json.status, as_json.out) == (2, "")
    assert as_json.error()["message"] == message
    return told


def ids(cases: list[Case]) -> dict[str, object]:
    return {"argvalues": cases, "ids": [case.name for case in cases]}


@pytest.mark.parametrize("case", **ids(SPECS))
def test_spec(case: Case, cli: Cli) -> None:
    check(case, cli)


@pytest.mark.parametrize("case", **ids(ENGINES))
def test_engine_options(case: Case, cli: Cli) -> None:
    assert "sk-1" not in check(case, cli).err


@pytest.mark.parametrize("case", **ids(SURVEYS))
def test_survey(case: Case, cli: Cli) -> None:
    check(case, cli)


@pytest.mark.parametrize("case", **ids(POPULATIONS))
def test_population(case: Case, cli: Cli) -> None:
    check(case, cli)


@pytest.mark.parametrize("case", **ids(COMMAND_LINES))
def test_command_line(case: Case, cli: Cli) -> None:
    check(case, cli)


def test_survey_check_lists_every_fault_as_its_result(cli: Cli) -> None:
    Path("s.toml").write_text(SURVEY.replace('"q2"', '"q1"').replace("Is it so?", ""))
    told = cli("survey", "check", "s.toml")
    assert (told.status, told.err) == (2, "")
    assert "s.toml: 2 faults" in told.out
    assert '"is_valid": false' in cli("survey", "check", "s.toml", "--json").out


def test_a_spec_may_be_empty_begin_with_a_mark_and_be_called_anything(cli: Cli) -> None:
    Path("my spec!.toml").write_bytes(b"\xef\xbb\xbf")
    told = cli("run", "my spec!.toml", "--n", "1", "--set", "survey.limit=1")
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("my-spec: complete")


def test_help_and_no_argument(cli: Cli) -> None:
    assert cli("--help").status == 0
    assert cli("run", "--help").out.startswith("Usage: voxpop run")
    assert cli().status == 2
