"""`/customers:batch-create` and `/customer-batches`: many customers created at once, and what became of each."""

import io
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from batch.api import batch_fields as shapes
from batch.api.batch_reading import JSON, rows_of, rows_of_file
from batch.api.problems import FILE_CODES
from batch.api.runs import RETRY_AFTER, run_data
from batch.layouts.customer_rows import template
from batch.models import CustomerBatch
from batch.selectors import batches as reading
from batch.services import batches
from mdm.errors import NotFound
from mdm.rest import pages
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.parsers import LimitedJSONParser
from mdm.rest.upload_views import UploadView
from mdm.rest.views import ApiView
from security.content.refusals import TEXTS

TAG = "customer-batches"
RIGHT = reading.RIGHT
#: Bytes of a body with a thousand rows.
LIMIT = 8 * 1024 * 1024
_HOW = _(
    "Answered with 202 and a batch; a worker creates its customers one by one, as “POST /customers” does."
)
_GOES_ON = ("creation.unknown", "creation.busy", "creation.cancelled")


class RowsParser(LimitedJSONParser):
    """JSON with a thousand rows."""

    limit = LIMIT


class RowsView(ApiView):
    """Endpoints that take rows as JSON."""

    parser_classes: list[type[BaseParser]] = [RowsParser]
    body_limit = LIMIT


class BatchCreateView(RowsView):
    """`/customers:batch-create`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customers_batch_create",
            summary=_("Create up to 1,000 customers"),
            description=_HOW,
            tag=TAG,
            body=shapes.BatchOrderFields,
            answer=shapes.BatchFields,
            status=202,
            idempotent=True,
        )
    )
    def post(self, call: Call) -> Answer:
        """The batch."""
        told = call.data
        batch = batches.submit(
            call.actor,
            rows_of(call, told["rows"]),
            mode=told["mode"],
            form=JSON,
            reason=told.get("change_reason", ""),
            at=call.at,
        )
        return _taken(call, batch)


class BatchesView(UploadView):
    """`/customer-batches`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_list",
            summary=_("List batches of new customers"),
            tag=TAG,
            answer=shapes.BatchFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of batches, newest first."""
        found = reading.list_batches(call.actor, after=pages.after(call), size=pages.page_size(call))
        return pages.page(call, [batch_data(batch) for batch in found.rows], found.next)

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_upload",
            summary=_("Create customers from a file"),
            description=_HOW,
            tag=TAG,
            body=shapes.BatchUploadFields,
            answer=shapes.BatchFields,
            status=202,
            idempotent=True,
            refusals=("access.source", "creation.size", *FILE_CODES, *TEXTS),
        )
    )
    def post(self, call: Call) -> Answer:
        """The batch."""
        told = call.data
        form, rows = rows_of_file(call, told["file"], told.get("source_system", ""))
        reason = told.get("change_reason", "")
        return _taken(
            call, batches.submit(call.actor, rows, mode=told["mode"], form=form, reason=reason, at=call.at)
        )


class BatchTemplateView(ApiView):
    """`/customer-batches:template`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_template",
            summary=_("The headings of a table of new customers"),
            tag=TAG,
            media="text/csv",
        )
    )
    def get(self, call: Call) -> Answer:
        """A file with the headings only."""
        disposition = {"Content-Disposition": 'attachment; filename="customers.csv"'}
        return Answer(io.BytesIO(template()), headers=disposition)


class BatchView(ApiView):
    """`/customer-batches/{batch_id}`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_read",
            summary=_("Read a batch of new customers"),
            tag=TAG,
            answer=shapes.BatchFields,
            refusals=("creation.unknown",),
        )
    )
    def get(self, call: Call, batch_id: int) -> Answer:
        """How it stands."""
        data = batch_data(reading.get_batch(call.actor, batch_id))
        return Answer(data, headers={} if data["finished_at"] else {"Retry-After": RETRY_AFTER})


class BatchRowsView(ApiView):
    """`/customer-batches/{batch_id}/rows`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batch_rows_list",
            summary=_("What became of the rows of a batch"),
            tag=TAG,
            query=shapes.BatchRowFilterFields,
            answer=shapes.BatchRowFields,
            paged=True,
            refusals=("creation.unknown",),
        )
    )
    def get(self, call: Call, batch_id: int) -> Answer:
        """A page of rows, in the order in which they were sent."""
        batch = reading.get_batch(call.actor, batch_id)
        found = reading.batch_rows(
            call.actor,
            batch,
            at=call.at,
            after=pages.after(call),
            size=pages.page_size(call),
            filters=call.query,
        )
        return pages.page(call, [row_data(row) for row in found.rows], found.next)


class BatchRowView(ApiView):
    """`/customer-batches/{batch_id}/rows/{number}`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batch_rows_read",
            summary=_("What became of a row"),
            tag=TAG,
            answer=shapes.BatchRowFields,
            refusals=("creation.unknown", "creation.row_unknown"),
        )
    )
    def get(self, call: Call, batch_id: int, number: int) -> Answer:
        """The row."""
        batch = reading.get_batch(call.actor, batch_id)
        asked = {"row": min(number, batches.MOST + 1)}
        found = reading.batch_rows(call.actor, batch, at=call.at, filters=asked).rows
        if not found:
            raise NotFound("creation.row_unknown", _("The batch has no row of this number."))
        return Answer(row_data(found[0]))


class BatchApplyView(ApiView):
    """`/customer-batches/{batch_id}:apply`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_apply",
            summary=_("Create the customers of a batch that was tried"),
            tag=TAG,
            body=shapes.BatchApplyFields,
            answer=shapes.BatchFields,
            status=202,
            idempotent=True,
            refusals=(*_GOES_ON, "creation.nothing_waits"),
        )
    )
    def post(self, call: Call, batch_id: int) -> Answer:
        """The batch, at work again."""
        return _taken(call, batches.apply_batch(call.actor, batch_id, mode=call.data["mode"], at=call.at))


class BatchCorrectView(RowsView):
    """`/customer-batches/{batch_id}:correct`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_correct",
            summary=_("Send rejected rows again, corrected"),
            tag=TAG,
            body=shapes.BatchCorrectFields,
            answer=shapes.BatchFields,
            status=202,
            idempotent=True,
            refusals=(*_GOES_ON, "creation.row"),
        )
    )
    def post(self, call: Call, batch_id: int) -> Answer:
        """The batch, at work again."""
        rows = rows_of(call, call.data["rows"])
        return _taken(call, batches.correct(call.actor, batch_id, rows, at=call.at))


class BatchCancelView(ApiView):
    """`/customer-batches/{batch_id}:cancel`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customer_batches_cancel",
            summary=_("Cancel a batch"),
            description=_("Customers that were created stay; the other rows are forgotten."),
            tag=TAG,
            answer=shapes.BatchFields,
            idempotent=True,
            refusals=("creation.unknown", "creation.nothing_waits"),
        )
    )
    def post(self, call: Call, batch_id: int) -> Answer:
        """The batch as it ended."""
        batch = batches.cancel_batch(call.actor, batch_id, at=call.at)
        return Answer(batch_data(reading.get_batch(call.actor, batch.pk)))


def _taken(call: Call, batch: CustomerBatch) -> Answer:
    """The batch at its address, and when to look again."""
    location = f"/api/v1/customer-batches/{batch.pk}"
    found = reading.get_batch(call.actor, batch.pk)
    return Answer(batch_data(found), location=location, headers={"Retry-After": RETRY_AFTER})


def row_data(row: reading.RowView) -> dict[str, Any]:
    """A row as `BatchRowFields` describes it: to a system, which sent it, without whom it tells of."""
    return {name: value for name, value in asdict(row).items() if name != "who"}


def batch_data(batch: CustomerBatch) -> dict[str, Any]:
    """A batch as `BatchFields` describes it."""
    assert batch.run is not None  # noqa: S101 (`submit` sets it)
    run = run_data(batch.run)
    own = {name: getattr(batch, name) for name in ("mode", "form", "rows", "sent_by", "created_at")}
    names = ("state", "counts", "progress", "problems", "finished_at")
    return {"id": batch.pk, "run": batch.run.pk, **{name: run[name] for name in names}, **own}
