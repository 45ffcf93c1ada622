"""Terms of searches that are kept for a while: sealed, and bound to the user who typed them."""

import base64
from collections.abc import Iterator

from mdm.errors import Unavailable
from mdm.runs import JobRun
from security.crypto import purposes
from security.crypto.holdings import Held, TextHolding, from_text, register_holding
from security.crypto.sealed import SealedColumn

_PURPOSE = purposes.register("screen.search_term", "party-pii")
_SEALED = SealedColumn(_PURPOSE.name, "free_text")


def seal_term(user_id: int, term: str) -> bytes:
    """The ciphertext of a term."""
    return _SEALED.seal(user_id, term)


def open_term(user_id: int, stored: bytes) -> str | None:
    """The term; None where it is another user's."""
    try:
        return _SEALED.open_text(user_id, stored)
    except Unavailable as refusal:
        if refusal.code != "crypto.tampered":
            raise
        return None


def written(user_id: int, term: str) -> str:
    """A sealed term as a text that JSON holds; `read_back` opens it."""
    return base64.b64encode(seal_term(user_id, term)).decode()


def read_back(user_id: int, text: str) -> str:
    """The term of what `written` made. Unavailable `crypto.tampered`."""
    return _SEALED.open_text(user_id, from_text(text))


def register_own_holding() -> None:
    """The terms that exported lists were asked for with, for coverage and rotation: those in the cache end by
    themselves, within the hour."""
    register_holding(TextHolding(_PURPOSE.name, JobRun._meta.db_table, "params", _kept, _put))


def _kept() -> Iterator[Held]:
    rows = JobRun.objects.filter(params__has_key="term").exclude(params__term="").order_by("pk")
    for pk, params in rows.values_list("pk", "params"):
        yield Held.written(pk, params["user"] or 0, params["term"])


def _put(held: Held, new: bytes) -> int:
    row = JobRun.objects.select_for_update().filter(pk=held.row).first()
    if row is None or from_text(row.params["term"]) != held.value:
        return 0
    row.params["term"] = base64.b64encode(new).decode()
    row.save(update_fields=["params"])
    return 1
