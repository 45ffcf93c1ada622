"""Sealed fields: what is stored, shown and refused, and that history opens like the row itself."""

import copy
import json
import pickle
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.template import Context, Engine
from django.test.utils import isolate_apps
from rest_framework.utils.encoders import JSONEncoder

from mdm.errors import Unavailable
from security.crypto.fields import SealedField, SealedJSONField
from security.crypto.purposes import purpose_named
from security.crypto.sealed import Sealed
from tests.security.crypto.sealed_models import Card, History, Note, create_tables

pytestmark = pytest.mark.django_db
CLEAR, MASKED = "13812345678", "138****5678"


@pytest.fixture(autouse=True)
def note_tables(db: None) -> None:
    create_tables()


@pytest.fixture
def known_to_django(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what finds a model by its name: pickles and serialised rows."""
    monkeypatch.setitem(apps.all_models["security"], "note", Note)


def sealed_field(model: type[models.Model], name: str) -> SealedField:
    field = model._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field


def stored(column: str = "number", table: str = "crypto_note", row: int = 1) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [row])
        value = cursor.fetchone()[0]
    return value if value is None else bytes(value)


def store(value: bytes | None, column: str = "number", row: int = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE crypto_note SET {column} = %s WHERE id = %s", [value, row])


def note(row: int = 1, **values: Any) -> Note:
    return Note.objects.create(pk=row, **{"number": CLEAR, **values})


def refusal_of(value: Sealed) -> str:
    with pytest.raises(Unavailable) as refusal:
        value.open()
    return refusal.value.code


def test_the_row_holds_ciphertext_and_opens() -> None:
    note(document="E12345678", type="P11", raw={"日期": "19560231"})
    for column, clear in (("number", CLEAR), ("document", "E12345678"), ("raw", "日期")):
        assert stored(column)[0] == 0xEC
        assert clear.encode() not in stored(column)
    again = Note.objects.get(pk=1)
    assert (again.number.open(), again.document.open()) == (CLEAR, "E12345678")
    assert again.raw.open() == {"日期": "19560231"}


def test_what_is_shown_is_the_mask_everywhere() -> None:
    for value in (note(number=CLEAR).number, Note(pk=2, number=CLEAR).number, Note.objects.get(pk=1).number):
        assert str(value) == f"{value}" == f"{value:>11}".strip() == "%s" % value == MASKED  # noqa: UP031
        assert CLEAR not in repr(value)
        assert MASKED in repr(value)
        assert json.dumps([value], cls=DjangoJSONEncoder) == f'["{MASKED}"]'
        assert json.dumps([value], cls=JSONEncoder) == f'["{MASKED}"]'
        assert Engine().from_string("{{ value }}").render(Context({"value": value})) == MASKED
        with pytest.raises(TypeError):
            json.dumps([value])
    assert value.masked("strict") == "1******5678"


def test_the_mask_follows_the_sibling_column() -> None:
    row = note(type="P01", document="11010519491231002X")
    assert str(row.document) == "110***********002X"
    row.type = "P16"
    assert str(row.document) == "11*****2X"
    assert str(Note.objects.get(pk=1).document) == "110***********002X"
    assert sealed_field(Note, "document").mask_kind({"type": "P11"}) == "passport"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_stored_as_null(nothing: Any) -> None:
    row = note(number=nothing)
    assert row.number is None
    assert stored() is None
    assert Note.objects.get(pk=1).number is None
    assert Note.objects.filter(number__isnull=True).count() == 1


def test_a_stored_value_cut_to_nothing_is_refused_and_not_taken_for_none() -> None:
    note(number="13912345678")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Note._meta.db_table} SET number = ''")
    with pytest.raises(Unavailable, match=r"crypto\.tampered"):
        Note.objects.get(pk=1).number.open()


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_no_document_is_stored_as_null(nothing: Any) -> None:
    assert note(raw=nothing).raw is None
    assert stored("raw") is None


def test_documents_are_sealed_in_canonical_form() -> None:
    value = note(raw={"b": [1, None], "a": "x"}).raw
    assert value.open_text() == '{"a":"x","b":[1,null]}'
    assert str(value) == "****"


def test_a_row_without_id_is_refused_clearly() -> None:
    with pytest.raises(ValueError, match=r"Note.number is encrypted for its row: set id before saving"):
        Note(number=CLEAR).save()


def test_the_id_may_be_set_after_the_value() -> None:
    row = Note(number=CLEAR)
    row.pk = 7
    row.save()
    assert Note.objects.get(pk=7).number.open() == CLEAR


def test_an_unchanged_value_keeps_its_ciphertext() -> None:
    note()
    before, row = stored(), Note.objects.get(pk=1)
    row.type = "P01"
    row.save()
    assert stored() == before
    row.number = "13900000000"
    row.save(update_fields=["number"])
    assert stored() != before
    assert Note.objects.get(pk=1).number.open() == "13900000000"


def test_a_value_of_another_row_is_encrypted_anew() -> None:
    one = note(1)
    other = note(2, number=Note.objects.get(pk=1).number)
    assert other.number.open() == Note.objects.get(pk=2).number.open() == CLEAR
    assert stored(row=2) != stored(row=1)
    fresh = Note.objects.get(pk=2)
    fresh.number = one.number
    fresh.save()
    assert Note.objects.get(pk=2).number.open() == CLEAR


def test_a_value_of_another_column_is_encrypted_anew() -> None:
    card = Card.objects.create(pk=1, number=note(1).number)
    assert Card.objects.get(pk=1).number.open() == CLEAR
    assert str(card.number) == "****5678"


def test_a_row_copied_by_changing_its_id_is_encrypted_anew() -> None:
    note()
    row = Note.objects.get(pk=1)
    row.pk, row._state.adding = 9, True
    row.save()
    assert Note.objects.get(pk=9).number.open() == CLEAR
    assert stored(row=9) != stored(row=1)


def test_history_rows_open_with_the_row_they_tell_of() -> None:
    row = note(raw={"a": "1"})
    row.number = "13900000000"
    row.save()
    row.delete()
    rows = list(Note.history.order_by("history_id"))
    assert [(past.history_type, past.number.open()) for past in rows] == [
        ("+", CLEAR), ("~", "13900000000"), ("-", "13900000000"),
    ]  # fmt: skip
    assert [past.raw.open() for past in rows] == [{"a": "1"}] * 3
    assert rows[0].instance.number.open() == CLEAR


def test_history_rows_hold_the_same_ciphertext() -> None:
    note()
    assert stored(table="security_historicalnote") == stored()


def test_history_fields_keep_purpose_and_entity() -> None:
    for name, purpose in (("number", "crypto_note.number"), ("raw", "crypto_note.raw")):
        field, past = sealed_field(Note, name), sealed_field(History, name)
        assert isinstance(past, type(field))
        assert past.purpose == field.purpose == purpose
        assert past.entity == "id"
    assert sealed_field(Card, "raw").purpose == "crypto_card.raw"
    assert purpose_named("crypto_note.document") is not None
    assert purpose_named("security_historicalnote.number") is None


def test_history_rows_compare_by_clear_value() -> None:
    row = note()
    row.number = str(row.number.open())  # encrypted anew, the same text
    row.save()
    row.number = "13900000000"
    row.save()
    last, middle, first = Note.history.order_by("-history_id")
    assert middle.number.stored != first.number.stored
    assert middle.number == first.number
    assert last.number != middle.number


def test_swapped_rows_are_refused() -> None:
    note(1)
    note(2, number="13900000000")
    one, two = stored(row=1), stored(row=2)
    store(two, row=1)
    store(one, row=2)
    assert refusal_of(Note.objects.get(pk=1).number) == "crypto.tampered"
    assert refusal_of(Note.objects.get(pk=2).number) == "crypto.tampered"


def test_swapped_columns_are_refused() -> None:
    note(document=CLEAR)
    store(stored("document"), "number")
    assert refusal_of(Note.objects.get(pk=1).number) == "crypto.tampered"
    assert refusal_of(Note(pk=1, number=stored("document")).number) == "crypto.tampered"


@pytest.mark.parametrize("place", [*range(20), 25, 40, -1])
def test_an_edited_value_is_refused(place: int) -> None:
    note()
    value = bytearray(stored())
    value[place] ^= 0x40
    store(bytes(value))
    row = Note.objects.get(pk=1)
    assert refusal_of(row.number) == "crypto.tampered"
    assert "crypto.tampered" in repr(row.number)
    with pytest.raises(Unavailable, match=r"crypto\.tampered"):
        sealed_field(Note, "number").open_column([1], [bytes(value)])


@pytest.mark.parametrize("size", [1, 20, 35, 40, 46])
def test_a_truncated_value_is_refused(size: int) -> None:
    note()
    store(stored()[:size])
    assert refusal_of(Note.objects.get(pk=1).number) == "crypto.tampered"


def test_equality() -> None:
    row, again = note(), Note.objects.get(pk=1)
    assert row.number == again.number == CLEAR
    assert row.number == Note(number=CLEAR).number == note(2).number
    assert row.number != "13900000000"
    assert row.number != Note(number="13900000000").number
    assert (row.number == 5, row.number is None, row.number == None) == (False, False, False)  # noqa: E711
    with pytest.raises(TypeError):
        hash(row.number)


@pytest.mark.usefixtures("known_to_django")
def test_pickles_hold_no_clear_text_and_open_afterwards() -> None:
    fresh, saved = Note(pk=3, number=CLEAR, raw={"a": CLEAR}), note()
    for row in (fresh, saved, Note(number=CLEAR)):
        data = pickle.dumps(row)
        assert CLEAR.encode() not in data
        again = pickle.loads(data)
        assert again.number.open() == CLEAR
    again = pickle.loads(pickle.dumps(fresh))
    again.save()
    assert Note.objects.get(pk=3).number.open() == CLEAR
    assert Note.objects.get(pk=3).raw.open() == {"a": CLEAR}
    value = pickle.loads(pickle.dumps(Note(number=CLEAR).number))
    assert value.open() == CLEAR
    assert Note.objects.create(pk=4, number=value).number.open() == CLEAR


@pytest.mark.usefixtures("known_to_django")
def test_copies_work_without_showing() -> None:
    for row in (note(), Note(pk=8, number=CLEAR)):
        for twin in (copy.copy(row), copy.deepcopy(row)):
            assert twin.number.open() == CLEAR
            assert CLEAR not in repr(twin.__dict__)


@pytest.mark.parametrize(
    "lookup", ["number", "number__exact", "number__in", "number__contains", "number__gt"]
)
def test_lookups_are_refused(lookup: str) -> None:
    with pytest.raises(FieldError, match="encrypted"):
        Note.objects.filter(**{lookup: [CLEAR] if lookup.endswith("in") else CLEAR}).count()


def test_looking_into_a_document_is_refused() -> None:
    with pytest.raises(FieldError, match="encrypted"):
        Note.objects.filter(raw__name="x").count()


def test_an_update_without_a_row_is_refused() -> None:
    note()
    with pytest.raises(ValueError, match="assign it to an instance"), transaction.atomic():
        Note.objects.filter(pk=1).update(number=CLEAR)
    with pytest.raises(Unavailable, match=r"crypto\.tampered"), transaction.atomic():
        Note.objects.filter(pk=1).update(number=b"not a ciphertext")
    Note.objects.filter(pk=1).update(number=None)
    assert stored() is None


@pytest.mark.usefixtures("known_to_django")
def test_bulk_writes() -> None:
    Note.objects.bulk_create([Note(pk=row, number=f"1380000000{row}") for row in range(3)][1:])
    rows = list(Note.objects.order_by("pk"))
    assert [row.number.open() for row in rows] == ["13800000001", "13800000002"]
    rows[0].number, rows[1].number = "13900000000", rows[0].number
    unbound = pickle.loads(pickle.dumps(Note(pk=2, number="1")))
    with pytest.raises(ValueError, match="assign it to an instance"), transaction.atomic():
        Note.objects.bulk_update([unbound], ["number"])
    rows[1].number = "13900000001"
    Note.objects.bulk_update(rows, ["number"])
    assert [row.number.open() for row in Note.objects.order_by("pk")] == ["13900000000", "13900000001"]


def test_columns_agree_with_rows() -> None:
    field = sealed_field(Note, "number")
    ids = list(range(1, 101))
    texts = [f"1380000{row:04d}" if row % 5 else None for row in ids]
    Note.objects.bulk_create(
        [Note(pk=row, number=blob) for row, blob in zip(ids, field.seal_column(ids, texts), strict=True)]
    )
    assert [row.number and row.number.open() for row in Note.objects.order_by("pk")] == texts
    blobs = list(Note.objects.order_by("pk").values_list("number", flat=True))
    assert field.open_column(ids, blobs) == texts
    assert field.seal_column([1, 2], ["", None]) == [None, None]
    with pytest.raises(TypeError, match="seals text"):
        field.seal_column([1], [5])


def test_deferred_and_refreshed_values() -> None:
    note()
    row = Note.objects.defer("number").get(pk=1)
    assert row.number.open() == CLEAR
    row.number = "13900000000"
    row.refresh_from_db()
    assert row.number.open() == CLEAR
    assert Note.objects.only("number").get(pk=1).number.open() == CLEAR


@pytest.mark.usefixtures("known_to_django")
@pytest.mark.parametrize("form", ["json", "xml"])
def test_serialised_rows_hold_ciphertext_and_come_back(form: str) -> None:
    for row in (note(raw={"a": CLEAR}), Note(pk=1, number=CLEAR, raw={"a": CLEAR})):
        data = serializers.serialize(form, [row])
        assert CLEAR not in data
        Note.objects.all().delete()
        for entry in serializers.deserialize(form, data):
            entry.object.save()
        again = Note.objects.get(pk=1)
        assert (again.number.open(), again.raw.open()) == (CLEAR, {"a": CLEAR})


def test_validation_counts_characters_of_the_clear_text() -> None:
    Note(pk=1, number="1" * 20).clean_fields()
    with pytest.raises(ValidationError) as refusal:
        Note(pk=1, number="1" * 21).clean_fields()
    assert refusal.value.message_dict.keys() == {"number"}
    assert "20" in str(refusal.value)
    assert "1" * 21 not in str(refusal.value)
    note(2).clean_fields()
    Note.objects.get(pk=2).clean_fields()


def test_migrations_carry_what_history_needs() -> None:
    field = History._meta.get_field("number")
    _name, path, _args, kwargs = field.deconstruct()
    assert (path, kwargs["purpose"], kwargs["kind"]) == (
        "security.crypto.fields.SealedField", "crypto_note.number", "mobile",
    )  # fmt: skip
    assert kwargs["max_length"] == 20
    twin = field.clone()
    assert (twin.purpose, twin.kind, twin.max_length, twin.entity) == (
        "crypto_note.number",
        "mobile",
        20,
        "id",
    )
    assert "SealedJSONField" in MigrationWriter.serialize(sealed_field(Note, "raw"))[0]
    assert field.db_type(connection) == "bytea"


def test_migration_models_register_no_purpose() -> None:
    meta = type("Meta", (), {"app_label": "security"})
    with isolate_apps("security"):
        type(
            "Fake",
            (models.Model,),
            {"__module__": "__fake__", "number": SealedField(null=True), "Meta": meta},
        )
    assert purpose_named("security_fake.number") is None


def test_wrong_declarations_are_found() -> None:
    with isolate_apps("security"):

        class Wrong(models.Model):
            one = SealedField(kind="no such mask")
            two = SealedField(unique=True)
            three = SealedJSONField(db_index=True)
            four = SealedField(kind_from="missing")
            five = SealedField(entity="nobody")

            class Meta:
                app_label = "security"

            def __str__(self) -> str:
                return ""

        found = [problem.id for field in Wrong._meta.local_fields for problem in field.check()]
    assert found == ["security.E001", "security.E002", "security.E002", "security.E003", "security.E003"]
    assert all(not field.check() for field in Note._meta.local_fields if isinstance(field, SealedField))
