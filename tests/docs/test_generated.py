"""Generated documentation is what the code says now, and the check would notice if it were not."""

from __future__ import annotations

import json
import tomllib

import generate
import pytest
from generators import command_line, demo_output, engine_pages, names, spec_pages

from simulator.engines.base import Capability
from simulator.engines.factory import ENGINE_OPTIONS
from voxpop.spec import RunSpec, make_spec, read_spec

COMPLETE = spec_pages.complete_example().removeprefix("```toml\n").removesuffix("\n```")


def test_nothing_is_out_of_date(capsys):
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows():
    readme = (generate.ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = [found["body"] for found in generate.PART.finditer(readme) if found["name"] == "demo"]
    printed = demo_output.demo_output() + "\n"
    assert demo_output.without_time(printed) == demo_output.without_time(shown)


def test_a_changed_part_is_noticed_and_mended():
    page = "before\n<!-- generated: exit-statuses -->\n| old |\n<!-- end -->\nafter\n"
    mended = generate.rewritten(page, full=False, check=True)
    assert mended != page
    assert generate.rewritten(mended, full=False, check=True) == mended
    assert mended.startswith("before\n<!-- generated: exit-statuses -->\n| status | means |")
    assert mended.endswith("<!-- end -->\nafter\n")


def test_changed_inputs_of_a_slow_part_are_noticed():
    page = "<!-- generated: demo inputs=000000000000 -->\nshown\n<!-- end -->\n"
    mended = generate.rewritten(page, full=False, check=True)
    assert mended != page and "\nshown\n" in mended


def test_a_part_that_nobody_generates_is_an_error():
    with pytest.raises(SystemExit, match="no generator is called 'nothing'"):
        generate.rewritten("<!-- generated: nothing -->\n<!-- end -->\n", full=False, check=True)


def test_every_command_is_in_the_reference():
    page = (generate.ROOT / "docs/cli.md").read_text(encoding="utf-8")
    words = [words for words, _ in command_line.commands()]
    assert {"run", "demo", "show", "survey import"} <= set(words)
    for command in words:
        assert f"## voxpop {command}\n" in page


def test_every_command_says_what_it_does_and_gives_an_example():
    for words, command in command_line.commands():
        assert command.help and command.epilog, words
        for param in command.params:
            assert getattr(param, "help", None), f"voxpop {words}: {param.name} has no help"


def test_every_engine_option_and_capability_is_in_the_reference():
    page = (generate.ROOT / "docs/engines.md").read_text(encoding="utf-8")
    for engine, options in ENGINE_OPTIONS.items():
        assert f"### {engine}\n" in page
        for option in options:
            assert f"| `{option}` |" in page
    assert set(engine_pages.MEANINGS) == set(Capability)


def test_every_name_relied_on_can_be_imported():
    for dotted in names.RELIED_ON:
        assert callable(names.resolve(dotted)), dotted


def test_the_complete_example_is_every_default(tmp_path):
    path = tmp_path / "complete.toml"
    path.write_text(COMPLETE, encoding="utf-8")
    assert read_spec(path) == RunSpec()


def test_the_complete_example_holds_every_key():
    written = tomllib.loads(COMPLETE)
    assert set(written) == set(RunSpec.model_fields)
    for name, section in written.items():
        if isinstance(section, dict):
            missing = set(_fields(name)) - set(section)
            assert all(f"\n# {key} = ..." in COMPLETE for key in missing)


def _fields(section: str) -> list[str]:
    default = getattr(RunSpec(), section)
    return list(type(default[0] if isinstance(default, list) else default).model_fields)


def test_the_schema_knows_every_key_and_the_short_forms():
    schema = spec_pages.json_schema()
    assert set(schema["properties"]) == set(RunSpec.model_fields)
    assert schema["additionalProperties"] is False
    kinds = {
        name: [kind.get("type", kind.get("$ref")) for kind in at["anyOf"]]
        for name, at in schema["properties"].items()
        if "anyOf" in at
    }
    assert kinds == {
        "survey": ["string", "#/$defs/SurveySection"],
        "engine": ["string", "#/$defs/EngineSection"],
        "population": ["#/$defs/PopulationSection", "array"],
    }
    assert "strategy" in schema["$defs"]["PopulationSection"]["properties"]
    assert '"null"' not in json.dumps(schema)
    # What the schema says to be short is what the reader takes.
    assert make_spec({"survey": "civic-topics", "engine": "scripted", "population": {"strategy": "city"}})
