"""The description of a file interface: data, from which its reading is compiled (`batch.layouts.compile`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from batch.formats.profile import Profile
from mdm.errors import Text

if TYPE_CHECKING:
    from batch.layouts.compile import Reading

Kind = Literal["text", "date", "int", "decimal", "code", "bool"]
_TARGET = re.compile(r"(?P<facet>\w+)(?:\[(?P<slot>\w+)\])?\.(?P<field>\w+)")


@dataclass(frozen=True, slots=True)
class Target:
    """One field of one row of a source record; `slot` tells the rows of a facet apart."""

    facet: str
    slot: str
    field: str

    @classmethod
    def parse(cls, text: str) -> "Target":
        """From `facet.field` or `facet[SLOT].field`; ValueError for anything else."""
        found = _TARGET.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not facet.field or facet[SLOT].field")
        return cls(found["facet"], found["slot"] or "", found["field"])

    @property
    def row(self) -> str:
        """The name of the row in layouts: `facet[SLOT]`, or `facet` alone."""
        return f"{self.facet}[{self.slot}]" if self.slot else self.facet


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value goes for a person and for an organisation, and how it is converted.

    `person` and `organisation` are targets as `Target.parse` reads them, empty where the column says
    nothing about that kind of customer. `codes` names the code list of a `code` column.
    """

    name: str
    label: Text
    kind: Kind = "text"
    person: str = ""
    organisation: str = ""
    codes: str = ""

    def target(self, is_person: bool) -> Target | None:
        text = self.person if is_person else self.organisation
        return Target.parse(text) if text else None


@dataclass(frozen=True, slots=True)
class Composed:
    """A field put together from several columns: the ones that hold something, with `joiner` between."""

    target: str
    columns: tuple[str, ...]
    joiner: str = " "

    @property
    def row(self) -> str:
        """The row of the source record that the field is in."""
        return Target.parse(self.target).row


@dataclass(frozen=True)
class Layout:
    """A file interface.

    `key` is the column with the source's own key; `party_column` the one that tells persons from
    organisations, or `party_type` is the same for all rows. `constants` adds fixed fields to a row
    that tells anything (`{"phone[MOBILE]": {"kind": "MOBILE"}}`). `essential` names the field without
    which a row says nothing. Rows of a facet in `slot_by` are told apart by that field's value, because
    their place in the line is only a place.
    """

    name: str
    source_system: str
    label: Text
    profile: Profile
    columns: tuple[Column, ...]
    key: str
    party_column: str = ""
    party_type: str = "PERSON"
    control_required: bool = True
    composed: tuple[Composed, ...] = ()
    constants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    essential: Mapping[str, str] = field(default_factory=dict)
    slot_by: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names in the order of the file."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def reading(self) -> "Reading":
        """The compiled form: `reading.bundles(records)`."""
        from batch.layouts.compile import Reading

        return Reading(self)
