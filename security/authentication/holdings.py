"""What signing in keeps sealed outside of sealed fields, for coverage and rotation."""

from base64 import b64encode
from collections.abc import Iterator

from allauth.mfa.models import Authenticator

from security.authentication.keys import CLIENT_KEY, FACTOR_KEY, SESSION_KEY
from security.authentication.sessions import row_id
from security.crypto.holdings import BinaryHolding, Held, TextHolding, register_holding
from security.models import ClientKey, Session

#: Where allauth keeps the secret of a factor in its JSON: TOTP, recovery codes.
_PLACES = ("secret", "seed")


def register_own() -> None:
    """Sessions, keys of client systems, secrets of second factors."""
    register_holding(
        BinaryHolding(SESSION_KEY, Session._meta.db_table, "data", Session, row_id, named="digest")
    )
    register_holding(BinaryHolding(CLIENT_KEY, ClientKey._meta.db_table, "sealed_key", ClientKey, int))
    register_holding(TextHolding(FACTOR_KEY, Authenticator._meta.db_table, "data", _secrets, _put))


def _secrets() -> Iterator[Held]:
    for pk, user_id, data in Authenticator.objects.values_list("pk", "user_id", "data").order_by("pk"):
        for place in _PLACES:
            if text := data.get(place):
                yield Held.written((pk, place), user_id, text)


def _put(held: Held, new: bytes) -> int:
    """Where it still stands; the row is locked, since a code that is used up is noted in the same JSON."""
    pk, place = held.row
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None or row.data.get(place) != b64encode(held.value).decode():
        return 0
    row.data[place] = b64encode(new).decode()
    row.save(update_fields=["data"])
    return 1
