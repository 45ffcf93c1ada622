"""History written set-based is, column by column, what simple-history writes for the same change of the same row."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models

from mdm.bulk.changing import carry_over
from mdm.bulk.reading import read_rows
from mdm.bulk.rows import write_history_of
from mdm.bulk.tables import own_fields
from mdm.errors import Invalid, Stale
from mdm.history.models import SubjectModel
from mdm.history.writing import check_version, require_reason, save_with_history
from mdm.subjects import Facet, registry
from security.access.actor import Actor, Right
from security.crypto.fields import SealedField
from tests.factories.customers import company, person, stamp, stored
from tests.factories.security import NOW

pytestmark = pytest.mark.usefixtures("bank")
FACETS = [facet.name for facet in registry.facets()]
LATER = NOW + timedelta(days=2)
TELLER = Actor(
    "teller1",
    "staff",
    (Right(frozenset({"customer.change"}), None),),
    user_id=7,
    org_code="1110",
    channel="COUNTER",
    request_id="req-0815",
    address="10.1.2.3",
)


def raw(model: type[models.Model], **where: Any) -> list[dict[str, Any]]:
    """Rows of a table as the database holds them, by column."""
    (column, value), *_ = where.items()
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{model._meta.db_table}" WHERE "{column}" = %s ORDER BY 1', [value])
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def a_row(facet: Facet) -> Any:
    bundle = person() if facet.name in person().facets else company()
    bundle.facets.setdefault("phone", []).sort(key=lambda row: str(row["slot"]))
    customer_id = stored(bundle)
    key = "pk" if facet.name == "customer" else "customer_id"
    return facet.model._default_manager.filter(**{key: customer_id}).order_by("pk")[0]


def told(facet: Facet) -> tuple[str, Any]:
    """A text field of the facet, sealed where there is one, and another value for it."""
    texts = [f for f in own_fields(facet.model) if isinstance(f, SealedField | models.CharField)]
    field = next((f for f in texts if isinstance(f, SealedField)), texts[-1])
    return field.attname, "另一个"


def past(row: SubjectModel) -> list[dict[str, Any]]:
    """History rows by column, without their own keys and with sealed columns in clear."""
    history = type(row).history.model  # type: ignore[attr-defined]
    rows = sorted(raw(history, id=row.pk), key=lambda entry: int(entry["history_id"]))
    for field in history._meta.concrete_fields:
        if isinstance(field, SealedField):
            clear = field.open_column(
                [entry["id"] for entry in rows], [_bytes(entry[field.column]) for entry in rows]
            )
            for entry, value in zip(rows, clear, strict=True):
                entry[field.column] = value
    return [{name: value for name, value in entry.items() if name != "history_id"} for entry in rows]


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


@pytest.mark.parametrize("name", FACETS)
def test_a_change_leaves_the_same_history_by_both_ways(name: str) -> None:
    facet = registry.facet(name)
    field, value = told(facet)
    act = stamp(TELLER, at=LATER, reason="客户来行变更" * 400)

    row = a_row(facet)
    online = facet.model._default_manager.select_for_update().get(pk=row.pk)
    setattr(online, field, value)
    save_with_history(online, act)
    by_hand = past(row)

    _back_to_first(facet, row)
    (read,) = read_rows(facet, [row.pk if name == "customer" else row.customer_id], pk=row.pk)
    carry_over(facet, [{**read, field: value}], act)

    in_bulk = past(row)[len(by_hand) :]
    assert len(by_hand) == 2
    assert in_bulk == by_hand[1:]
    assert raw(facet.model, id=row.pk)[0]["version"] == 2


def _back_to_first(facet: Facet, row: SubjectModel) -> None:
    """Put the row back as its first history row tells it, so that the other way can make the same change."""
    from tests.support.database_roles import database_role

    with database_role("owner"):
        first = facet.model.history.filter(id=row.pk).earliest("history_id").instance  # type: ignore[attr-defined]
        columns = [
            f.attname for f in facet.model._meta.concrete_fields if f.name not in facet.model.DERIVED | {"id"}
        ]
        facet.model._default_manager.filter(pk=row.pk).update(**{c: getattr(first, c) for c in columns})


@pytest.mark.parametrize("name", FACETS)
def test_a_creation_leaves_the_same_history_by_both_ways(name: str) -> None:
    from tests.support.database_roles import database_role

    facet = registry.facet(name)
    row = a_row(facet)
    (in_bulk,) = past(row)

    with database_role("owner"):
        facet.model.history.filter(id=row.pk).delete()  # type: ignore[attr-defined]
    again = facet.model._default_manager.get(pk=row.pk)
    act = stamp()
    again._history_user, again._history_date, again._change_reason = act.actor.name, act.at, act.reason
    type(again).history.bulk_history_create([again], default_change_reason=act.reason)

    assert past(row) == [in_bulk]


@pytest.mark.parametrize("name", FACETS)
def test_history_copied_inside_the_database_is_the_row_as_it_is(name: str) -> None:
    facet = registry.facet(name)
    row = a_row(facet)
    (first,) = past(row)

    write_history_of(facet, [row.pk], stamp(TELLER, at=LATER, reason="merged"), "~")

    copied = past(row)[1]
    act = {
        "history_date": LATER,
        "history_type": "~",
        "history_user_id": "teller1",
        "history_change_reason": "merged",
    }
    assert copied == {**first, **act}


@pytest.mark.parametrize("name", FACETS)
def test_history_opens_what_was_sealed_then(name: str) -> None:
    facet = registry.facet(name)
    row = a_row(facet)
    sealed = [f.attname for f in facet.model._meta.concrete_fields if isinstance(f, SealedField)]

    entry = type(row).history.get(id=row.pk)

    opened = {n: value.open() for n in sealed if (value := getattr(entry, n))}
    assert opened == {n: value.open() for n in sealed if (value := getattr(row, n))}


def test_history_leaves_out_what_is_computed() -> None:
    columns = {f.name for f in registry.facet("customer").model.history.model._meta.concrete_fields}  # type: ignore[attr-defined]

    assert columns.isdisjoint({"members", "org_path", "name_tokens"})
    assert {"golden", "org", "version", "request_id", "history_user_id"} <= columns


def test_a_version_that_is_not_the_rows_is_stale() -> None:
    row = a_row(registry.facet("email"))

    check_version(row, 1)
    with pytest.raises(Stale, match=r"row\.stale"):
        check_version(row, 2)


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_change_says_why(reason: str) -> None:
    with pytest.raises(Invalid, match=r"reason\.missing"):
        require_reason(reason)
    assert require_reason(" because ") == "because"
