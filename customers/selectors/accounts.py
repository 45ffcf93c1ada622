"""How a typed text is read as the number of an account, a card or an agreement."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.rules.agreement import normalise_account
from customers.selectors.search import Interpretation, Reading

#: Accounts and cards: 8 to 32 letters and digits, most of them digits.
_ACCOUNT = re.compile(r"(?=(?:.*\d){8})[0-9A-Z]{8,32}", re.ASCII)

#: Agreements: their numbers are the bank's own, of any form whose digits are not few.
_AGREEMENT = re.compile(r"[0-9A-Z]{5,60}", re.ASCII)
_FEWEST = 4


def read_account(text: str) -> Sequence[Reading]:
    """The text as an account or card number; empty where it cannot be one."""
    number = normalise_account(text) if text.isascii() else ""
    if not _ACCOUNT.fullmatch(number):
        return []
    return [(Interpretation("ACCOUNT", _("account or card")), "ACCOUNT", number)]


def read_agreement(text: str) -> Sequence[Reading]:
    """The text as the number of an agreement; empty where it cannot be one."""
    number = normalise_account(text) if text.isascii() and "@" not in text else ""
    digits = sum(sign.isdigit() for sign in number)
    if not _AGREEMENT.fullmatch(number) or digits < max(_FEWEST, len(number) / 2):
        return []
    return [(Interpretation("AGREEMENT", _("agreement number")), "AGREEMENT", number)]
