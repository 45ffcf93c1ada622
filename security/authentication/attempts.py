"""Guessing at an account: a few tries a window, whichever way its name is spelled, then a lock.

A try is taken *before* the password or code is looked at, in one statement, so that not even a
thousand guesses at once are evaluated more often than the policy says. Who succeeds gets the try
back; a complete sign-in starts from none. Names that nobody has are counted alike: the lock tells
nobody which names exist. An administrator releases a lock, or time does.

One address guesses at many accounts as seldom: `take_from` counts the same way what comes from where, with a
larger limit, for behind one address may sit a whole branch.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from mdm.errors import ServiceError
from security.authentication.keys import NAME_KEY
from security.authentication.names import digest
from security.authentication.policy import policy
from security.crypto import keyring
from security.models import GuessCounter

#: Count one try, unless the account is locked; a window or a lock that is over begins anew.
_TAKE = """
INSERT INTO security_guesscounter AS c (digest, guesses, last_at) VALUES (%(digest)s, 1, %(at)s)
ON CONFLICT (digest) DO UPDATE SET
  guesses = CASE WHEN c.last_at <= %(begin)s OR c.locked_until <= %(at)s THEN 1 ELSE c.guesses + 1 END,
  locked_until = CASE WHEN c.last_at > %(begin)s AND c.locked_until IS NULL AND c.guesses + 1 >= %(limit)s
    THEN %(until)s END,
  last_at = %(at)s
WHERE c.locked_until IS NULL OR c.locked_until <= %(at)s
RETURNING guesses
"""


@dataclass(slots=True)
class Locked(ServiceError):
    """Too many wrong guesses at this account; it opens by itself at `until`."""

    until: datetime | None = None


def take(name: str, *, at: datetime) -> int:
    """Take one try at the account called `name`; says the how many-th it is. Raises Locked `auth.locked`."""
    return _take(digest(name), policy.attempts, at)


def take_from(address: str, *, at: datetime) -> None:
    """Take one try from an address, whatever account it is at. Raises Locked `auth.locked`."""
    if address and policy.attempts_address:
        _take(_place(address), policy.attempts_address, at)


def give_back_to(address: str) -> None:
    """The try from this address was right."""
    if address:
        key = _place(address)
        _give_back(key)
        GuessCounter.objects.filter(digest=key, guesses=0).delete()


def _place(address: str) -> str:
    """What stands for an address: no name folds to this, as blanks are dropped."""
    return keyring.mac(NAME_KEY, f"address {address}".encode()).hex()


def _take(key: str, limit: int, at: datetime) -> int:
    values: dict[str, str | int | datetime] = {
        "digest": key,
        "at": at,
        "begin": at - policy.lock,
        "until": at + policy.lock,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        found = cursor.fetchone()
    if found is None:
        raise Locked("auth.locked", _("There were too many wrong guesses."), until=_until(key))
    return int(found[0])


def give_back(name: str) -> None:
    """The try was right: it does not count, and a lock that it alone began is lifted."""
    _give_back(digest(name))


def _give_back(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE security_guesscounter SET guesses = greatest(guesses - 1, 0), locked_until = NULL "
            "WHERE digest = %s",
            [key],
        )


def forget(name: str) -> None:
    """Nobody guesses at this account any more: it was signed in to, or its lock was released."""
    GuessCounter.objects.filter(digest=digest(name)).delete()


def note_whose(name: str, user_id: int) -> None:
    """Say whose account a counter is about, so that administrators can see and release its lock."""
    GuessCounter.objects.filter(digest=digest(name), user=None).update(user=user_id)


def is_locked(name: str, *, at: datetime) -> bool:
    """Whether guesses at this account are refused at `at`."""
    return GuessCounter.objects.filter(digest=digest(name), locked_until__gt=at).exists()


def forget_old(at: datetime) -> int:
    """Delete the counters whose window and lock are over; says how many."""
    old = GuessCounter.objects.filter(last_at__lt=at - policy.lock).exclude(locked_until__gt=at)
    return old.delete()[0]


def _until(key: str) -> datetime | None:
    row = GuessCounter.objects.filter(digest=key).only("locked_until").first()
    return row.locked_until if row else None
