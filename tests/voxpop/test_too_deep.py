"""Dotted keys and brackets that nest tables deeper than Python can follow: refused in words, wherever they are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.engines.factory import make_engine
from simulator.engines.openai_wire import decode_reply
from simulator.errors import InstrumentError, MalformedCompletion, RunSpecError
from simulator.styles import load_style
from surveys.importers import import_valueconsistency
from surveys.loader import instrument_from_toml
from surveys.toml_text import DEEPEST, is_too_deep
from voxpop.spec import make_spec, read_spec

DOTTED = ".".join("a" * 2_000) + " = 1\n"


@pytest.mark.parametrize(
    "before", ["", 'id = "x"\ntitle.', "[[items]]\ntext.", "[option_sets]\n", "[[topics]]\nid = 't'\n"]
)
def test_a_survey(before: str) -> None:
    with pytest.raises(InstrumentError, match="nested too deeply; flatten them"):
        instrument_from_toml(before + DOTTED, "s.toml")


@pytest.mark.parametrize("before", ["", "[engine]\nextra_body.", "[population]\n", "[[population]]\nmargins."])
def test_a_spec(before: str, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(before + DOTTED, encoding="utf-8")
    with pytest.raises(RunSpecError, match="nested too deeply; flatten them"):
        read_spec(path)


def test_an_override_and_data() -> None:
    with pytest.raises(RunSpecError, match="the key has 2000 parts"):
        make_spec({}, overrides=[DOTTED.strip()])
    make_spec({}, overrides=["engine.x=" + "[" * 500 + "]" * 500])  # a text that is no TOML we take
    data: dict[str, object] = {}
    for _ in range(3000):
        data = {"engine": data}
    with pytest.raises(RunSpecError, match="nested too deeply"):
        make_spec(data)


def test_a_style_a_published_file_and_a_chat_model(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("about." + DOTTED, encoding="utf-8")
    with pytest.raises(RunSpecError, match="nested too deeply"):
        load_style(str(tmp_path / "s.toml"))
    path = tmp_path / "controversial_english_us.jsonl"
    for depth in (100, 900, 50_000):
        path.write_text("[" * depth + "]" * depth, encoding="utf-8")
        with pytest.raises(InstrumentError, match="line 1"):
            import_valueconsistency([path])
    for nested in ("(" * 300 + "1" + ")" * 300, "-" * 50_000 + "1", "[" * 3000 + "]" * 3000):
        with pytest.raises(RunSpecError, match=r"cannot be read|no plain value"):
            make_engine("langchain_model", {"chat_model": f"langchain_openai:ChatOpenAI(model={nested})"}, seed=0)


def test_a_reply() -> None:
    with pytest.raises(MalformedCompletion):
        decode_reply(b'{"choices": ' + b"[" * 100_000)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_is_no_json_is_not_sent_with_every_request(value: object) -> None:
    options = {"model": "m", "base_url": "http://127.0.0.1:9/v1", "extra_body": {"a": [value]}}
    with pytest.raises(RunSpecError, match="extra_body: cannot be sent as JSON"):
        make_engine("openai_compatible", options, seed=0)


def test_how_deep_is_too_deep() -> None:
    assert not is_too_deep(json.loads("[" * DEEPEST + "]" * DEEPEST))
    assert is_too_deep(json.loads("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)))
    assert not is_too_deep({"a": [1, "x", {}]})
