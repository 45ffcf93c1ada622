"""A sealed column, and one sealed value of it: what model attributes hold instead of clear text."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives import constant_time
from django.utils.functional import Promise

from mdm.errors import ServiceError
from security.crypto import envelope, keyring
from security.crypto.envelope import RowIds, Values
from security.crypto.handles import DataKeyHandle
from security.crypto.masking import mask

Codec = Literal["text", "json"]

#: The row id under which a value travels that has no row yet (pickled form data); no row has it.
IN_TRANSIT = 0
#: How a serialised value announces itself (dumpdata).
_SERIALISED = "sealed:"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One encrypted column: its key purpose, the mask kind of its values, and how they become text.

    `codec` text: values are str; json: values are what `json` takes, sealed as canonical JSON.
    """

    purpose: str
    kind: str
    codec: Codec = "text"

    def seal(self, row_id: int, value: Any) -> bytes:
        """One value for one row; raises what `keyring.current` raises."""
        return self.seal_text(row_id, self.text(value))

    def seal_text(self, row_id: int, text: str) -> bytes:
        """One value already in the form in which it is sealed."""
        return seal_bytes(self.purpose, text.encode(), row_id)

    def open_text(self, row_id: int, value: bytes) -> str:
        """The text of one stored value; raises Unavailable `crypto.tampered`, or what the keyring raises."""
        return open_bytes(self.purpose, value, row_id).decode()

    def seal_column(self, row_ids: RowIds, values: Sequence[Any]) -> list[bytes | None]:
        """Stored values of a whole column, in order; None and "" become None. About 1 us a value."""
        texts = [self.text(value).encode() if value not in (None, "") else None for value in values]
        return envelope.seal_column(texts, row_ids, keyring.current(self.purpose))

    def open_column(self, row_ids: RowIds, values: Values) -> list[Any]:
        """Values of a whole column, in order; raises as `open_text`, naming the row."""
        opened = envelope.open_column(values, row_ids, _keys_of(self.purpose, None))
        return [None if text is None else self.value(text.decode()) for text in opened]

    def reseal_column(self, row_ids: RowIds, values: Values) -> list[bytes | None]:
        """The same values under the key version now in use; raises as `open_column`."""
        opened = envelope.open_column(values, row_ids, _keys_of(self.purpose, None))
        return envelope.seal_column(opened, row_ids, keyring.current(self.purpose))

    def text(self, value: Any) -> str:
        """The form in which a value is sealed."""
        if self.codec == "json":
            return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if not isinstance(value, str):
            raise TypeError(f"{self.purpose} seals text, not {type(value).__name__}")
        return value

    def value(self, text: str) -> Any:
        """The value that a sealed text stands for."""
        return json.loads(text) if self.codec == "json" else text


def seal_bytes(purpose: str, data: bytes, row_id: int) -> bytes:
    """Bytes sealed for one row of what `purpose` names; raises what `keyring.current` raises."""
    return envelope.seal(data, row_id, keyring.current(purpose))


def open_bytes(purpose: str, value: bytes, row_id: int) -> bytes:
    """The bytes again; raises Unavailable `crypto.tampered` for another row, purpose or bit, or what the keyring
    raises. The key alone binds a value to its column: one that opens under another purpose's key was put there."""
    return envelope.open_(value, row_id, _keys_of(purpose, row_id))


def _keys_of(purpose: str, row_id: int | None) -> envelope.KeyFinder:
    def find(key_id: int) -> DataKeyHandle:
        try:
            key = keyring.by_id(key_id)
        except ServiceError as refusal:
            if refusal.code != "key.unknown":
                raise
            raise envelope.tampered(purpose, row_id) from refusal
        if key.purpose != purpose:
            raise envelope.tampered(purpose, row_id)
        return key

    return find


class Sealed(Promise):
    """One value of a sealed column. Its `str` is the mask; only `open` gives the clear text.

    Immutable. It is either stored (ciphertext bound to a row) or fresh (clear text not yet saved).
    Being a Promise, Django's and REST framework's JSON encoders write its `str`.
    """

    __slots__ = ("_clear", "_column", "_row_id", "_stored")

    def __init__(
        self,
        column: SealedColumn,
        row_id: int | None,
        *,
        stored: bytes | None = None,
        clear: str | None = None,
    ) -> None:
        if (stored is None) == (clear is None):
            raise TypeError("a sealed value is either stored or fresh")
        self._column, self._row_id, self._stored, self._clear = column, row_id, stored, clear

    @property
    def column(self) -> SealedColumn:
        """The column the value was made for."""
        return self._column

    @property
    def row_id(self) -> int | None:
        """The row it is bound to, None while that is not known."""
        return self._row_id

    @property
    def stored(self) -> bytes | None:
        """The ciphertext; None for a fresh value."""
        return self._stored

    def open(self) -> Any:
        """The clear value. Raises Unavailable `crypto.tampered`, or what the keyring raises."""
        return self._column.value(self.open_text())

    def open_text(self) -> str:
        """The clear text (for JSON columns the canonical JSON)."""
        if self._clear is not None:
            return self._clear
        return self._column.open_text(self._known_row(), self._stored or b"")

    def masked(self, profile: str = "standard") -> str:
        """What may be shown of it (domain 5.4)."""
        return mask(self._column.kind, self.open_text(), profile)

    def for_row(self, column: SealedColumn, row_id: int) -> "Sealed":
        """This value as that row of that column stores it: itself if it is bound there, else sealed anew."""
        if self._stored is not None and self._row_id in (None, row_id) and _same(self._column, column):
            return self if self._row_id == row_id else Sealed(column, row_id, stored=self._stored)
        return Sealed(column, row_id, stored=column.seal_text(row_id, self.open_text()))

    def shown_as(self, column: SealedColumn) -> "Sealed":
        """The same value with the mask kind of `column`."""
        if self._column == column:
            return self
        return Sealed(column, self._row_id, stored=self._stored, clear=self._clear)

    def serialised(self) -> str:
        """Ciphertext as text for `dumpdata`; a fresh value is sealed for transit first."""
        if self._stored is None:
            return self.for_row(self._column, IN_TRANSIT).serialised()
        return f"{_SERIALISED}{self._known_row()}:{b64encode(self._stored).decode()}"

    def _known_row(self) -> int:
        if self._row_id is None:
            raise ValueError(f"a value of {self._column.purpose} opens only through its row")
        return self._row_id

    def __str__(self) -> str:
        return self.masked()

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        try:
            shown = self.masked()
        except (ServiceError, ValueError) as error:  # a repr must not fail in the middle of an error report
            shown = getattr(error, "code", "unbound")
        return f"<Sealed {self._column.kind} {shown}>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sealed):
            if self._stored is not None and (self._stored, self._row_id) == (other._stored, other._row_id):
                return True
            return _equal(self.open_text(), other.open_text())
        if isinstance(other, str):
            return _equal(self.open_text(), other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equal values may have different ciphertexts

    def __copy__(self) -> "Sealed":
        return self

    def __deepcopy__(self, memo: object) -> "Sealed":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles ciphertext only: a fresh value is sealed for transit first."""
        if self._stored is None:
            return self.for_row(self._column, IN_TRANSIT).__reduce__()
        return _restored, (self._column, self._row_id, self._stored)


def _restored(column: SealedColumn, row_id: int | None, stored: bytes) -> Sealed:
    return Sealed(column, row_id, stored=stored)


def deserialised(text: str) -> tuple[int, bytes] | None:
    """Row id and ciphertext of a `serialised` value, None for any other text."""
    row, colon, value = text.removeprefix(_SERIALISED).partition(":")
    if not (text.startswith(_SERIALISED) and colon and row.isascii() and row.isdigit()):
        return None
    return int(row), b64decode(value, validate=True)


def _same(one: SealedColumn, other: SealedColumn) -> bool:
    return one.purpose == other.purpose


def _equal(one: str, other: str) -> bool:
    return constant_time.bytes_eq(one.encode(), other.encode())
