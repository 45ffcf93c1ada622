"""Facets over REST: what may be sent and what comes back is read off the models (design idea 3)."""

from collections.abc import Callable, Collection, Iterable
from functools import cache, partial
from typing import Any

from django.db import models
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.bulk.tables import built_in_fields, own_fields
from mdm.codes import get as code_list
from mdm.display import sensitive, shown
from mdm.extension.attributes import attribute_of, fields_of, list_of, whole_limits
from mdm.extension.values import values_of
from mdm.history.models import SINCE, SubjectModel
from mdm.rest.fields import Amount, Day, Fields, Flag, Text, Whole
from mdm.subjects import Facet, Row

AnyField = models.Field[Any, Any]
Json = dict[str, Any]
Member = serializers.Field[Any, Any, Any, Any]
#: How a member of a body is made of a model's field, or an attribute's.
Make = Callable[[AnyField], Member]
#: Codes that a description lists; longer lists are named only.
LISTED = 40
#: The member of a change that says why.
REASON = "change_reason"


def plural(facet: Facet) -> str:
    """The facet's name for its rows, in bodies: `phones`, `addresses`."""
    name = facet.name
    if name.endswith("y"):
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def path_part(facet: Facet) -> str:
    """The facet's name for its rows, in addresses: `customer-names`."""
    return plural(facet).replace("_", "-")


def member(facet: Facet) -> str:
    """Where a bundle's body holds the facet: a list under its plural, or one object under its name."""
    return plural(facet) if facet.multiple else facet.name


def read_fields(model: type[SubjectModel]) -> tuple[AnyField, ...]:
    """The fields a caller reads: the own ones but links to other tables, which are told by code."""
    return tuple(field for field in own_fields(model) if not field.is_relation)


def told_fields(model: type[SubjectModel]) -> tuple[AnyField, ...]:
    """The fields a caller may tell: those it reads, but not what only an operation of its own changes."""
    return tuple(field for field in read_fields(model) if field.attname not in model.OPERATED)


@cache
def new_row_fields(facet: Facet, leave_out: frozenset[str] = frozenset()) -> type[Fields]:
    """A row inside a new customer; what it links to (its branch) is told by code."""
    told = _told_members(facet, _field, leave_out, facet.model.FIRST)
    links = {field.name: _link(field) for field in built_in_fields(facet.model) if field.is_relation}
    slot = {"slot": _slot()} if facet.multiple else {}
    return _class(f"{_title(facet)}TellFields", facet, {**told, **links, **slot}, _field)


@cache
def added_row_fields(facet: Facet) -> type[Fields]:
    """A row added to a customer."""
    told = {
        **_told_members(facet, _added, free=facet.model.FIRST),
        SINCE: _since(),
        REASON: _reason(required=False),
    }
    return _class(f"{_title(facet)}AddFields", facet, told, _added)


@cache
def part_fields(facet: Facet, leave_out: frozenset[str] = frozenset()) -> type[Fields]:
    """A row that is told as a part of something larger, which says the rest (its reason, what it belongs to)."""
    return _class(
        f"{_title(facet)}PartFields",
        facet,
        _told_members(facet, _added, leave_out, facet.model.FIRST),
        _added,
    )


@cache
def changed_row_fields(facet: Facet) -> type[Fields]:
    """Changes of a row as JSON Merge Patch (RFC 7396): what is left out stays, null empties."""
    told = {**_told_members(facet, _changed), SINCE: _since(), REASON: _reason(required=True)}
    return _class(f"{_title(facet)}ChangeFields", facet, told, _changed)


@cache
def row_fields(facet: Facet) -> type[Fields]:
    """A row as it comes back."""
    make = partial(_shown_field, facet.model)
    own = {field.name: make(field) for field in built_in_fields(facet.model) if not field.is_relation}
    technical: dict[str, Any] = {
        "id": serializers.IntegerField(),
        "version": serializers.IntegerField(help_text=_("The row's version: the number in its ETag.")),
        "status": serializers.CharField(help_text=_("ACTIVE or ENDED.")),
        "valid_from": serializers.DateField(
            allow_null=True, help_text=_("Since when it is so; null for ever.")
        ),
        "valid_to": serializers.DateField(allow_null=True, help_text=_("The first day on which it is not.")),
        "source_system": serializers.CharField(),
        "updated_at": serializers.DateTimeField(),
        "updated_by": serializers.CharField(),
    }
    return _class(f"{_title(facet)}Fields", facet, {**technical, **own}, make)


def row_data(facet: Facet, row: SubjectModel, profile: str) -> Json:
    """A stored row as it comes back: sensitive values masked for the profile."""
    clear = values_of(facet.model, row, own_fields(facet.model))
    values = {
        f.name: shown(facet.model, f, clear[f.attname], clear, profile)["value"]
        for f in read_fields(facet.model)
    }
    technical = {
        "id": row.pk,
        "version": row.version,
        "status": row.status,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "source_system": row.source_system,
        "updated_at": row.updated_at,
        "updated_by": row.updated_by,
    }
    return {**technical, **values}


def told_rows(facets: Iterable[Facet], data: Json) -> dict[str, list[Row]]:
    """The rows of a bundle by facet, from a read body; what is empty counts as not told."""
    found: dict[str, list[Row]] = {}
    for facet in facets:
        told: list[Row] = data.get(member(facet)) or []
        rows = [_told(row) for row in (told if facet.multiple else [data[member(facet)]] if told else [])]
        if rows:
            found[facet.name] = rows
    return found


def told_place(facets: Iterable[Facet], pointer: str) -> str:
    """A finding's place (`/phone/0/number`) as a pointer into a bundle's body."""
    head, *rest = pointer.removeprefix("/").split("/")
    for facet in facets:
        if facet.name == head:
            inner = rest if facet.multiple else rest[1:]
            return "/" + "/".join([member(facet), *inner])
    return pointer


def _told(row: Row) -> Row:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _title(facet: Facet) -> str:
    return facet.model.__name__


class GrowingFields(Fields):
    """Members of a facet, and whatever attributes it has by the time a body is read or described."""

    facet: Facet
    make: Make

    def get_fields(self) -> dict[str, Member]:
        """The declared members, then the attributes."""
        grown = {made.name: type(self).make(made) for made in fields_of(self.facet.model)}
        return {**super().get_fields(), **grown}


def _class(name: str, facet: Facet, members: Json, make: Make) -> type[Fields]:
    told = {"__doc__": facet.model.__doc__, "facet": facet, "make": staticmethod(make)}
    return type(name, (GrowingFields,), {**told, **members})


def _told_members(
    facet: Facet, make: Make, leave_out: frozenset[str] = frozenset(), free: Collection[str] = ()
) -> dict[str, Member]:
    """What the model itself declares and a caller may tell; of what operations set those that are `free`."""
    apart = leave_out | (facet.model.OPERATED - set(free))
    told = (f for f in built_in_fields(facet.model) if not f.is_relation and f.name not in apart)
    return {field.name: make(field) for field in told}


def _added(field: AnyField) -> Member:
    """A member of a row that is entered by itself."""
    return _field(field, known=True)


def _changed(field: AnyField) -> Member:
    """A member of a change: it may be left out."""
    return _field(field, optional=True, known=True)


def _link(field: AnyField) -> serializers.Field[Any, Any, Any, Any]:
    return Text(required=False, max_length=20, label=field.verbose_name, help_text=_("Its code."))


def _slot() -> serializers.Field[Any, Any, Any, Any]:
    return Text(
        required=False, max_length=40, help_text=_("Which row of your record this is; its kind unless told.")
    )


def _since() -> serializers.Field[Any, Any, Any, Any]:
    text = _("Since when it is so, null for ever. Unless told: an entry for ever, a change from today on.")
    return Day(required=False, allow_null=True, help_text=text)


def _reason(*, required: bool) -> serializers.Field[Any, Any, Any, Any]:
    return Text(required=required, max_length=200, help_text=_("Why; kept in the history."))


class Coded(Text):
    """A code of a list, or another spelling that the list knows; nothing else."""

    def __init__(self, *, codes: str, **options: Any) -> None:
        self.codes = codes
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text and code_list(self.codes).resolve(text) is None:
            raise serializers.ValidationError("", code="invalid_choice")
        return text


def _field(
    field: AnyField, *, optional: bool = False, known: bool = False
) -> serializers.Field[Any, Any, Any, Any]:
    """How one model field is read from JSON.

    A new customer's unknown codes are kept as received and its long texts refused by rule, as a file's are;
    where one row is entered the caller is there to be told, so with `known` both are refused at once.
    """
    spare = (field.blank or field.null or field.has_default()) and not (known and _must(field))
    options: Json = {"label": field.verbose_name, "required": not (spare or optional), "allow_null": spare}
    if _described(field):
        options["help_text"] = _described(field)
    match field:
        case models.DateField():
            return Day(**options)
        case models.BooleanField():
            return Flag(**options)
        case models.IntegerField():
            least, most = whole_limits(field)
            return Whole(min_value=least, max_value=most, **options)
        case models.DecimalField():
            return Amount(max_digits=field.max_digits, decimal_places=field.decimal_places, **options)
    options |= {"max_length": field.max_length if known else None, "allow_blank": spare}
    return Coded(codes=_list_of(field), **options) if known and _list_of(field) else Text(**options)


def _must(field: AnyField) -> bool:
    """Whether who added the attribute has rows refused that lack it."""
    attribute = attribute_of(field)
    return attribute is not None and attribute.must


def _list_of(field: AnyField) -> str:
    """The name of a coded field's list; empty for other fields."""
    return list_of(field.model, field) if hasattr(field.model, "CODES") else ""


def _shown_field(model: type[SubjectModel], field: AnyField) -> serializers.Field[Any, Any, Any, Any]:
    """How one model field comes back: sensitive ones as masked text, whatever they are inside."""
    options: Json = {"label": field.verbose_name, "allow_null": True}
    if _described(field):
        options["help_text"] = _described(field)
    match field:
        case _ if sensitive(model, field):
            return serializers.CharField(**{**options, "help_text": _("Masked for the caller.")})
        case models.DateTimeField():
            return serializers.DateTimeField(**options)
        case models.DateField():
            return serializers.DateField(**options)
        case models.BooleanField():
            return serializers.BooleanField(**options)
        case models.IntegerField():
            return serializers.IntegerField(**options)
        case _:
            return serializers.CharField(**options)


def _described(field: AnyField) -> Any:
    """For a coded field its codes, or the name of a long list."""
    return lazy(_codes, str)(_list_of(field)) if _list_of(field) else None


def _codes(name: str) -> str:
    codes = code_list(name)
    if len(codes) > LISTED:
        return str(_("A code of the list “%s”.")) % name
    return ", ".join(f"{code} {codes.label(code)}" for code in codes)
