"""A declaration of tax residence as rules see it: its head, its controlling persons, everybody's residences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mdm.errors import FieldError, Text
from mdm.subjects import Row

#: Alpha-3 of the home jurisdiction: who is resident here only declares no other.
HOME = "CHN"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The parts of one declaration, in clear; `person` says whether the holder is a natural person."""

    head: Row
    residences: Sequence[Row] = ()
    persons: Sequence[Row] = ()
    person: bool = True

    def residences_of(self, person_no: str) -> list[tuple[int, Row]]:
        """The residences of the holder ("") or of a controlling person, with their places."""
        return [
            (i, row) for i, row in enumerate(self.residences) if (row.get("person_no") or "") == person_no
        ]

    @property
    def passive(self) -> bool:
        """Whether those who control the holder have to declare as well."""
        return not self.person and self.head.get("entity_class") == "PASSIVE_NFE"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a declaration lacks or says wrongly: at which field of which part (`facet`, its place there)."""

    code: str
    text: Text
    field: str
    facet: str = "tax_certification"
    place: int = 0

    @property
    def error(self) -> FieldError:
        """As one refused place of a `ServiceError`."""
        return FieldError(f"/{self.facet}/{self.place}/{self.field}", self.code, self.text)


@dataclass(frozen=True, slots=True)
class Known:
    """What the bank knows of the holder besides the declaration.

    `addresses`, `phones`, `nationalities` and `documents` are alpha-3 jurisdictions; `attorneys` those of persons
    who hold a power of attorney; `born_in` those of birth as declared before.
    """

    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    nationalities: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    attorneys: frozenset[str] = frozenset()
    born_in: frozenset[str] = frozenset()
    registered_in: str = ""
    birth_date: date | None = None
