"""`data-dictionary.md`: every field of every subject, read off the models, and the tables beside them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from mdm import codes as code_lists
from mdm.bulk.models import SOURCE_KEY_KIND
from mdm.bulk.tables import built_in_fields
from mdm.dictionary.words import type_of
from mdm.display import sensitive
from mdm.history.models import SubjectModel
from mdm.management.reference.markdown import both, chinese, code, codes, english, first_line, table, whole
from mdm.subjects import Facet, Subject, registry
from security.crypto.fields import SealedField

AnyField = models.Field[Any, Any]
_LEAD = """\
What Panorama stores. Class is that of JR/T 0171-2020: C2 identifies a person and is shown masked, C1 is
internal to the bank. *Sealed* columns hold SM4-GCM ciphertext; a mask is one of
`security/crypto/masking.py`. Code lists are at the end. A field is defined once, in its model
(`customers/models`, `credentials/models`)."""


def page() -> str:
    """The whole dictionary."""
    subjects = [_subject(subject) for subject in registry.subjects]
    return whole("Data dictionary", _LEAD, *subjects, _technical(), _lookups(), _others(), _code_lists())


def _subject(subject: Subject) -> str:
    head = f"## {subject.number}. {both(subject.label)} (`{subject.name}`)"
    return "\n\n".join([head, *(_facet(facet) for facet in subject.facets)])


def _facet(facet: Facet) -> str:
    """One facet: what it is, where it lies, its own fields."""
    meta, history = facet.model._meta, facet.model.history.model._meta
    told = [
        f"### {both(meta.verbose_name)} (`{facet.name}`)",
        first_line(facet.model.__doc__),
        f"Table `{meta.db_table}`, history `{history.db_table}`; {_how_many(facet)}; "
        f"changing it takes the right `{facet.permission}`.",
        table(
            ("field", "type", "中文", "English", "needed", "class", "shown", "code list"),
            (_field_row(facet.model, field) for field in built_in_fields(facet.model)),
        ),
        _derived(facet.model),
    ]
    return "\n\n".join(part for part in told if part)


def _how_many(facet: Facet) -> str:
    if not facet.multiple:
        return "one row for each source record"
    return f"any number of rows for each source record, told apart by slot (else by `{facet.kind_field}`)"


def _field_row(model: type[SubjectModel], field: AnyField) -> Sequence[str]:
    """One field as the table of its facet shows it."""
    hidden = sensitive(model, field)
    return (
        code(field.attname),
        type_of(field),
        chinese(field.verbose_name),
        english(field.verbose_name),
        "yes" if not (field.null or field.blank or field.has_default()) else "",
        "C2" if hidden else "C1",
        _mask(model, field) if hidden else "in clear",
        code(model.CODES.get(field.name, "")),
    )


def _mask(model: type[SubjectModel], field: AnyField) -> str:
    if isinstance(field, SealedField):
        return f"sealed, mask by `{field.kind_from}`" if field.kind_from else f"sealed, mask `{field.kind}`"
    return f"mask `{model.MASKS[field.name]}`"


def _derived(model: type[SubjectModel]) -> str:
    """Columns that the product computes."""
    names = sorted(model.DERIVED)
    rest = (model.__doc__ or "").partition("\n\n")[2]
    return f"Computed, without history: {codes(names)}. {first_line(rest)}" if names else ""


def _technical() -> str:
    fields: list[AnyField] = list(SubjectModel._meta.local_fields)
    rows = ((code(f.attname), type_of(f), chinese(f.verbose_name), english(f.verbose_name)) for f in fields)
    lead = (
        "Besides its own fields every row has these (`mdm/history/models.py`). Its history table has all of "
        "them again, with `history_id`, `history_date`, `history_type` (`+` created, `~` changed), "
        "`history_user_id` (the actor's name) and `history_change_reason`."
    )
    return "\n\n".join(["## Columns of every facet", lead, table(("field", "type", "中文", "English"), rows)])


def _lookups() -> str:
    """The kinds of the lookup index, with their stored numbers."""
    found = [(lookup.number, lookup.kind, first_line(lookup.values.__doc__)) for lookup in registry.lookups]
    found += [(d.lookup, d.name.upper(), "Candidate keys of matching.") for d in registry.derivations]
    found.append((SOURCE_KEY_KIND, "SOURCE_KEY", "Source system and key: names one customer, unique."))
    rows = [(number, code(kind), text) for number, kind, text in sorted(found)]
    lead = (
        "Exact search over sealed values, uniqueness of source keys and the candidates of matching, in one "
        "table `mdm_lookupentry`: (kind, digest) leads to customer and row. A digest is the first 16 bytes "
        "of HMAC-SM3 under the key of its kind; a candidate key is 8 bytes mixed from columns of a signature."
    )
    return "\n\n".join(["## Lookup index", lead, table(("number", "kind", "what is digested"), rows)])


def _others() -> str:
    """The tables that are no facet and no history."""
    facets = {facet.model for facet in registry.facets()}
    found = [m for m in house_models() if m not in facets and not m.__name__.startswith("Historical")]
    return "\n\n".join(["## Other tables", *(_other(model) for model in found)])


def house_models() -> list[type[models.Model]]:
    """The models of our own apps, by table."""
    found = [m for app in settings.HOUSE_APPS for m in apps.get_app_config(app).get_models()]
    return sorted(found, key=lambda model: model._meta.db_table)


def _other(model: type[models.Model]) -> str:
    fields: Iterable[AnyField] = model._meta.concrete_fields
    rows = ((code(f.attname), type_of(f), _sealed(f), _named(f, chinese), _named(f, english)) for f in fields)
    return "\n\n".join(
        [
            f"### `{model._meta.db_table}`",
            first_line(model.__doc__),
            table(("field", "type", "stored", "中文", "English"), rows),
        ]
    )


def _sealed(field: AnyField) -> str:
    return "sealed" if isinstance(field, SealedField) else ""


def _named(field: AnyField, language: Any) -> str:
    """A label that somebody wrote; Django's own guess from the name says nothing new."""
    told = str(language(field.verbose_name))
    return "" if told == field.name.replace("_", " ") else told


def _code_lists() -> str:
    rows = []
    for name in code_lists.names():
        known = code_lists.get(name)
        shown = list(known)[:_SHOWN]
        listed = ", ".join(f"{c} {known.label(c, 'zh')} / {known.label(c, 'en')}" for c in shown)
        rest = len(known) - _SHOWN
        more = f" … and {rest:,} more" if rest > 0 else ""
        rows.append((code(name), both(known.title), len(known), listed + more))
    lead = "From `mdm/codes/tables`; a code that is no longer used keeps its label."
    return "\n\n".join(["## Code lists", lead, table(("list", "name", "codes", "beginning with"), rows)])


#: Codes of a list that the page shows.
_SHOWN = 24
