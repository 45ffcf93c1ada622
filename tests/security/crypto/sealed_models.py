"""A model with sealed fields and its history, outside the product's app registry, in temporary tables."""

from typing import Any, ClassVar, cast

from django.apps.registry import Apps
from django.db import connection, models
from django.test.utils import isolate_apps
from simple_history.models import HistoricalRecords

from security.crypto.fields import SealedField, SealedJSONField


def _set_user(past: Any, user: Any) -> None:
    past.history_user_id = user


with isolate_apps("security") as isolated:
    registry = cast(Apps, isolated)

    class Described(models.Model):
        """An abstract base: its field belongs to the table of whoever inherits it."""

        raw = SealedJSONField(null=True, blank=True)

        class Meta:
            abstract = True
            app_label = "security"

    class Note(Described):
        """Two sealed columns, one whose mask depends on another column."""

        type = models.CharField(max_length=4, blank=True)
        number = SealedField(kind="mobile", null=True, blank=True, max_length=20)
        document = SealedField(kind="other_id", kind_from="type", null=True, blank=True, domain="credential")
        version = models.IntegerField(default=0)
        history = HistoricalRecords(
            history_user_id_field=models.CharField(max_length=80, null=True),
            history_user_getter=lambda past: past.history_user_id,
            history_user_setter=_set_user,
        )

        objects: ClassVar[models.Manager["Note"]] = models.Manager()

        class Meta:
            app_label = "security"
            db_table = "crypto_note"

        def __str__(self) -> str:
            return f"note {self.pk}"

    class Card(Described):
        """Another table with a column of the same name."""

        number = SealedField(kind="card", null=True)

        objects: ClassVar[models.Manager["Card"]] = models.Manager()

        class Meta:
            app_label = "security"
            db_table = "crypto_card"

        def __str__(self) -> str:
            return f"card {self.pk}"


History: Any = Note.history.model

_TEMPORARY = """
CREATE TEMPORARY TABLE crypto_note (
    id bigint PRIMARY KEY, raw bytea, type text NOT NULL, number bytea, document bytea,
    version integer NOT NULL);
CREATE TEMPORARY TABLE security_historicalnote (
    history_id serial PRIMARY KEY, id bigint NOT NULL, raw bytea, type text NOT NULL, number bytea,
    document bytea, version integer NOT NULL, history_date timestamptz NOT NULL, history_change_reason text,
    history_type text NOT NULL, history_user_id text);
CREATE TEMPORARY TABLE crypto_card (id bigint PRIMARY KEY, raw bytea, number bytea);
"""


def create_tables(*, temporary: bool = True) -> None:
    """The tables, for this connection only or for all; a rollback takes them away again."""
    with connection.cursor() as cursor:
        cursor.execute(_TEMPORARY if temporary else _TEMPORARY.replace("TEMPORARY ", ""))


def drop_tables() -> None:
    """For tests that commit."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE crypto_note, security_historicalnote, crypto_card")
