"""A licensed value questionnaire with its key: joined by number alone; whatever is wrong in its files, at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from value_file_cases import ANSWERS, BROKEN, FALLS, FILES, ITEMS, KEY, Broken

from simulator.errors import InstrumentError
from surveys.importers import run_importer
from surveys.importers.value_questionnaire import import_value_questionnaire
from surveys.instrument import Instrument
from surveys.loader import load_instrument
from surveys.value_keys import ESS_21, PVQ_40, PVQ_RR_57, VALUE_KEYS, KeyedItem, ValueKey
from surveys.values import TEN_VALUES


def written(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def imported(folder: Path, files: Mapping[str, str | bytes], key: str = "") -> Instrument:
    return import_value_questionnaire(written(folder, files), key=key).instrument


def faults(folder: Path, files: Mapping[str, str | bytes], key: str = "") -> list[str]:
    with pytest.raises(InstrumentError) as caught:
        imported(folder, files, key)
    assert caught.value.exit_status == 2 and "Traceback" not in str(caught.value)
    return [str(fault) for fault in caught.value.faults]


def test_texts_a_ready_made_key_and_answers_become_one_instrument(tmp_path: Path) -> None:
    paths = written(tmp_path, {"items.csv": ITEMS, "answers.csv": ANSWERS})
    found = import_value_questionnaire(paths, key="ess-21")
    made = found.instrument
    assert [item.id for item in made.items] == [item.name for item in ESS_21.items]
    assert [item.text["en"] for item in made.items] == [f"They do thing {n}." for n in range(1, 22)]
    assert [item.dimensions for item in made.items] == [(item.value,) for item in ESS_21.items]
    assert [one.code for one in made.dimensions] == list(TEN_VALUES)
    assert made.languages == ("en", "de") and made.items[6].text["de"] == "Sie tun Ding 7."
    # The codes are those of the original, the scores rise with likeness, and nothing is mirrored twice.
    assert [(one.code, one.score) for one in made.items[0].options] == [(code, 7.0 - code) for code in range(1, 7)]
    assert [made.items[0].keyed_score(code) for code in (1, 6)] == [6.0, 1.0]
    assert not any(item.reverse_keyed for item in made.items)
    notes = "\n".join(found.report.notes)
    assert "key ess-21: 21 items, 10 values (SD 2, ST 2, HE 2, AC 2, PO 2, SE 2, CO 2, TR 2, BE 2, UN 3)" in notes
    assert "coding falling, by key ess-21: the lowest code is most like me; scores 1 = 6, 2 = 5" in notes
    assert found.report.warnings == ()


def test_the_order_of_rows_and_files_changes_nothing(tmp_path: Path) -> None:
    head, *rows = ITEMS.splitlines(keepends=True)
    turned = head + "".join(reversed(rows))
    straight = imported(tmp_path, {"items.csv": ITEMS, "key.csv": KEY, "answers.csv": ANSWERS, "more.toml": FALLS})
    shuffled = imported(tmp_path, {"more.toml": FALLS, "answers.csv": ANSWERS, "key.csv": KEY, "items.csv": turned})
    assert shuffled == straight


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(1, 22)), st.permutations(ESS_21.items))
def test_every_text_meets_its_own_value_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], keyed: list[KeyedItem]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    items = "number;text\n" + "".join(f"{n:03d};thing {n}\n" for n in order)
    key = "item\tvalue\n" + "".join(f"{item.reference}\t{item.value.lower()}\n" for item in keyed)
    scored = "code,label,score\n1,much,3\n2,some,2\n3,none,1\n"
    made = imported(folder, {"items.csv": items, "key.csv": key, "answers.csv": scored})
    value_of = {item.reference: item.value for item in ESS_21.items}
    assert {item.text["en"]: item.dimensions[0] for item in made.items} == {
        f"thing {n}": value_of[str(n)] for n in range(1, 22)
    }


@pytest.mark.parametrize(("key", "coding"), [(PVQ_RR_57, ""), (ESS_21, ""), (PVQ_40, "rising")])
def test_every_ready_made_key_takes_its_own_form(tmp_path: Path, key: ValueKey, coding: str) -> None:
    one_toml = f'title = "Mine"\n{f"coding = {coding!r}" if coding else ""}\nscale = ["a", "b", "c", "d", "e", "f"]\n'
    one_toml += "".join(f'[[items]]\nnumber = {item.reference}\ntext = "t{item.reference}"\n' for item in key.items)
    made = imported(tmp_path, {"mine.toml": one_toml}, key.name)
    assert len(made.items) == len(key.items) and made.title == {"en": "Mine"}
    assert {item.text["en"][1:]: item.dimensions[0] for item in made.items} == {
        item.reference: item.value for item in key.items
    }
    assert (made.items[0].keyed_score(6) == 6.0) == (key is not ESS_21)


def test_one_toml_file_holds_everything(tmp_path: Path) -> None:
    text = """
id = "mine"
title = {en = "Mine", de = "Meins"}
instruction = "How much is each like you?"
source = "the owner, 2001"
licence = "by agreement"
coding = "rising"
points = 3
[scale]
en = ["not", "some", "much"]
de = ["nicht", "etwas", "sehr"]
[key]
SD = [1, 11]
"""
    text = text.replace("SD = [1, 11]\n", "")
    for code in TEN_VALUES:
        text += f"{code} = {[int(item.reference) for item in ESS_21.items if item.value == code]}\n"
    for n in range(1, 22):
        text += f'[[items]]\nitem = {n}\nid = "own-{n}"\n'
        text += f'text_female = {{en = "She does {n}.", de = "Sie tut {n}."}}\ntext_male_en = "He does {n}."\n'
        text += f'text_male_de = "Er tut {n}."\nreverse = {"true" if n == 4 else "false"}\n'
    made = imported(tmp_path, {"mine.toml": text})
    assert (made.id, made.source, made.licence) == ("mine", "the owner, 2001", "by agreement")
    assert made.instruction == dict.fromkeys(("en", "de"), "How much is each like you?")
    assert made.items[3].id == "own-4" and made.items[3].reverse_keyed and not made.items[4].reverse_keyed
    assert made.items[3].keyed_score(3) == 1.0
    assert made.items[0].text == {}
    assert made.items[0].forms["male"] == {"en": "He does 1.", "de": "Er tut 1."}


def test_an_offered_non_answer_has_no_score(tmp_path: Path) -> None:
    answers = ANSWERS.replace("label_de\n", "label_de,missing\n") + "9,No answer,Keine Angabe,refused\n"
    made = imported(tmp_path, {"items.csv": ITEMS, "answers.csv": answers}, "ess-21")
    assert [made.items[0].keyed_score(code) for code in (1, 6, 9)] == [6.0, 1.0, None]


def test_the_written_file_is_the_instrument(tmp_path: Path) -> None:
    paths = written(tmp_path, {"items.csv": ITEMS, "answers.csv": ANSWERS})
    out = tmp_path / "my.toml"
    found = run_importer("values", paths, out, key="ess-21")
    assert load_instrument(out) == found.instrument
    own_key = written(tmp_path, {"key.csv": KEY, "more.toml": FALLS})
    again = run_importer("values", [*paths, own_key[1]], key=str(own_key[0])).instrument
    assert [item.dimensions for item in again.items] == [item.dimensions for item in found.instrument.items]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.said[0][:60])
def test_a_fault_is_named_with_file_place_and_remedy(tmp_path: Path, case: Broken) -> None:
    whole = FILES[case.file]
    broken = case.new if case.old is None else whole.replace(case.old, str(case.new))
    assert broken != whole
    found = faults(tmp_path, {**FILES, case.file: broken})
    for part in case.said:
        assert any(part in fault for fault in found), found


def test_a_ready_made_key_holds_the_answers_to_its_form(tmp_path: Path) -> None:
    files = {"items.csv": ITEMS, "answers.csv": ANSWERS.replace("6,Not me at all,Gar nicht ich\n", "")}
    assert "answers.csv: 5 answers, where key ess-21 has 6" in faults(tmp_path, files, "ess-21")[0]
    files = {"items.csv": ITEMS, "answers.csv": ANSWERS, "more.toml": 'coding = "rising"'}
    expected = "coding: contradicts itself: rising by more.toml, coding, falling by key ess-21; let all of them"
    assert expected in faults(tmp_path, files, "ess-21")[0]


def test_languages_with_other_numbers_of_answers_are_refused(tmp_path: Path) -> None:
    more = FALLS + 'scale = {en = ["a", "b", "c"], de = ["x", "y"]}\n'
    found = faults(tmp_path, {"items.csv": ITEMS, "key.csv": KEY, "more.toml": more})
    assert "the languages differ in the number of answers: 3 in en, 2 in de; give each the same" in found[0]


def reversing(table: str, word: str) -> str:
    """A table with a column `reverse` that says `word` of every item."""
    head, *rows = table.splitlines()
    return "\n".join([f"{head},reverse", *(f"{row},{word}" for row in rows)]) + "\n"


def test_reversed_codings_that_contradict_or_cancel_are_refused(tmp_path: Path) -> None:
    found = faults(tmp_path, {**FILES, "key.csv": reversing(KEY, "no"), "items.csv": reversing(ITEMS, "yes")})
    expected = (
        "items.csv, row 3, column reverse: item 2 is reversed, and the key in key.csv says the opposite; let both"
    )
    assert any(expected in fault for fault in found), found
    (fault,) = faults(tmp_path, {**FILES, "key.csv": reversing(KEY, "yes")})
    assert "the answers fall by more.toml, and all 21 items are reversed too; say it once" in fault
    found = faults(tmp_path, {**FILES, "key.csv": reversing(KEY, "maybe")})
    assert "key.csv, row 2, column reverse: found 'maybe'; write yes or no" in found[0] and len(found) == 21


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    broken = {
        "items.csv": ITEMS.replace("7,They do thing 7.,Sie tun Ding 7.\n", "").replace(",Sie tun Ding 9.", ","),
        "key.csv": KEY.replace("20,TR", "20,TRX").replace("9,TR", "9,UN") + "2,PO\n",
        "answers.csv": ANSWERS.replace("4,Little", "5,Little"),
    }
    found = "\n".join(faults(tmp_path, broken))
    for part in (
        "20,",
        "item 2 is keyed to PO",
        "no item measures TR",
        "item 7 of",
        "item 9 has no",
        "the codes are 1, 2",
    ):
        assert part.replace("20,", "item 20 is keyed to 'TRX'") in found, found


def test_a_wrong_name_of_a_key_and_a_key_too_many_are_refused(tmp_path: Path) -> None:
    files = {"items.csv": ITEMS, "answers.csv": ANSWERS}
    (fault,) = faults(tmp_path, files, "ess21")
    assert "there is no key 'ess21'; did you mean 'ess-21'?" in fault and all(name in fault for name in VALUE_KEYS)
    assert any("the ready-made key 'ess-21' was asked for" in one for one in faults(tmp_path, FILES, "ess-21"))
    with pytest.raises(InstrumentError, match="csv has no use for a scoring key"):
        run_importer("csv", [tmp_path / "items.csv"], key="ess-21")


def test_what_may_be_a_slip_is_warned_of(tmp_path: Path) -> None:
    twins = ITEMS.replace("They do thing 8.", "They do thing 7.")
    warned = import_value_questionnaire(written(tmp_path, {"items.csv": twins, "answers.csv": ANSWERS}), key="ess-21")
    assert [line for line in warned.report.lines() if "ipfrule, ipudrst" in line and line.startswith("warning: ")]
    backwards = {**FILES, "key.csv": reversing(KEY, "x"), "more.toml": 'coding = "rising"\n'}
    found = import_value_questionnaire(written(tmp_path, backwards))
    assert "every item is reversed" in found.report.warnings[0]
    assert found.instrument.items[0].keyed_score(1) == 6.0
