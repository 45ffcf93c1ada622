"""Values that are sealed outside of sealed fields: who keeps them says how they are read and put back.

A sealed field is found by walking the models. What a library's table, a JSON value or a plain binary column
holds is not: so the module that seals it registers a holding, and coverage and rotation know of it.
"""

from abc import ABC, abstractmethod
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BinaryField, Count, Model
from django.db.models.functions import Substr

from mdm.errors import Unavailable
from security.crypto.coverage import Coverage, key_id_bytes
from security.crypto.envelope import KEY_ID_AT, parse
from security.crypto.sealed import open_bytes, seal_bytes

#: Values put back in one transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Held:
    """One stored value: the primary key of its row, the id that it is bound to, and the bytes."""

    row: Any
    bound_to: int
    value: bytes

    @classmethod
    def written(cls, row: Any, bound_to: int, text: str) -> "Held":
        """One that is stored as base64."""
        return cls(row, bound_to, from_text(text))

    @property
    def is_readable(self) -> bool:
        """Whether it has the format of sealed values; what has not tells no key, and nothing opens it."""
        try:
            parse(self.value)
        except Unavailable:
            return False
        return True

    @property
    def key_id(self) -> bytes:
        """The four bytes that name its key."""
        start, size = KEY_ID_AT
        return self.value[start - 1 : start - 1 + size]


def from_text(text: str) -> bytes:
    """A sealed value that is stored as base64; nothing, which opens under no key, where the text is none."""
    try:
        return b64decode(text)
    except (ValueError, TypeError):
        return b""


@dataclass(frozen=True, slots=True)
class Holding(ABC):
    """All values of one purpose, in `table`.`column`."""

    purpose: str
    table: str
    column: str

    def coverage(self) -> list[Coverage]:
        """How many values are under which key."""
        return [
            Coverage(self.purpose, self.table, self.column, int.from_bytes(key), values)
            for key, values in self.counted().items()
        ]

    def under_others(self, key_id: int) -> int:
        """Values under another key than this."""
        return sum(one.values for one in self.coverage() if one.key_id != key_id)

    def move(self, key_id: int) -> Iterator[int]:
        """Seals anew what is under another key than `key_id`, the one in use. Yields how many after each chunk:
        a value that somebody wrote meanwhile is left to its writer."""
        old = list(self.others(key_id_bytes(key_id)))
        for start in range(0, len(old), CHUNK):
            with transaction.atomic(durable=True):
                yield sum(self.swap(held, self._anew(held)) for held in old[start : start + CHUNK])

    def _anew(self, held: Held) -> bytes:
        text = open_bytes(self.purpose, held.value, held.bound_to)
        return seal_bytes(self.purpose, text, held.bound_to)

    @abstractmethod
    def counted(self) -> Mapping[bytes, int]:
        """Values by the four bytes that name their key."""

    @abstractmethod
    def others(self, key: bytes) -> Iterable[Held]:
        """The values under other keys."""

    @abstractmethod
    def swap(self, held: Held, new: bytes) -> int:
        """Puts `new` where the value still stands; says in how many rows."""


@dataclass(frozen=True, slots=True)
class BinaryHolding(Holding):
    """A binary column of a model; `bound_to` tells from the primary key and the `named` column what its values
    are bound to."""

    model: type[Model]
    bound_to: Callable[[Any], int]
    named: str = "pk"

    def counted(self) -> Mapping[bytes, int]:
        return {
            bytes(key): number for key, number in self._keyed().values_list("under").annotate(Count("pk"))
        }

    def others(self, key: bytes) -> Iterable[Held]:
        rows = self._keyed().exclude(under=key).values_list("pk", self.named, self.column)
        return (Held(row, self.bound_to(name), bytes(value)) for row, name, value in rows.iterator())

    def swap(self, held: Held, new: bytes) -> int:
        rows = self.model._default_manager.filter(**{"pk": held.row, self.column: held.value})
        return rows.update(**{self.column: new})

    def _keyed(self) -> Any:
        rows = self.model._default_manager.exclude(**{self.column: None}).exclude(**{self.column: b""})
        return rows.annotate(under=Substr(self.column, *KEY_ID_AT, output_field=BinaryField())).order_by()


@dataclass(frozen=True, slots=True)
class TextHolding(Holding):
    """Values written as text somewhere in rows: few enough that all are read for each question. What is no sealed value
    is under no key, so no rotation waits for it; `unreadable` counts it."""

    values: Callable[[], Iterable[Held]]
    put: Callable[[Held, bytes], int]

    def counted(self) -> Mapping[bytes, int]:
        return Counter(held.key_id for held in self.values() if held.is_readable)

    def others(self, key: bytes) -> Iterable[Held]:
        return (held for held in self.values() if held.is_readable and held.key_id != key)

    def unreadable(self) -> int:
        """How many values are none."""
        return sum(not held.is_readable for held in self.values())

    def swap(self, held: Held, new: bytes) -> int:
        return self.put(held, new)


_holdings: dict[str, Holding] = {}


def register_holding(holding: Holding) -> None:
    """Names what holds the values of its purpose (`AppConfig.ready`)."""
    _holdings[holding.purpose] = holding


def holding_of(purpose: str) -> Holding | None:
    """What holds the values of a purpose outside of sealed fields."""
    return _holdings.get(purpose)


def held_coverage(purpose: str = "") -> list[Coverage]:
    """How many such values of one purpose, or of all, are under which key."""
    chosen = [holding for name, holding in _holdings.items() if purpose in ("", name)]
    return sorted(entry for holding in chosen for entry in holding.coverage())


def unreadable() -> dict[str, int]:
    """How many values written as text cannot be read by anybody, by `table.column`; only those where some are."""
    texts = [holding for holding in _holdings.values() if isinstance(holding, TextHolding)]
    found = {f"{holding.table}.{holding.column}": holding.unreadable() for holding in texts}
    return {place: values for place, values in found.items() if values}
