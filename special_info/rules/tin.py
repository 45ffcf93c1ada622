"""Taxpayer identification numbers by jurisdiction (domain 1.8), as a table of forms and check digits.

CHN: the 18-digit number of GB 11643, or the unified social credit code of GB 32100. HKG: the identity card
number with its check sign, or for entities the business registration number. USA: nine digits (SSN, ITIN,
EIN). For other jurisdictions python-stdnum knows the form of the number where the OECD's page of the
jurisdiction names it; for those not in the table any number is taken, and said to be unchecked.
"""

import re
from collections.abc import Callable, Mapping
from types import ModuleType

from stdnum.at import tin as at_tin
from stdnum.au import tfn
from stdnum.be import nn as be_nn
from stdnum.ca import sin as ca_sin
from stdnum.de import idnr
from stdnum.es import nif as es_nif
from stdnum.fr import nif as fr_nif
from stdnum.gb import utr
from stdnum.it import codicefiscale
from stdnum.jp import in_ as jp_in
from stdnum.kr import rrn
from stdnum.nl import bsn
from stdnum.us import tin as us_tin

from mdm.quality import numbers

Check = Callable[[str], bool]

#: What is known of a number: its form is right, wrong, or this jurisdiction is not in the table.
OK, WRONG, UNCHECKED = "OK", "WRONG", "UNCHECKED"

_SEPARATORS = re.compile(r"[\s\-./()（）]")
#: Jurisdictions that issue no number to anybody (OECD portal on TINs), where reason A is right [K].
NO_TIN = frozenset({"AIA", "ARE", "BHR", "BHS", "BMU", "CYM", "TCA", "VGB", "VUT"})


def normalise(tin: str) -> str:
    """The number without what people put between its signs, in upper case."""
    return _SEPARATORS.sub("", tin).upper()


def _pattern(form: str) -> Check:
    compiled = re.compile(form, re.ASCII)
    return lambda tin: compiled.fullmatch(tin) is not None


def _known(module: ModuleType) -> Check:
    """A number as python-stdnum checks it, written without separators."""
    valid: Check = module.is_valid
    return valid


_NINE = _pattern(r"\d{9}")


def _american(tin: str) -> bool:
    """Nine digits that are an SSN, ITIN, EIN, ATIN or PTIN."""
    return _NINE(tin) and bool(us_tin.is_valid(tin))


#: Jurisdiction -> (numbers of persons, numbers of entities); any of them is right.
_TABLE: Mapping[str, tuple[tuple[Check, ...], tuple[Check, ...]]] = {
    "CHN": ((numbers.citizen_is_valid,), (numbers.social_credit_code_is_valid,)),
    "HKG": ((numbers.hong_kong_is_valid,), (_pattern(r"\d{8}"), _pattern(r"\d{11}"))),
    "TWN": ((numbers.taiwan_is_valid,), (_pattern(r"\d{8}"),)),
    "USA": ((_american,), (_american,)),
    "GBR": ((_known(utr), _pattern(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")), (_known(utr),)),
    "DEU": ((_known(idnr),), (_pattern(r"\d{10,11}"),)),
    "FRA": ((_known(fr_nif),), (_pattern(r"\d{9}"),)),
    "AUT": ((_known(at_tin),), (_known(at_tin),)),
    "BEL": ((_known(be_nn),), (_pattern(r"[01]\d{9}"),)),
    "NLD": ((_known(bsn),), (_known(bsn),)),
    "ESP": ((_known(es_nif),), (_known(es_nif),)),
    "ITA": ((_known(codicefiscale),), (_pattern(r"\d{11}"),)),
    "AUS": ((_known(tfn),), (_known(tfn),)),
    "CAN": ((_known(ca_sin),), (_pattern(r"\d{9}"),)),
    "JPN": ((_known(jp_in),), (_pattern(r"\d{13}"),)),
    "KOR": ((_known(rrn), _pattern(r"\d{13}")), (_pattern(r"\d{10}"),)),
    "SGP": ((_pattern(r"[STFGM]\d{7}[A-Z]"),), (_pattern(r"(\d{8}|\d{9}|[TSR]\d{2}[A-Z]{2}\d{4})[A-Z]"),)),
}


def check(country: str, tin: str, *, person: bool) -> str:
    """OK, WRONG or UNCHECKED for a number of a jurisdiction (alpha-3) as a person's or an entity's."""
    known = _TABLE.get(country)
    if known is None:
        return UNCHECKED
    text = normalise(tin)
    return OK if any(rule(text) for rule in known[0 if person else 1]) else WRONG


def placeholder(tin: str) -> bool:
    """Whether a number is none: one sign again and again, or digits counted up."""
    text = normalise(tin)
    return len(set(text)) <= 1 or text in ("123456789", "1234567890", "0123456789", "NA", "NONE")


def jurisdictions() -> list[str]:
    """The jurisdictions whose numbers are checked."""
    return sorted(_TABLE)
