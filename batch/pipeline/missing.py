"""What a full file leaves out: the source has these customers no more, so what it told of them ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from batch.formats.admission import Admitted
from batch.formats.lines import Record, Row
from batch.layouts.layout import Layout
from batch.pipeline.job import Reach
from batch.pipeline.repeats import key_reader
from mdm.bulk.ending import NOTHING
from mdm.bulk.models import SourceRecord
from mdm.errors import Invalid, Text

#: The code of a full file that leaves out more than a source loses in a day.
TOO_MANY = "load.too_many_missing"
#: The share of a source's customers that a full file may leave out unless `accept_missing`.
LIMIT = 0.2


@dataclass(frozen=True, slots=True)
class Missing:
    """The customers whose source record a full file leaves out, of how many that told something."""

    customer_ids: list[int]
    known: int

    @property
    def too_many(self) -> bool:
        """Whether the file rather looks cut off."""
        return len(self.customer_ids) > LIMIT * self.known

    def refuse_too_many(self) -> None:
        """Invalid `load.too_many_missing`."""
        if self.too_many:
            raise Invalid(TOO_MANY, self.text)

    @property
    def text(self) -> Text:
        """What is wrong with a file that leaves out too many."""
        told = {"missing": len(self.customer_ids), "known": self.known}
        return _("The file leaves out %(missing)d of %(known)d known customers.") % told


def keys(rows: Sequence[Row], file: Admitted, layout: Layout) -> Iterator[str]:
    """The source keys of rows, refused ones too: a row that cannot be read is not a customer that is gone."""
    place, key_of = layout.names.index(layout.key), key_reader(file, layout)
    for row in rows:
        told = row.values[place] if isinstance(row, Record) else key_of(row.raw_line).strip(" ")
        if key := (told or "").replace("\0", ""):
            yield key


def missing(
    chunks: Iterator[list[Row]],
    file: Admitted,
    layout: Layout,
    business_date: date,
    reach: Reach,
) -> Missing:
    """What is known of the layout's source, within `reach`, and is in none of the rows; in a transaction.

    Left aside is what a later day has told of: a file of `business_date` knows nothing of it.
    """
    _keep_keys(chunks, file, layout)
    known = SourceRecord.objects.filter(source_system=layout.source_system).exclude(content_digest=NOTHING)
    if reach.bounded:
        known = known.filter(customer_id__in=reach.customers().values("pk"))
    left_out = "NOT EXISTS (SELECT FROM told_keys t WHERE t.source_key = mdm_sourcerecord.source_key)"
    older = Q(business_date=None) | Q(business_date__lte=business_date)
    gone = known.filter(older).extra(where=[left_out]).order_by("customer_id")  # noqa: S610 (a constant)
    return Missing(list(gone.values_list("customer_id", flat=True)), known.count())


def _keep_keys(chunks: Iterator[list[Row]], file: Admitted, layout: Layout) -> None:
    """Put all keys of the file into a table of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS told_keys (source_key text) ON COMMIT DROP")
        cursor.execute("TRUNCATE told_keys")
        with cursor.copy("COPY told_keys FROM STDIN") as copy:
            for rows in chunks:
                for key in keys(rows, file, layout):
                    copy.write_row((key,))
        cursor.execute("ANALYZE told_keys")
