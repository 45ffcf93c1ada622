"""Agency payment over REST: agreements moved, batches handed in, read line by line, settled."""

from functools import partial
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.rows import RowView, list_view, one_view, row_answer
from customers.selectors.customer_rows import row_of
from mdm.rest import pages
from mdm.rest.facets import path_part, row_fields
from mdm.rest.fields import Amount, Day, Fields, Flag, Text, Whole
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.subjects import registry
from special_info.api.moving import MoveFields, move_route
from special_info.selectors.batches import NARROW, agreement_of, lines
from special_info.services import agency_batch, agency_payment
from special_info.services.agency_batch import HandedIn
from special_info.services.moving import KINDS

AGREEMENT, BATCH = registry.facet("agency_agreement"), registry.facet("agency_batch")


class BatchFields(Fields):
    """A batch of payments as the employer hands it in."""

    batch_no = Text(max_length=40, help_text=_("Its number; an agreement has it once."))
    handler_no = Text(max_length=8, help_text=_("Who brings it."))
    pay_on = Day()
    count = Whole(required=False, min_value=1, help_text=_("How many payments there are, to be compared."))
    total = Amount(required=False, max_digits=18, decimal_places=2, help_text=_("Their sum, to be compared."))
    payments = Text(
        max_length=900_000,
        help_text=_("CSV with a header: name, account, amount and, if known, id_number."),
    )
    change_reason = Text(required=False, max_length=200, help_text=_("Why; kept in the history."))


class LineFields(Fields):
    """One payment, masked, with what was found of it."""

    line = serializers.IntegerField(help_text=_("The line of the file."))
    payee = serializers.CharField(allow_blank=True)
    account = serializers.CharField(allow_blank=True)
    id_number = serializers.CharField(allow_blank=True)
    amount = serializers.CharField(allow_blank=True)
    payee_no = serializers.CharField(allow_blank=True, help_text=_("The customer it is paid to, if found."))
    finding = serializers.CharField(allow_blank=True, help_text=_("What is wrong with it; empty if nothing."))
    detail = serializers.CharField(allow_blank=True)
    paid = serializers.BooleanField(allow_null=True, help_text=_("Whether it was made; null before."))
    result = serializers.CharField(allow_blank=True)
    result_text = serializers.CharField(allow_blank=True)


class LinesFilterFields(Fields):
    """Which lines."""

    flawed = serializers.ChoiceField(choices=["true", "false"], required=False)
    only = serializers.ChoiceField(choices=list(NARROW), required=False, help_text=_("Only such payments."))


class ResultFields(Fields):
    """What became of one payment."""

    line = Whole(min_value=1)
    paid = Flag()
    code = Text(required=False, max_length=20)
    text = Text(required=False, max_length=200)


class SettleFields(MoveFields):
    """What became of every payment of a batch."""

    results = ResultFields(many=True)


class BatchesView(RowView):
    """`/customers/{number}/agency-agreements/{row_id}/batches`."""

    @operation(
        Operation(
            scope="agency.change",
            name="agency_batches_receive",
            summary=_("Hand in a batch of payments"),
            description=_(
                "Checked against the agreement; payees are looked for by account, document and name."
            ),
            tag="agency_batches",
            body=BatchFields,
            answer=row_fields(BATCH),
            status=201,
            idempotent=True,
            versioned=True,
            refusals=("customer.unknown", "row.unknown", "batch.refused", "record.number_taken"),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """The batch, checked."""
        told = dict(call.data)
        agreement = agreement_of(call.actor, number, row_id, at=call.at)
        handed_in = HandedIn(
            told["batch_no"],
            told["handler_no"],
            told["pay_on"],
            told["payments"],
            told.get("count"),
            told.get("total"),
        )
        reason = told.get("change_reason", "added")
        row = agency_batch.receive(call.actor, agreement.pk, handed_in, reason=reason, at=call.at)
        where = call.request.path.partition("/agency-agreements/")[0]
        return row_answer(call, BATCH, row, location=f"{where}/{path_part(BATCH)}/{row.pk}")

    def place(self, pointer: str) -> str:
        """What is wrong with the text of the payments is said of the text."""
        return "/payments" if pointer.startswith(("/header", "/lines")) else pointer


class LinesView(RowView):
    """`/customers/{number}/agency-batches/{row_id}/lines`."""

    @operation(
        Operation(
            scope="customer.view",
            name="agency_batches_lines",
            summary=_("The payments of a batch"),
            tag="agency_batches",
            query=LinesFilterFields,
            answer=LineFields,
            paged=True,
            refusals=("customer.unknown", "row.unknown"),
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """A page of payments, in the order of the file."""
        row_of(call.actor, number, BATCH.name, row_id, at=call.at)
        found = lines(
            call.actor,
            row_id,
            at=call.at,
            after=pages.after(call),
            size=pages.page_size(call),
            narrow=call.query.get("only", "flawed" if call.query.get("flawed") == "true" else ""),
        )
        return pages.page(call, [_line(one) for one in found.rows], found.next)


def _line(one: Any) -> dict[str, Any]:
    names = (
        "line",
        "payee",
        "account",
        "id_number",
        "amount",
        "payee_no",
        "finding",
        "paid",
        "result",
        "result_text",
    )
    return {**{name: getattr(one, name) for name in names}, "detail": str(one.text)}


def _step(name: str) -> Any:
    def step(actor: Any, row_id: int, version: int, **more: Any) -> Any:
        return agency_payment.step(actor, name, row_id, version, **more)

    return step


def _results(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "results": [
            (one["line"], one["paid"], one.get("code", ""), one.get("text", "")) for one in told["results"]
        ]
    }


_agreement, _batch = partial(move_route, KINDS["agency"]), partial(move_route, KINDS["batch"])
urlpatterns = [
    path(f"customers/<number:number>/{path_part(AGREEMENT)}/<row:row_id>/batches", BatchesView.as_view()),
    path(f"customers/<number:number>/{path_part(BATCH)}", list_view(BATCH).as_view()),
    path(f"customers/<number:number>/{path_part(BATCH)}/<row:row_id>", one_view(BATCH).as_view()),
    path(f"customers/<number:number>/{path_part(BATCH)}/<row:row_id>/lines", LinesView.as_view()),
    _agreement(
        "submit", _("hand in"), agency_payment.submit, may_wait=True, refusals=("agreement.incomplete",)
    ),
    _agreement("reopen", _("take back for correction"), _step("reopen")),
    _agreement("suspend", _("suspend"), _step("suspend")),
    _agreement("resume", _("resume"), _step("resume")),
    _agreement("terminate", _("terminate"), _step("terminate")),
    _batch("approve", _("approve"), agency_batch.approve_batch, may_wait=True, refusals=("batch.flawed",)),
    _batch("refuse", _("refuse"), agency_batch.refuse_batch),
    _batch("send", _("say that it was sent"), agency_batch.send_batch),
    _batch(
        "settle",
        _("register the results"),
        agency_batch.settle,
        body=SettleFields,
        more=_results,
        refusals=("batch.results",),
    ),
]
