"""Reading one assessment of an investor with what comes of it today."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.rows import RowView, get_row
from mdm.bulk.tables import own_fields
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import FieldError, Invalid, NotFound
from mdm.extension.values import values_of
from mdm.subjects import Row
from security.access.actor import Actor
from special_info.rules.investor import Evaluation, evaluate, regime_on
from special_info.rules.states import INVESTOR

FACET = "investor_assessment"


def evaluated(row: Row, customer: Customer, day: date) -> Evaluation:
    """What comes of an assessment on a day. Invalid `assessment.regime` where its regime is not in force."""
    regime = regime_on(str(row["regime"]), day)
    if regime is None:
        text = _("This regime is not in force.")
        raise Invalid("assessment.regime", text, [FieldError("/regime", "assessment.regime", text)])
    return evaluate(regime, row, person=customer.party_type in PERSON_TYPES, day=day)


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment to look at, what comes of it, what may be done."""

    view: RowView
    evaluation: Evaluation
    operations: list[str]


def assessment_view(actor: Actor, row_id: int, *, at: datetime) -> AssessmentView:
    """One assessment; the read is logged. NotFound where there is none or it is out of scope."""
    view = get_row(actor, FACET, row_id, at=at)
    row: Any = view.row
    clear = values_of(view.facet.model, row, own_fields(view.facet.model))
    done = evaluated(clear, view.customer, timezone.localtime(at).date())
    return AssessmentView(view, done, INVESTOR.allowed(row.investor_state))


def assessment_of(actor: Actor, number: str, row_id: int, *, at: datetime) -> AssessmentView:
    """The same, for a customer whose number is told. NotFound for another customer's assessment."""
    found = assessment_view(actor, row_id, at=at)
    if found.view.head["customer_no"] != number:
        raise NotFound("row.unknown", _("There is no such entry."))
    return found
