"""Terms of searches that are kept for a while: sealed, and bound to the user who typed them."""

import base64

from mdm.errors import Unavailable
from security.crypto import purposes
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
    return _SEALED.open_text(user_id, base64.b64decode(text))
