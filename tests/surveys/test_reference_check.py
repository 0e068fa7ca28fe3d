"""A reference held against a questionnaire: each planted fault comes back by kind and place, nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.reference import HumanReference, ReferenceCell
from surveys.reference_check import ReferenceCheck, check_reference
from surveys.reference_faults import HARMLESS, KINDS, MEANINGS, ReferenceFault, fault_lines


def option(code: int, **facts: str) -> ResponseOption:
    return ResponseOption(code, {"en": f"option {code}"}, **facts)  # type: ignore[arg-type]


def item(name: str, *codes: int, format: ResponseFormat = ResponseFormat.SINGLE, **facts: object) -> Item:
    return Item(name, {"en": name}, format, tuple(map(option, codes)), **facts)  # type: ignore[arg-type]


LIKES = replace(item("likes", 1, 2, 3), options=(option(1), option(2), option(3), option(9, missing="dont_know")))
PICKS = item("picks", 1, 2, format=ResponseFormat.MULTIPLE)
ASKED = Instrument("asked", {"en": "Asked"}, (LIKES, PICKS))
SOUND = (
    ReferenceCell("likes", {1: 0.5, 2: 0.3, 3: 0.2}, 100, "US"),
    ReferenceCell("picks", {1: 0.9, 2: 0.4}, 100, "US", is_multiple=True),
)


def check(*cells: ReferenceCell, asked: Instrument = ASKED, **needed: tuple[str, ...]) -> ReferenceCheck:
    return check_reference(HumanReference("r", "R", "made up", cells), asked, **needed)  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_sound_reference() -> None:
    found = check(*SOUND)
    assert found.faults == () and found.is_sound and found.usable.cells == SOUND and found.n_cells == 2
    assert found.lines() == ["2 of 2 cells usable: 2 items, countries US, groups all"]


def planted(cell: ReferenceCell) -> tuple[ReferenceCheck, ReferenceFault]:
    """`cell` in place of the sound one of its item, and the one fault that is not a gap."""
    found = check(cell, *(one for one in SOUND if one.item != cell.item))
    (fault,) = [one for one in found.faults if one.kind not in ("country_without_data", "group_without_data")]
    assert (fault.item, fault.country, fault.group) == (cell.item, "US", "all")
    assert fault.what and fault.remedy and not fault.what.endswith(".")
    return found, fault


def test_an_unknown_code_with_people_in_it_makes_the_cell_unusable() -> None:
    found, fault = planted(replace(SOUND[0], shares={1: 0.5, 2: 0.3, 7: 0.2}))
    assert fault.kind == "unknown_option"
    assert "the reference has option 7, which the item does not offer (it has options 1, 2, 3, 9" in fault.what
    assert "of these the reference lacks option 3)" in fault.what
    assert [cell.item for cell in found.usable.cells] == ["picks"] and not found.is_sound


def test_an_unknown_code_that_nobody_chose_is_dropped() -> None:
    found, fault = planted(replace(SOUND[0], shares={1: 0.5, 2: 0.3, 3: 0.2, 7: 0.0}))
    assert fault.kind == "unknown_option" and found.usable.cells[0] == SOUND[0]


def test_an_option_that_the_source_leaves_out_counts_as_zero() -> None:
    found, fault = planted(replace(SOUND[0], shares={2: 0.4, 1: 0.6}))
    assert fault.kind == "option_without_share" and "option 3" in fault.what
    assert list(found.usable.cells[0].shares.items()) == [(1, 0.6), (2, 0.4), (3, 0.0)]


def test_an_option_that_nobody_chose_is_told_of_and_kept() -> None:
    found, fault = planted(replace(SOUND[0], shares={1: 0.5, 2: 0.5, 3: 0.0}))
    assert fault.kind == "zero_option" and "option 3" in fault.what and "KL is infinite" in fault.remedy
    assert found.usable.cells[0].shares == {1: 0.5, 2: 0.5, 3: 0.0} and found.is_sound


def test_missing_categories_leave_and_take_their_people_with_them() -> None:
    # 100 people of whom 20 did not know: 40, 24 and 16 of the 80 others.
    found, fault = planted(replace(SOUND[0], shares={1: 0.4, 2: 0.24, 3: 0.16, 9: 0.2}, n_missing=5))
    assert fault.kind == "missing_category" and "option 9 (share 0.2000)" in fault.what
    kept = found.usable.cells[0]
    assert kept.shares == pytest.approx({1: 0.5, 2: 0.3, 3: 0.2})
    assert (kept.n, kept.n_missing) == (pytest.approx(80), pytest.approx(25))


def test_a_cell_of_missing_answers_alone_is_unusable() -> None:
    found = check(replace(SOUND[0], shares={9: 1.0, 1: 0.0, 2: 0.0, 3: 0.0}), SOUND[1])
    assert found.counts == {"missing_category": 1, "no_cases": 1}
    assert found.usable.items == ("picks",)


def test_n_of_zero_is_unusable_and_unknown_n_is_not() -> None:
    found, fault = planted(replace(SOUND[0], n=0))
    assert fault.kind == "no_cases" and found.usable.items == ("picks",)
    found, fault = planted(replace(SOUND[0], n=None))
    assert fault.kind == "n_unknown" and found.usable.items == ("likes", "picks") and found.is_sound


def test_multiple_and_single_choice_are_not_compared() -> None:
    found, fault = planted(replace(SOUND[1], shares={1: 0.5, 2: 0.5}, is_multiple=False))
    assert fault.kind == "wrong_format" and found.usable.items == ("likes",)


def test_items_on_one_side_only() -> None:
    stranger = ReferenceCell("like", {1: 1.0}, 5, "US")
    paraphrase = item("likes~1", 1, 2, question_id="likes", wording=1)
    asked = replace(ASKED, items=(*ASKED.items, item("new", 1, 2), paraphrase, item("why", format=ResponseFormat.OPEN)))
    found = check(*SOUND, stranger, asked=asked)
    assert {(fault.kind, fault.item) for fault in found.faults} == {
        ("unknown_item", "like"),
        ("item_without_reference", "new"),
    }
    assert "did you mean 'likes'?" in found.of_kind("unknown_item")[0].remedy


def test_gaps_are_named_by_item_country_and_group() -> None:
    women = replace(SOUND[0], group="sex=female", n=50)
    found = check(*SOUND, women, replace(SOUND[1], country="CN"), countries=("US", "JP"), groups=("sex=male",))
    gaps = {(fault.kind, fault.item, fault.country, fault.group) for fault in found.faults}
    assert gaps == {
        ("country_without_data", "", "JP", ""),
        ("group_without_data", "", "", "sex=male"),
        ("country_without_data", "likes", "CN", ""),
        ("group_without_data", "picks", "US", "sex=female"),
    }


def test_a_group_whose_every_cell_is_unusable_has_no_data() -> None:
    found = check(*SOUND, replace(SOUND[0], group="sex=female", n=0))
    assert found.counts == {"group_without_data": 1, "no_cases": 1}
    assert found.of_kind("group_without_data")[0].group == "sex=female"


def test_faults_of_the_reading_come_first() -> None:
    early = ReferenceFault("unsound_shares", "likes", "CN", "all", "the shares sum to 0.8", "mend them")
    reference = HumanReference("r", "R", "made up", SOUND)
    assert check_reference(reference, ASKED, unusable=[early]).faults == (early,)


def test_every_kind_has_a_meaning_and_long_lists_are_counted() -> None:
    assert set(MEANINGS) == set(KINDS) and set(KINDS) >= HARMLESS
    faults = [ReferenceFault("n_unknown", f"q{n}", "US", "all", "n is not given", "add it") for n in range(9)]
    lines = fault_lines(faults, most=2)
    assert lines[0].startswith("n_unknown (9)") and len(lines) == 4
    assert lines[3] == "  and 7 more, items 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'"
