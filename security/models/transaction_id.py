"""The number of a database transaction as a column: PostgreSQL's `xid8`, which never wraps around."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class TransactionIdField(models.Field[int, int]):
    """A 64-bit transaction id; an int in Python. The ORM compares it with other columns of its kind only."""

    description = "transaction id"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8"

    def from_db_value(self, value: Any, *_rest: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return str(prepared) if isinstance(prepared, int) else prepared
