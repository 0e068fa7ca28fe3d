"""docs/surveys.md: its example is a sound survey that says what the text around it says, and no key is left out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from surveys.check import check_source, check_warnings
from surveys.importers.table import import_table
from surveys.instrument import Instrument, ResponseFormat
from surveys.loader import instrument_from_toml, load_instrument
from surveys.value_keys import VALUE_KEYS
from voxpop.cli import call

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "surveys.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def example() -> Instrument:
    text, *_ = _blocks("toml")
    return instrument_from_toml(text, "docs/surveys.md")


def test_the_example_is_sound(example: Instrument) -> None:
    text, *_ = _blocks("toml")
    assert check_source(tomllib.loads(text)) == []
    assert check_warnings(example) == []


def test_it_has_four_questions_and_six_items(example: Instrument) -> None:
    assert len({item.question_id for item in example.items}) == 4
    assert [item.id for item in example.items] == ["cars-1", "cars-1~1", "cars-1~2", "cars-2", "ways", "why-car"]
    assert {item.format for item in example.items} == set(ResponseFormat)
    assert example.languages == ("en", "de")


def test_the_item_worded_by_sex_fits_into_the_example(example: Instrument) -> None:
    text, forms, *_ = _blocks("toml")
    data = tomllib.loads(text)
    (item,) = tomllib.loads(forms)["items"]
    item["options"] = next(one["options"] for one in data["items"] if isinstance(one.get("options"), str))
    item["forms"] = {form: dict.fromkeys(example.languages, wording) for form, wording in item["forms"].items()}
    assert check_source(data | {"items": [*data["items"], item]}) == []


def test_a_questionnaire_with_its_key_is_imported_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"```\n\$ (voxpop survey import values .*?)```", TEXT, re.DOTALL)
    assert shown is not None
    command, *told = shown[1].split("\n")
    monkeypatch.chdir(tmp_path)
    for name, block in zip(
        ("portraits.csv", "portraits-key.csv", "portraits-answers.toml"),
        (*_blocks("csv")[2:], _blocks("toml")[2]),
        strict=True,
    ):
        Path(name).write_text(block, encoding="utf-8")
    assert call(command.split()[1:]) == 0
    assert [line.rstrip() for line in capsys.readouterr().out.split("\n")] == told
    made = load_instrument("portraits.toml")
    assert made.items[10].keyed_score(1) == 1 and made.items[0].keyed_score(1) == 4
    assert all(f"`{name}`" in TEXT for name in VALUE_KEYS)


def test_the_tables_load(tmp_path: Path) -> None:
    wide, long, *_ = _blocks("csv")
    for text, n_items in ((wide, 3), (long, 1)):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        assert len(import_table([path]).instrument.items) == n_items


def test_every_key_the_reader_knows_is_documented() -> None:
    """The remedy for an unknown key lists the keys allowed there; the reference must name each of them."""
    odd = {"x": 1}
    data = odd | {
        "option_sets": {"s": odd | {"options": [odd]}},
        "blocks": [odd],
        "items": [odd | {"show_if": [odd], "range": odd}],
    }
    remedies = [fault.remedy for fault in check_source(data) if fault.place.endswith("key 'x'")]
    assert len(remedies) == 7
    allowed = {name for remedy in remedies for name in re.findall(r"'([a-z_]+)'", remedy.partition("allowed")[2])}
    assert {"paraphrases", "low_text", "negate", "missing", "block_order", "note"} <= allowed
    prose = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert allowed <= named
