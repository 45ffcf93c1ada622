"""Certificates of a customer's history: issue, list, read, verify."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from customers.models import HistoryCertificate
from customers.services import certifying
from mdm.rest import pages
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "audit"
PDF = "application/pdf"


class IssueFields(Fields):
    """Why a certificate is issued."""

    change_reason = Text(max_length=200)


class CertificateFields(Fields):
    """A certificate of history."""

    id = serializers.IntegerField()
    rows = serializers.IntegerField(help_text=_("Changes that it holds."))
    sm3 = serializers.CharField(help_text=_("Digest of the canonical rows, hexadecimal."))
    form = serializers.CharField(help_text=_("Form of the canonical rows."))
    file_sm3 = serializers.CharField(help_text=_("Digest of the PDF file, hexadecimal."))
    log_row = serializers.IntegerField(help_text=_("The operation in the log that tells of it."))
    seal = serializers.IntegerField(allow_null=True, help_text=_("Newest seal of the log at its issue."))
    seal_digest = serializers.CharField()
    issued_at = serializers.DateTimeField()
    issued_by = serializers.CharField()
    reason = serializers.CharField()


class VerifyFields(Fields):
    """What to verify besides the rows."""

    file_sm3 = Text(max_length=64, required=False, help_text=_("SM3 digest of a file, hexadecimal."))


class VerdictFields(Fields):
    """What a verification found."""

    holds = serializers.BooleanField()
    sm3 = serializers.CharField(help_text=_("The digest as computed now."))
    rows = serializers.IntegerField()
    findings = serializers.ListField(child=serializers.CharField(), help_text=_("Codes of what is wrong."))


class CertificatesView(ApiView):
    """`/customers/{number}/history-certificates`."""

    @operation(
        Operation(
            scope=certifying.RIGHT,
            name="certificates_list",
            summary=_("List certificates of a customer's history"),
            fresh=True,
            tag=TAG,
            answer=CertificateFields,
            paged=True,
            refusals=("customer.unknown",),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """A page of certificates, newest first."""
        found = certifying.certificates(
            call.actor, number, at=call.at, after=pages.after(call), size=pages.page_size(call)
        )
        return pages.page(call, [_told(one) for one in found.rows], found.next)

    @operation(
        Operation(
            scope=certifying.RIGHT,
            name="certificates_issue",
            summary=_("Certify the history of a customer"),
            fresh=True,
            description=_("All changes until now, masked for the caller, as a PDF file with a digest."),
            tag=TAG,
            body=IssueFields,
            answer=CertificateFields,
            status=201,
            idempotent=True,
            refusals=("customer.unknown", "certificate.large", "reason.missing"),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The certificate."""
        made = certifying.issue(call.actor, number, reason=call.data["change_reason"], at=call.at)
        return Answer(_told(made), location=f"{call.request.path}/{made.pk}/content")


class _File(JSONRenderer):
    """Lets callers accept the file; problems stay JSON."""

    media_type = PDF
    format = "pdf"


class ContentView(ApiView):
    """`/customers/{number}/history-certificates/{id}/content`."""

    renderer_classes = [JSONRenderer, _File]

    @operation(
        Operation(
            scope=certifying.RIGHT,
            name="certificates_content",
            summary=_("Read a certificate of history"),
            fresh=True,
            tag=TAG,
            media=PDF,
            refusals=("customer.unknown", "certificate.unknown", "certificate.sight"),
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """The PDF file."""
        stored, stream = certifying.read(call.actor, number, row_id, at=call.at)
        headers = {"Content-Disposition": f'attachment; filename="{stored.file_name}"'}
        return Answer(stream, headers=headers)


class VerifyView(ApiView):
    """`/customers/{number}/history-certificates/{id}:verify`."""

    @operation(
        Operation(
            scope=certifying.RIGHT,
            name="certificates_verify",
            summary=_("Verify a certificate of history"),
            fresh=True,
            description=_("Computes the digest anew from the history, and looks its operation and seal up."),
            tag=TAG,
            body=VerifyFields,
            answer=VerdictFields,
            idempotent=True,
            refusals=("customer.unknown", "certificate.unknown"),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """What was found."""
        told = call.data.get("file_sm3", "")
        found = certifying.verify(call.actor, number, row_id, at=call.at, file_sm3=told)
        body = {"holds": not found.findings, "sm3": found.sm3, "rows": found.rows}
        return Answer({**body, "findings": list(found.findings)})


def _told(made: HistoryCertificate) -> dict[str, Any]:
    names = map(str, CertificateFields().fields)
    return {name: getattr(made, name) for name in names}
