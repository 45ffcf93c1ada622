"""How a typed text is read as an account or card number."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.rules.agreement import normalise_account
from customers.selectors.search import Interpretation, Reading

#: Accounts and cards: 8 to 32 letters and digits, most of them digits.
_ACCOUNT = re.compile(r"(?=(?:.*\d){8})[0-9A-Z]{8,32}", re.ASCII)


def read_account(text: str) -> Sequence[Reading]:
    """The text as an account or card number; empty where it cannot be one."""
    number = normalise_account(text) if text.isascii() else ""
    if not _ACCOUNT.fullmatch(number):
        return []
    return [(Interpretation("ACCOUNT", _("account or card")), "ACCOUNT", number)]
