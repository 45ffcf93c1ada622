"""What else the demonstration tells of some customers comes whole, and once."""

from datetime import date

import pytest

from batch.demo.bank import SUB_BRANCH, make_bank
from batch.demo.details import chosen, deliver_details, told
from batch.models import RejectedRow
from customers.models import Document
from mdm.runs import JobRun
from security.approvals.models import ChangeRequest
from special_info.models import AgencyAgreement, InvestorAssessment, TaxCertification
from tests.factories.customers import company, person, store
from tests.factories.security import NOW
from tests.support.database_roles import database_role

#: What the made-up customers have without it.
PLAIN = ("tax_certification", "tax_residence", "investor_assessment", "relationship", "agreement")
FIRM = ("controlling_person", "agency_agreement", "agency_handler", "agency_batch", *PLAIN)


@pytest.mark.django_db
def test_details_are_delivered_whole_and_once(objects: dict[str, str]) -> None:
    with database_role("engine"):
        make_bank(NOW)
    bundles = [person(f"P-{at}", **{name: [] for name in (*PLAIN, "credential")}) for at in range(3)]
    bundles += [company("O-1", **{name: [] for name in FIRM})]
    for bundle in bundles:
        bundle.facets["customer"][0]["org"] = SUB_BRANCH
    store(bundles)
    with database_role("engine"):
        before = Document.objects.count()

    with database_role("engine"):
        deliver_details(NOW)
        runs = JobRun.objects.count()
        refused = list(RejectedRow.objects.values_list("run__params__layout", "line", "field", "code"))
        assert refused == []
        assert set(JobRun.objects.values_list("state", flat=True)) == {"SUCCEEDED"}
        expected = told(chosen("PERSON", 8), chosen("CORPORATE", 2), date(2026, 3, 2))
        assert runs == len(expected) + 1
        assert Document.objects.count() == before + 2
        assert TaxCertification.objects.filter(tax_state="DRAFT").count() == 2
        assert (InvestorAssessment.objects.count(), AgencyAgreement.objects.count()) == (2, 1)
        (waiting,) = ChangeRequest.objects.all()
        assert (waiting.operation, waiting.maker.username) == ("tax.approve", "tax_clerk")

        deliver_details(NOW)
        assert JobRun.objects.count() == runs
