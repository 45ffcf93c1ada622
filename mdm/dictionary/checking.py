"""Which definitions of attributes are refused, with a code and a place for each fault."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm import codes
from mdm.bulk.tables import built_in_fields
from mdm.dictionary.content import TOLD, in_both
from mdm.dictionary.impact import values_held
from mdm.dictionary.layouts import layouts
from mdm.errors import FieldError, Invalid
from mdm.extension.attributes import PREFIX, Attribute, read_text
from mdm.extension.kinds import Kind
from mdm.extension.models import AttributeDefinition
from mdm.extension.patterns import is_cheap
from mdm.history.models import TECHNICAL, SubjectModel
from mdm.subjects import Facet, registry
from security.access.actor import system_actor
from security.access.scope import in_scope

Json = Mapping[str, Any]
#: Names that forms, bodies and addresses use for something else.
RESERVED = frozenset({"slot", "reason", "change_reason", "facet", "row", "customer_no", "org", "corrects"})
#: The longest text an attribute may hold: the whole of a row's attributes is one sealed document.
LONGEST = 2_000
#: The masks that an attribute may have, and none.
MASKS = frozenset(
    {"", "free_text", "person_name", "phone", "email", "other_id", "card", "birth_date", "amount"}
)
#: Characters that a label in each language may have.
LABELS = {"label_zh": 40, "label_en": 60}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_DAY = r"(?:\d{4}-\d{2}-\d{2})?"
_CODE_LINE = re.compile(rf"[A-Z0-9_]{{1,20}}\|[^|\n]{{1,40}}\|[^|\n]{{1,60}}(?:\|{_DAY}){{0,2}}", re.ASCII)
_LIMITED = (Kind.WHOLE, Kind.AMOUNT, Kind.DAY)


def facet_of(name: str) -> Facet:
    """The facet that an attribute is added to. Invalid `attribute.facet` where rows are not told by hand or file."""
    found = next((f for f in registry.facets() if f.name == name and f.told and not f.recorded), None)
    if found is None:
        text = _("Nothing can be added to this kind of information.")
        raise Invalid("attribute.facet", text, [FieldError("/facet", "attribute.facet", text)])
    return found


def check(facet: Facet, name: str, told: Json, before: AttributeDefinition | None) -> None:
    """Raise Invalid with every fault of a definition; `before` is what stands, None for a new attribute."""
    wrong = list(_shape(told)) or [
        *(_name(facet, name) if before is None else ()),
        *_labels(facet, name, told),
        *_kind(told),
        *_limits(told),
        *_codes(told),
        *_columns(facet, name, told),
        *(_with_values(facet, name, told, before) if before else ()),
    ]
    if wrong:
        raise Invalid(wrong[0].code, wrong[0].detail, wrong)


def _shape(told: Json) -> Iterator[FieldError]:
    """Members that are missing or are none, and choices that are none."""
    for name in sorted(set(TOLD) ^ set(told)):
        yield FieldError(f"/{name}", "attribute.member", _("Tell this, and nothing else."))
    choices = {"kind": set(Kind.values), "severity": {"WARN", "BLOCK"}, "mask": MASKS}
    for name, allowed in choices.items():
        if told.get(name) not in allowed:
            yield FieldError(f"/{name}", "attribute.choice", _("There is no such choice."))


def _name(facet: Facet, name: str) -> Iterator[FieldError]:
    if not _NAME.fullmatch(name) or name.startswith(PREFIX):
        text = _("A name is of 2 to 30 small letters, digits and underscores; “x_” is put before it.")
        yield FieldError("/name", "attribute.name", text)
    elif name in RESERVED | TECHNICAL:
        yield FieldError("/name", "attribute.reserved", _("This name is used for something else."))
    elif name in _columns_of(facet.model):
        yield FieldError("/name", "attribute.name_taken", _("There is a field of this name already."))


def _columns_of(model: type[SubjectModel]) -> set[str]:
    return {n for field in model._meta.concrete_fields for n in (field.name, field.attname)}


def _labels(facet: Facet, name: str, told: Json) -> Iterator[FieldError]:
    """Both are told, and nothing else of the facet is called so: nobody could tell the two apart."""
    others = AttributeDefinition.objects.filter(facet=facet.name).exclude(name=name)
    own = (in_both(field.verbose_name).values() for field in built_in_fields(facet.model))
    taken = {text.casefold() for pair in own for text in pair}
    taken |= {text.casefold() for pair in others.values_list("label_zh", "label_en") for text in pair}
    for member, most in LABELS.items():
        text = str(told[member]).strip()
        if not text or len(text) > most:
            yield FieldError(f"/{member}", "attribute.label", _("Tell a label in each language."))
        elif text.casefold() in taken:
            yield FieldError(f"/{member}", "attribute.label_taken", _("Another field has this label."))


def _kind(told: Json) -> Iterator[FieldError]:
    if told["kind"] == Kind.TEXT and not 1 <= told["length"] <= LONGEST:
        yield FieldError("/length", "attribute.length", _("A text has from 1 to %d characters.") % LONGEST)
    if told["pattern"] and (told["kind"] != Kind.TEXT or not is_cheap(told["pattern"], told["length"])):
        text = _("Write a plain regular expression for a text that leaves few ways to read one.")
        yield FieldError("/pattern", "attribute.pattern", text)
    if told["kind"] == Kind.FLAG and (told["required"] or told["searchable"] or told["mask"]):
        text = _("Yes or no is shown in clear, and neither required nor searched for.")
        yield FieldError("/kind", "attribute.flag", text)


def _limits(told: Json) -> Iterator[FieldError]:
    """Limits are values of the kind, the lower below the upper; the days of validity too."""
    found = {name: read_text(told["kind"], told[name]) for name in ("minimum", "maximum") if told[name]}
    for name, value in found.items():
        if told["kind"] not in _LIMITED or value is None:
            yield FieldError(f"/{name}", "attribute.limit", _("Write a value of the kind."))
    if len(found) == 2 and None not in found.values() and found["minimum"] > found["maximum"]:
        yield FieldError("/maximum", "attribute.limit", _("The upper limit lies below the lower one."))
    first, last = (read_text(Kind.DAY, told[name] or "") for name in ("valid_from", "valid_to"))
    if first is None or (told["valid_to"] and (last is None or last < first)):
        yield FieldError("/valid_to", "attribute.validity", _("It ends before it begins, or a day is none."))


def _codes(told: Json) -> Iterator[FieldError]:
    """A code comes from a list of the product or from lines of its own, never from both or neither."""
    lines = [line for line in told["codes"].splitlines() if line]
    if told["kind"] != Kind.CODE:
        if lines or told["code_list"]:
            yield FieldError("/codes", "attribute.codes", _("Only a code has a list."))
    elif bool(lines) == bool(told["code_list"]):
        yield FieldError("/code_list", "attribute.codes", _("Name a code list, or write the codes yourself."))
    elif lines and not all(_CODE_LINE.fullmatch(line) and _are_days(line) for line in lines):
        text = _(
            "Write a code a line: CODE|Chinese|English, and |from|until where it is not always in force."
        )
        yield FieldError("/codes", "attribute.codes", text)
    elif lines and len({line.split("|")[0] for line in lines}) < len(lines):
        yield FieldError("/codes", "attribute.codes", _("A code stands there twice."))
    elif told["code_list"] and told["code_list"] not in codes.names():
        yield FieldError("/code_list", "attribute.codes", _("There is no such code list."))


def _columns(facet: Facet, name: str, told: Json) -> Iterator[FieldError]:
    """Columns are of layouts whose files name them and tell the row; no two attributes have one column."""
    known = layouts()
    others = AttributeDefinition.objects.exclude(facet=facet.name, name=name).values_list(
        "columns", flat=True
    )
    taken = {(layout, place["column"]) for columns in others for layout, place in columns.items()}
    for layout, place in told["columns"].items():
        column, slot = str(place.get("column", "")), str(place.get("slot", ""))
        one = known.get(layout)
        if one is None or not one.headed or not _COLUMN.fullmatch(column):
            text = _(
                "Name a layout whose files have a header, and a column of letters, digits and underscores."
            )
            yield FieldError("/columns", "attribute.column", text)
        elif column in one.columns or (layout, column) in taken:
            yield FieldError("/columns", "attribute.column_taken", _("This column tells something else."))
        elif not one.tells(facet.name, slot):
            text = _("Files of this layout do not tell such a row: name the row as the layout does.")
            yield FieldError("/columns", "attribute.column_row", text)


def _with_values(facet: Facet, name: str, told: Json, before: AttributeDefinition) -> Iterator[FieldError]:
    """What must stay while there are values: the kind, and codes that are in use."""
    if told["kind"] != before.kind:
        if _is_held(facet, PREFIX + name, None):
            text = _("There are values of this kind: add another attribute.")
            yield FieldError("/kind", "attribute.kind_fixed", text)
    elif (gone := _gone(told, before)) and _is_held(facet, PREFIX + name, gone):
        yield FieldError("/codes", "attribute.code_used", _("A code that is used cannot go."))


def _is_held(facet: Facet, key: str, wanted: Collection[str] | None) -> bool:
    """Whether a row, in force or ended, has one of the wanted values of an attribute; None: any value."""
    with in_scope(system_actor("dictionary", ["customer.view"]), "customer.view"):
        found = (row.get(key) for row in values_held(facet.model._default_manager.all(), facet))
        return any(value in wanted if wanted else value not in (None, "", False) for value in found)


def _gone(told: Json, before: AttributeDefinition) -> set[str]:
    """Codes that the list had and would not have any more."""
    if before.kind != Kind.CODE or told["kind"] != Kind.CODE:
        return set()
    return _listed(Attribute(before).told.codes, before.code_list) - _listed(told["codes"], told["code_list"])


def _are_days(line: str) -> bool:
    """Whether a line's days are in the calendar, and the code in force on one at least."""
    told = [day for day in line.split("|")[3:] if day]
    with suppress(ValueError):
        days = [date.fromisoformat(day) for day in told]
        return days == sorted(set(days))
    return False


def _listed(lines: str, name: str) -> set[str]:
    return {line.split("|")[0] for line in lines.splitlines() if line} if lines else set(codes.get(name))
