"""What matching needs to know of one customer row, in clear, once: when its signature is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

PERSON, ORGANISATION = 1, 2


class RecordName(NamedTuple):
    """One name of a person, or an English or short name of an organisation."""

    kind: str  # LEGAL, FORMER, ALIAS, ENGLISH, SHORT
    full: str = ""
    surname: str = ""
    given: str = ""


class RecordCredential(NamedTuple):
    """One identity document. `valid_check` only where the type has a check digit that holds (domain 1.4)."""

    type: str  # P01..P16, O01..O09
    number: str  # normalised: no separators, upper case
    country: str = "CHN"  # alpha-3
    verified: bool = False
    valid_check: bool = False


class RecordAddress(NamedTuple):
    """One address; `detail` is street, number and building as one text."""

    region_code: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    detail: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """One customer row as one source tells it. Lists in order of importance; absent is empty or None."""

    id: int = 0
    party_type: int = PERSON  # PERSON or ORGANISATION
    names: Sequence[RecordName] = ()
    registered_name: str = ""  # organisations
    sex: str = ""  # M, F, X
    sex_verified: bool = False
    birth_date: date | None = None
    birth_raw: str = ""  # digits as received where they are no date
    nationality: str = ""
    credentials: Sequence[RecordCredential] = ()
    phones: Sequence[str] = ()  # E.164
    emails: Sequence[str] = ()
    addresses: Sequence[RecordAddress] = ()
    closed: bool = False
    deceased: bool = False
    protected: bool = False  # legal hold, judicial freeze, open money-laundering case, staff or VIP list
