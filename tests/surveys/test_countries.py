"""Names of countries to codes, and samples that are not the country."""

from __future__ import annotations

import re

import pytest

from surveys.countries import Place, country_codes, find_country


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("United States", Place("US")),
        ("us", Place("US")),
        (" CHINA ", Place("CN")),
        ("S. Korea", Place("KR")),
        ("Czech Rep.", Place("CZ")),
        ("India (Current national sample)", Place("IN")),
        ("India (Old national sample)", Place("IN", "sample=old-national")),
        ("Ivory Coast (Non-national sample)", Place("CI", "sample=non-national")),
        ("Northern Ireland", Place("GB", "region=northern-ireland")),
        ("Atlantis", None),
        ("Atlantis (Non-national sample)", None),
        ("ZZ", None),
        ("", None),
    ],
)
def test_names_and_codes(name: str, place: Place | None) -> None:
    assert find_country(name) == place


def test_every_code_has_two_letters_and_no_name_two_codes() -> None:
    codes = country_codes()
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes.values())
    assert len(set(codes.values())) > 140
