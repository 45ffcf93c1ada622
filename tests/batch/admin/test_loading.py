"""Loading from the screen: a trial writes nothing, a load makes a run, a bad file is refused with words."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from customers.models import Customer
from mdm.runs import JobRun
from tests.factories.approvals import unasked
from tests.factories.customers import bank
from tests.factories.security import branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db

HEAD = (
    "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state,"
    " date_of_birth, soc_sec_id\n"
)
GOOD = "rec-1-org, mitchell, polmear, 341, fitchett street, langi, yangan, 4575, vic, 19951125, 6816043\n"
SHORT = "rec-2-org, too, few\n"


@pytest.fixture
def operator(objects: dict[str, str]) -> Screens:
    """A batch operator of head office."""
    bank()
    return Screens(member_of_staff("zheng", "operator", org=branch("1000")))


def form(content: str, **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("people.csv", content.encode()), "layout": "febrl", **more}


def test_a_trial_tells_and_writes_nothing(operator: Screens) -> None:
    seen = operator.post("/load/", **form(HEAD + GOOD + SHORT), **{"try": "yes"})
    assert seen.status == 200
    assert "Trial: nothing was written" in seen.text
    assert "Rejected rows" in seen.text
    assert "mitchell" not in seen.html
    assert JobRun.objects.count() == 0
    assert Customer.objects.count() == 0


def test_a_load_makes_a_run(operator: Screens) -> None:
    unasked("load.run")
    told = operator.post("/load/", **form(HEAD + GOOD, business_date="2026-03-02"), load="yes")
    made = JobRun.objects.get()
    assert told.location == f"/run/{made.pk}/"
    assert (made.started_by, made.params["file"], str(made.business_date)) == (
        "zheng",
        "people.csv",
        "2026-03-02",
    )
    assert made.params["layout"] == "febrl"


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("", {}),
        ("a;b;c\n", {}),
        (HEAD + GOOD, {"layout": "core_customer"}),
        (HEAD + GOOD, {"layout": "nothing"}),
        (HEAD + GOOD, {"business_date": "yesterday"}),
        (HEAD + GOOD, {"mode": "half"}),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_words(
    operator: Screens, content: str, more: dict[str, str]
) -> None:
    for button in ("try", "load"):
        seen = operator.post("/load/", **{**form(content), **more, button: "yes"})
        assert seen.status == 422
        assert "Please correct this first" in seen.text
    assert JobRun.objects.count() == 0


def test_a_path_in_the_name_leads_nowhere(operator: Screens) -> None:
    unasked("load.run")
    sent = SimpleUploadedFile("people.csv", (HEAD + GOOD).encode())
    sent.name = "../../etc/passwd"
    operator.post("/load/", file=sent, layout="febrl", load="yes")
    assert JobRun.objects.get().params["file"] == "passwd"


def test_loading_is_for_operators(objects: dict[str, str]) -> None:
    auditor = Screens(member_of_staff("auditor", "auditor"))
    assert auditor.get("/load/").status == 403
    assert auditor.post("/load/", **form(HEAD + GOOD), load="yes").status == 403
    assert "/load/" not in auditor.get("/").html
