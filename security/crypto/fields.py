"""Model fields whose values are stored encrypted: declare them like any other field.

    number = SealedField(_("number"), kind="mobile", null=True)
    raw_values = SealedJSONField(_("raw values"), null=True)

The attribute holds a `Sealed` value bound to its row, whose `str` is a mask. Assign clear text to change
it; it is encrypted when the row is saved, so the row's id must be known before (take ids from the
sequence first). None and "" are stored as NULL. For whole columns use `seal_column`, `open_column`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _

from security.crypto import masking, purposes
from security.crypto.envelope import RowIds, Values, parse
from security.crypto.sealed import IN_TRANSIT, Codec, Sealed, SealedColumn, deserialised

#: The module name that Django gives to the models of a migration.
_MIGRATION = "__fake__"
#: Our options and their defaults.
_OPTIONS = {"kind": "free_text", "kind_from": None, "domain": "party-pii", "purpose": None, "entity": "id"}


class SealedAttribute(DeferredAttribute):
    """Makes a sealed value out of whatever is assigned: clear text, ciphertext, another row's value."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        return value if value is None else self.field.bound(instance, value)

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.sealed(instance, value)


class SealedField(models.BinaryField[Any, Any]):
    """A text stored as SM4-GCM ciphertext (`envelope`) under the column's own data key.

    `kind` is the mask kind (`masking`), unless `kind_from` names a field that holds a credential type
    deciding it. `max_length` counts characters of the clear text. `domain` names the
    key-encryption key. `purpose` ("table.column" of the model that declares the field) and
    `entity` (the field that holds the logical row's id) stay the same in history models, so that
    a history row opens with the id and key of the row it tells of.
    """

    descriptor_class = SealedAttribute
    empty_strings_allowed = False
    codec: ClassVar[Codec] = "text"

    def __init__(
        self,
        *args: Any,
        kind: str = "free_text",
        kind_from: str | None = None,
        domain: str = "party-pii",
        purpose: str | None = None,
        entity: str = "id",
        max_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.kind, self.kind_from, self.domain = kind, kind_from, domain
        self.purpose, self.entity = purpose, entity
        super().__init__(*args, **kwargs)
        self.max_length = max_length  # of the clear text: BinaryField would count bytes of ciphertext

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        told = {key: getattr(self, key) for key, default in _OPTIONS.items() if getattr(self, key) != default}
        return name, path, args, kwargs | told

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if cls._meta.abstract or cls.__module__ == _MIGRATION:
            return
        if self.purpose is None:  # a history model's copy brings the purpose of the model it tells of
            self.purpose = f"{cls._meta.db_table}.{self.column}"
        purposes.register(self.purpose, self.domain)

    # -- the bulk way -------------------------------------------------------------------------

    @property
    def sealed_column(self) -> SealedColumn:
        """The column as bulk code and sealed values use it."""
        if self.purpose is None:
            raise TypeError(f"{self.name} belongs to no table yet")
        return SealedColumn(self.purpose, self.kind, self.codec)

    def mask_kind(self, row: Mapping[str, Any]) -> str:
        """The mask kind of the value in `row` (attname -> value), which may depend on a sibling column."""
        return masking.id_kind(row.get(self.kind_from)) if self.kind_from else self.kind

    def seal_column(self, entity_ids: RowIds, values: Sequence[Any]) -> list[bytes | None]:
        """Ciphertexts for the rows, in order; None and "" become None."""
        return self.sealed_column.seal_column(entity_ids, values)

    def open_column(self, entity_ids: RowIds, blobs: Values) -> list[Any]:
        """Clear values of the rows, in order; raises Unavailable `crypto.tampered` naming the row."""
        return self.sealed_column.open_column(entity_ids, blobs)

    # -- the attribute ------------------------------------------------------------------------

    def sealed(self, instance: models.Model, value: Any) -> Sealed | None:
        """What the attribute keeps of an assigned value."""
        if isinstance(value, Sealed):
            return value
        if value is None or self._blank(value):
            return None
        column, row_id = self._shown_column(instance), instance.__dict__.get(self.entity)
        if isinstance(value, bytes | bytearray | memoryview):
            return Sealed(column, row_id, stored=bytes(value))
        return Sealed(column, row_id, clear=column.text(value))

    def bound(self, instance: models.Model, value: Sealed) -> Sealed:
        """The kept value as the attribute gives it: with the row id, now that it may be known."""
        row_id = instance.__dict__.get(self.entity)
        if value.stored is not None and value.row_id is None and row_id is not None:
            value = value.for_row(value.column, row_id)
        return value.shown_as(self._shown_column(instance)) if self.kind_from else value

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        """Encrypts for the row that is being saved; a value of another row or column is encrypted anew."""
        value = self.value_from_object(model_instance)
        if value is None:
            return None
        row_id = getattr(model_instance, self.entity)
        if row_id is None:
            raise ValueError(
                f"{self.model.__name__}.{self.name} is encrypted for its row: set {self.entity} before saving"
            )
        stored: Sealed = value.for_row(self._shown_column(model_instance), int(row_id))
        model_instance.__dict__[self.attname] = stored
        return stored.stored

    def _shown_column(self, instance: models.Model) -> SealedColumn:
        if self.kind_from is None:
            return self.sealed_column
        kind = self.mask_kind(instance.__dict__)
        return SealedColumn(self.sealed_column.purpose, kind, self.codec)

    def _blank(self, value: Any) -> bool:
        return isinstance(value, str) and not value  # stored bytes of no length were cut: they do not open

    # -- the database -------------------------------------------------------------------------

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Ciphertext only; clear text has no row here to be bound to."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        stored = self._bound_ciphertext(value) if isinstance(value, Sealed) else value
        if not isinstance(stored, bytes | bytearray | memoryview):
            raise ValueError(f"{self.name} is encrypted for its row: assign it to an instance and save that")
        parse(bytes(stored))
        return super().get_db_prep_value(bytes(stored), connection, prepared)

    def _bound_ciphertext(self, value: Sealed) -> bytes | None:
        """What `bulk_update` and `update` write of a value that already names its row."""
        if value.row_id in (None, IN_TRANSIT) or value.column.purpose != self.purpose:
            return None
        return value.for_row(self.sealed_column, int(value.row_id)).stored

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuses all but isnull: equal values have different ciphertexts; search by the lookup index."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: look it up by isnull, not by {lookup_name}")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: {lookup_name} cannot look into it")

    # -- forms and serialisation --------------------------------------------------------------

    def to_python(self, value: Any) -> Any:
        """Understands what `dumpdata` wrote; leaves everything else to the attribute."""
        found = deserialised(value) if isinstance(value, str) else None
        return value if found is None else Sealed(self.sealed_column, found[0], stored=found[1])

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        value = super().clean(value, model_instance)
        self._refuse_too_long(value)
        return value

    def _refuse_too_long(self, value: Any) -> None:
        """Checks clear text only: what is stored was checked when it was fresh."""
        text = value.open_text() if isinstance(value, Sealed) and value.stored is None else value
        if self.max_length is not None and isinstance(text, str) and len(text) > self.max_length:
            raise ValidationError(
                _("At most %(limit)d characters."), code="max_length", params={"limit": self.max_length}
            )

    def value_to_string(self, obj: models.Model) -> str:
        """Ciphertext in Base64, never clear text."""
        value = self.value_from_object(obj)
        return "" if value is None else value.serialised()

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_declaration()]

    def _check_declaration(self) -> list[checks.CheckMessage]:
        problems: list[checks.CheckMessage] = []
        if self.kind not in masking.kinds():
            problems.append(checks.Error(f"There is no mask kind {self.kind}.", obj=self, id="security.E001"))
        if self.unique or getattr(self, "db_index", False) or self.primary_key:
            hint = "Equal values have different ciphertexts: use the lookup index."
            problems.append(
                checks.Error("An encrypted field cannot be indexed.", hint=hint, obj=self, id="security.E002")
            )
        names = {field.attname for field in self.model._meta.concrete_fields}
        missing = [name for name in (self.entity, self.kind_from) if name and name not in names]
        if missing:
            told = f"The model has no field {', '.join(missing)}."
            problems.append(checks.Error(told, obj=self, id="security.E003"))
        return problems


class SealedJSONField(SealedField):
    """A small JSON document, sealed as canonical JSON (sorted keys, no spaces); `.open()` gives it back.

    Values must be what `json` takes: str, int, float, bool, None, list, dict. An empty document is
    stored as NULL.
    """

    codec = "json"

    def _blank(self, value: Any) -> bool:
        return value in ({}, [], "")
