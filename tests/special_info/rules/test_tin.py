"""Taxpayer numbers by jurisdiction: the vectors of the domain reference (1.6, 1.8), and of the standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_info.rules import tin
from special_info.rules.tin import OK, UNCHECKED, WRONG

#: jurisdiction | person or entity | number | verdict. CHN and HKG: domain 1.6 as they are.
VECTORS = """
CHN|P|11010519491231002X|OK
CHN|P|440524188001010014|OK
CHN|P|360426199101010071|OK
CHN|P|44011320141005001X|OK
CHN|P|330105197810270025|OK
CHN|P|34052419800101001X|OK
CHN|P|110101201003071233|OK
CHN|P|340524198001010013|WRONG
CHN|E|91110000600037341L|OK
CHN|E|91330106MA27Y4U47R|OK
CHN|E|A1110000MA27Y4U477|OK
CHN|E|91350100M000100Y43|OK
CHN|E|91440300708461136T|OK
CHN|E|91110108551385082Q|OK
CHN|E|91330100799655058B|OK
CHN|E|91310115MA1G4L1WXK|WRONG
CHN|P|91110000600037341L|WRONG
CHN|E|11010519491231002X|WRONG
HKG|P|A1234563|OK
HKG|P|A123456(3)|OK
HKG|P|AB9876543|OK
HKG|P|C6686689|OK
HKG|P|Z683365A|OK
HKG|P|A1234564|WRONG
HKG|P|A123456|WRONG
HKG|E|12345678|OK
HKG|E|1234567|WRONG
TWN|P|A123456789|OK
TWN|P|B123456780|OK
TWN|P|F131104093|OK
TWN|P|A123456788|WRONG
USA|P|536-90-4399|OK
USA|P|536904399|OK
USA|E|04-2103594|OK
USA|P|53690439|WRONG
USA|P|5369043990|WRONG
USA|P|000-12-3456|OK
USA|P|ABCDEFGHI|WRONG
GBR|P|1955839661|OK
GBR|P|AB123456C|OK
GBR|P|2955839661|WRONG
DEU|P|36 574 261 809|OK
DEU|P|36574261890|WRONG
NLD|P|1112.22.333|OK
NLD|P|1112.52.333|WRONG
AUS|P|123 456 782|OK
AUS|P|999 999 999|WRONG
CAN|P|123-456-782|OK
CAN|P|999-999-999|WRONG
BRA|P|anything|UNCHECKED
"""


@pytest.mark.parametrize("vector", [line for line in VECTORS.splitlines() if line])
def test_vectors(vector: str) -> None:
    country, kind, number, verdict = vector.split("|")
    assert tin.check(country, number, person=kind == "P") == verdict


def test_what_is_written_between_signs_does_not_count() -> None:
    assert tin.normalise(" a123456（3） ") == "A1234563"
    assert tin.check("HKG", "a123456（3）", person=True) == OK


@pytest.mark.parametrize("number", ["000000000", "111-11-1111", "123456789", "N/A", "-", "9"])
def test_what_stands_in_for_a_number_is_seen(number: str) -> None:
    assert tin.placeholder(number)


def test_real_numbers_stand_in_for_nothing() -> None:
    assert not any(tin.placeholder(number) for number in ("536904399", "A1234563", "11010519491231002X"))


@given(st.sampled_from([*tin.jurisdictions(), "BRA", ""]), st.text(max_size=30), st.booleans())
def test_any_text_gets_a_verdict(country: str, text: str, person: bool) -> None:
    assert tin.check(country, text, person=person) in {OK, WRONG, UNCHECKED}


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert tin.normalise(tin.normalise(text)) == tin.normalise(text)
