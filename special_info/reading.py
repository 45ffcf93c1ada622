"""Reading a typed text as a taxpayer number, for search; and which numbers of a customer are found so."""

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from customers.selectors.search import Interpretation, Reading
from mdm.subjects import Bundle
from special_info.rules.tin import normalise

#: Taxpayer numbers of all jurisdictions: 7 to 20 letters and digits, most of them digits.
_TIN = re.compile(r"(?=(?:.*\d){6})[0-9A-Z]{7,20}", re.ASCII)


def read_tin(text: str) -> Sequence[Reading]:
    """The text as a taxpayer number of any jurisdiction; empty where it cannot be one."""
    number = normalise(text)
    if not _TIN.fullmatch(number):
        return []
    return [(Interpretation("TIN", _("taxpayer identification number")), "TIN", number)]


def tin_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The taxpayer numbers of a bundle as search asks for them: no separators, upper case."""
    for index, row in enumerate(bundle.rows("tax_residence")):
        if number := normalise(str(row.get("tin") or "")):
            yield "tax_residence", index, number
