"""Who sits at the terminal: ceremonies need a member of staff who proves it, as at the sign-in page."""

import sys
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _

from mdm.errors import NotAllowed
from security.access.actor import Actor, staff_actor
from security.authentication.factors import check_code, has_factor
from security.models import User


def person_at_terminal(options: dict[str, Any], at: datetime) -> Actor:
    """The actor named by `--actor`, after password and, where the account has one, code.

    Asked for at the terminal, or read line by line from `--secrets` (a file, `-` for standard input).
    Raises NotAllowed `key.person_refused`.
    """
    asked = Secrets(options.get("secrets") or "")
    user = authenticate(None, username=options["actor"], password=asked.next(_("Password")))
    if not isinstance(user, User):
        raise _refused()
    if has_factor(user) and check_code(user, asked.next(_("Code")), at=at) is None:
        raise _refused()
    return staff_actor(user, at)


class Secrets:
    """Secrets one after the other."""

    def __init__(self, place: str) -> None:
        self._lines: list[str] | None = None
        if place:
            text = sys.stdin.read() if place == "-" else Path(place).read_text()
            self._lines = text.splitlines()

    def next(self, label: str) -> str:
        """The next one, typed unseen or read; empty where there is none left."""
        if self._lines is None:
            return getpass(f"{label}: ")
        return self._lines.pop(0) if self._lines else ""


def secrets_at_terminal(options: dict[str, Any]) -> Secrets:
    """For what is asked besides: shares, a passphrase."""
    return Secrets(options.get("secrets") or "")


def _refused() -> NotAllowed:
    return NotAllowed("key.person_refused", _("Name or password is wrong, or the account is closed."))
