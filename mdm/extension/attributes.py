"""The attributes in force in this process, as fields like those of a model.

`refresh` is called before each request, task, command and chunk of a file: it asks the database for the newest
version of the dictionary, and reads the definitions again where that is another. Whoever walks the fields of a
facet (`mdm.bulk.tables.own_fields`) so meets an attribute at once, and needs to know nothing of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from mdm import codes
from mdm.extension.kinds import Kind
from mdm.extension.patterns import NEVER, is_cheap
from security.access.prepared import fetch
from security.access.sight import facet_name

if TYPE_CHECKING:
    from mdm.extension.models import AttributeDefinition

AnyField = models.Field[Any, Any]
#: Before the name of every attribute, so that no field which the product gets later can take its name.
PREFIX = "x_"
#: Digits of an amount, as everywhere in the product.
DIGITS, DECIMALS = 18, 2
#: An amount as it is kept or typed: no exponent; behind the decimals stand at most the zeros that a file told.
_AMOUNT = re.compile(rf"-?[0-9]{{1,{DIGITS - DECIMALS}}}(\.[0-9]{{1,4}}0*)?")
#: Digits of a whole number, as files read them.
WHOLE_DIGITS = 9
_WHOLE = re.compile(rf"-?[0-9]{{1,{WHOLE_DIGITS}}}")
#: Number and digest of a version of the dictionary, and the day: what is in force depends on both.
Stamp = tuple[int, str, date]


@dataclass(frozen=True)
class Attribute:
    """One definition, ready for use; `edition` is the version of the dictionary that it is of, 0 for today's."""

    told: "AttributeDefinition"
    edition: int = 0

    @property
    def key(self) -> str:
        """What it is called in rows, bodies and forms."""
        return PREFIX + self.told.name

    @property
    def label(self) -> Promise:
        return codes.label(self.told.label_zh, self.told.label_en)

    @property
    def must(self) -> bool:
        """Whether a row is refused without it."""
        return self.told.required and self.told.severity == "BLOCK"

    def in_force(self, day: date) -> bool:
        return self.told.valid_from <= day and (self.told.valid_to is None or day < self.told.valid_to)

    @property
    def list_name(self) -> str:
        """The name of the list that its codes come from; empty for other kinds."""
        if self.told.kind != Kind.CODE:
            return ""
        own = f"{self.told.facet}.{self.key}" + (f"@{self.edition}" if self.edition else "")
        return own if self.told.codes else self.told.code_list

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """The pattern of its texts, None for none. One that is not cheap, though it stands in the table, is not used:
        it lets no text through, so that nobody takes its rule for kept."""
        if not self.told.pattern:
            return None
        return re.compile(self.told.pattern if is_cheap(self.told.pattern, self.told.length) else NEVER)

    @cached_property
    def limits(self) -> tuple[Any, Any]:
        """The least and the greatest value; None where there is no such limit."""
        return read_text(self.told.kind, self.told.minimum), read_text(self.told.kind, self.told.maximum)

    def read(self, kept: Any) -> Any:
        """What `held` made, read again; as it stands where it is of no such kind (a damaged value)."""
        found = read_text(self.told.kind, kept) if isinstance(kept, str) else kept
        return kept if found is None else found

    def normalised(self, value: Any) -> str:
        """The text under which search finds a value; empty for none."""
        kept = f"{value.normalize():f}" if isinstance(value, Decimal) else held(value)
        return "" if kept is None else " ".join(str(kept).split()).casefold()

    def as_field(self, model: type[models.Model]) -> AnyField:
        """A field of the model, as its own ones are."""
        made: AnyField = _FIELDS[Kind(self.told.kind)](self)
        made.set_attributes_from_name(self.key)
        made.model = model
        made.attribute = self  # type: ignore[attr-defined]
        return made


def held(value: Any) -> Any:
    """A value as JSON holds it: numbers and days as texts; None for what is as good as none."""
    if value is None or value is False or value == "":
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int) and value is not True else value


def read_text(kind: str, text: str) -> Any:
    """A text as a value of a kind; None where it is none."""
    try:
        match kind:
            case Kind.WHOLE:
                return int(text) if _WHOLE.fullmatch(text) else None
            case Kind.AMOUNT:
                return Decimal(text) if _AMOUNT.fullmatch(text) else None
            case Kind.DAY:
                return date.fromisoformat(text)
    except ValueError:
        return None
    return text or None


_FIELDS: Mapping[Kind, Any] = {
    Kind.TEXT: lambda a: models.CharField(a.label, max_length=a.told.length, blank=True),
    Kind.CODE: lambda a: models.CharField(a.label, max_length=40, blank=True),
    Kind.WHOLE: lambda a: models.IntegerField(a.label, null=True, blank=True),
    Kind.AMOUNT: lambda a: models.DecimalField(
        a.label, max_digits=DIGITS, decimal_places=DECIMALS, null=True, blank=True
    ),
    Kind.DAY: lambda a: models.DateField(a.label, null=True, blank=True),
    Kind.FLAG: lambda a: models.BooleanField(a.label, default=False, blank=True),
}


def attribute_of(of: Any) -> Attribute | None:
    """The attribute that a field was made of; None for a field of the model's own."""
    return getattr(of, "attribute", None)


def whole_limits(of: AnyField) -> tuple[int, int]:
    """The least and the greatest whole number that is read for a field. Narrower limits of an attribute are rules,
    which as its definition says only raise an issue."""
    most = 10**WHOLE_DIGITS - 1
    return (-most, most) if attribute_of(of) else (0, 2**31 - 1)


def list_of(model: Any, of: AnyField) -> str:
    """The name of the code list that a field's values come from; empty for other fields."""
    told = attribute_of(of)
    return told.list_name if told else str(model.CODES.get(of.name, ""))


@dataclass(frozen=True)
class Dictionary:
    """The attributes of one version: those in force and all there ever were, by facet."""

    stamp: Stamp
    attributes: tuple[Attribute, ...] = ()
    made: dict[tuple[str, bool], tuple[AnyField, ...]] = field(default_factory=dict)

    def fields(self, model: type[models.Model], *, ended: bool = False) -> tuple[AnyField, ...]:
        """The attributes of a facet as fields of its model, in the order of their names; `ended` ones too."""
        if not self.attributes:
            return ()
        place = (facet_name(model.__name__), ended)
        found = self.made.get(place)
        if found is None:
            found = self.made[place] = tuple(one.as_field(model) for one in self.of(*place))
        return found

    def of(self, facet: str, ended: bool = False) -> list[Attribute]:
        """The attributes of a facet that are in force; those that are not as well, if asked."""
        day = self.stamp[2]
        return [a for a in self.attributes if a.told.facet == facet and (ended or a.in_force(day))]

    @cached_property
    def by_facet(self) -> dict[str, list[Attribute]]:
        """The attributes in force, for the facets that have some."""
        return {name: found for name in {a.told.facet for a in self.attributes} if (found := self.of(name))}


NONE = Dictionary((0, "", date.min))


class _Held:
    """What this process goes by."""

    dictionary = NONE


#: The dictionary of a past moment, where that is being told.
_past: ContextVar[Dictionary | None] = ContextVar("past", default=None)


def current() -> Dictionary:
    """The dictionary as this process last read it; inside `going_by` that of the past."""
    return _past.get() or _Held.dictionary


@contextmanager
def going_by(dictionary: Dictionary) -> Iterator[None]:
    """Have everything read inside go by a dictionary of the past; other threads go by today's."""
    _define_codes(dictionary.attributes)
    token = _past.set(dictionary)
    try:
        yield
    finally:
        _past.reset(token)


def fields_of(model: type[models.Model], *, ended: bool = False) -> tuple[AnyField, ...]:
    """The attributes of a facet's model as fields."""
    return current().fields(model, ended=ended)


def refresh() -> Dictionary:
    """Go by the newest version of the dictionary from now on: one small statement where nothing has changed."""
    from mdm.extension.models import AttributeDefinition  # so that rules can be read before Django is set up

    newest = fetch("SELECT number, digest FROM mdm_dictionaryversion ORDER BY number DESC LIMIT 1", ())
    number, digest = newest[0] if newest else (0, "")
    stamp = (int(number), str(digest), timezone.localdate())
    if stamp != _Held.dictionary.stamp:
        told = AttributeDefinition.objects.order_by("facet", "name") if number else ()
        adopt(Dictionary(stamp, tuple(Attribute(one) for one in told)))
    return _Held.dictionary


def adopt(dictionary: Dictionary) -> None:
    """Go by a dictionary; its own code lists are known from now on."""
    _define_codes(dictionary.attributes)
    _Held.dictionary = dictionary


def forget() -> None:
    """Go by nothing until it is read again."""
    _Held.dictionary = NONE


def _define_codes(attributes: Iterable[Attribute]) -> None:
    for one in attributes:
        if one.told.kind == Kind.CODE and one.told.codes:
            lines = _without_aliases(one.told.codes)
            codes.define(one.list_name, one.told.label_zh, one.told.label_en, lines)


def _without_aliases(lines: str) -> str:
    """Lines `code|Chinese|English[|from[|until]]` as `mdm.codes.define` takes them."""
    parts = (line.split("|") for line in lines.splitlines())
    return "\n".join("|".join([*told[:3], "", *told[3:]]) for told in parts)
