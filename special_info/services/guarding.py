"""What nobody changes by hand: a record that was handed in stays as it was; a new one takes its place.

The customer is locked by the caller, so what is read here stands until the transaction ends.
"""

from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid
from mdm.history.models import Status
from mdm.subjects import Row
from special_info.models import AgencyAgreement, TaxCertification


def guard_certification(customer_id: int, before: Row | None, after: Row | None) -> None:
    """A declaration is changed as a draft only; its number names one declaration of the customer."""
    _only_draft(before, "tax_state")
    number = (after or {}).get("certification_no")
    new = bool(number) and (before is None or before["certification_no"] != number)
    if new and TaxCertification.objects.filter(customer_id=customer_id, certification_no=number).exists():
        raise _taken("certification_no")


def guard_part(customer_id: int, before: Row | None, after: Row | None) -> None:
    """A residence or a controlling person belongs to a declaration that is still a draft."""
    for row in (before, after):
        if row is not None:
            _draft_of(customer_id, str(row.get("certification_no") or ""))


def _draft_of(customer_id: int, number: str) -> None:
    heads = TaxCertification.objects.filter(
        customer_id=customer_id, certification_no=number, status=Status.ACTIVE
    )
    states = [head.tax_state for head in heads]
    if not states:
        text = _("There is no self-certification of this number.")
        raise Invalid(
            "declaration.unknown", text, [FieldError("/certification_no", "declaration.unknown", text)]
        )
    if "DRAFT" not in states:
        raise _kept()


def guard_assessment(customer_id: int, before: Row | None, after: Row | None) -> None:
    """An assessment is changed as a draft only."""
    _only_draft(before, "investor_state")


def guard_agreement(customer_id: int, before: Row | None, after: Row | None) -> None:
    """An agreement is changed as a draft only; its number names one agreement of the employer."""
    _only_draft(before, "agency_state")
    number = (after or {}).get("agreement_no")
    new = bool(number) and (before is None or before["agreement_no"] != number)
    if new and AgencyAgreement.objects.filter(customer_id=customer_id, agreement_no=number).exists():
        raise _taken("agreement_no")


def guard_batch(customer_id: int, before: Row | None, after: Row | None) -> None:
    """Batches come as files with their payments, never as a row typed in."""
    raise Duplicate("record.by_file", _("A batch comes with its payments, as a file."))


def _only_draft(before: Row | None, field: str) -> None:
    if before is not None and before[field] != "DRAFT":
        raise _kept()


def _kept() -> Duplicate:
    return Duplicate("record.kept", _("What was handed in stays as it is: take it back, or begin a new one."))


def _taken(field: str) -> Duplicate:
    text = _("This number is taken.")
    return Duplicate("record.number_taken", text, [FieldError(f"/{field}", "record.number_taken", text)])
