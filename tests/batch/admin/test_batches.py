"""Creating many customers from the screen."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from batch.models import CustomerBatch
from batch.services.creating import run_batch
from customers.models import Customer
from tests.factories.batches import people, table
from tests.factories.customers import bank
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def screens() -> Screens:
    bank()
    return Screens(member_of_staff("teller", "teller", org=branch("1100")))


def worked() -> None:
    with database_role("engine"):
        run_batch(CustomerBatch.objects.get().run_id or 0)


def test_a_pasted_table_is_looked_at_and_then_created(screens: Screens) -> None:
    one, two = people(2)
    form = {"key": "k1", "pasted": table([one, {**two, "birth_date": "?"}], "\t")}
    led = screens.post("/batches/new/", **form)
    batch = CustomerBatch.objects.get()
    assert led.location == f"/batches/{batch.pk}/"
    assert screens.post("/batches/new/", **form).location == led.location
    assert 'hx-trigger="load delay:2s"' in screens.get(led.location).html
    worked()
    seen = screens.get(led.location)
    assert "Preview: nothing was written" in seen.html
    assert "Birth date: The value is not a date." in seen.html
    assert one["id_number"] not in seen.html
    assert one["name"] not in seen.html
    screens.post(led.location, create="yes")
    worked()
    assert "Preview" not in screens.get(led.location).html
    screens.post(led.location, correct="yes", key="k", pasted=table([two]))
    worked()
    assert Customer.objects.count() <= 2
    assert "Correct rejected rows" not in screens.get(led.location, outcome="CREATED").html
    assert screens.get("/batches/").html.count("data-row") == 1


def test_a_file_is_taken_and_one_of_the_two_is_needed(screens: Screens) -> None:
    sent = SimpleUploadedFile("people.csv", table(people(1)).encode(), "text/csv")
    assert screens.post("/batches/new/", key="k", file=sent).location
    for form in ({}, {"pasted": "x", "file": SimpleUploadedFile("people.csv", b"y")}):
        seen = screens.post("/batches/new/", key="k2", **form)
        assert (seen.status, "one of the two" in seen.html) == (422, True)


def test_a_table_that_is_refused_says_which_column(screens: Screens) -> None:
    seen = screens.post("/batches/new/", key="k", pasted="source_key,colour\n1,red\n")
    assert (seen.status, "colour: The layout does not know the column." in seen.html) == (422, True)


def test_what_cannot_be_done_is_said_and_a_cancelled_batch_offers_nothing(screens: Screens) -> None:
    led = screens.post("/batches/new/", key="k", pasted=table(people(1)))
    seen = screens.post(led.location, create="yes")
    assert (seen.status, "This batch is being worked on." in seen.html) == (422, True)
    seen = screens.post(led.location, cancel="yes", follow=True)
    assert "The batch was cancelled." in seen.html
    assert "Create the good rows" not in seen.html
    assert timezone.now() > CustomerBatch.objects.get().created_at


def test_another_table_in_a_form_that_was_sent_is_told_and_then_taken(screens: Screens) -> None:
    """Back in the browser, changed, sent: never silently the old batch."""
    one, two = people(2)
    screens.post("/batches/new/", key="k", pasted=table([one]))
    seen = screens.post("/batches/new/", key="k", pasted=table([two]))
    assert (seen.status, "This form was sent before, as batch #" in seen.html) == (422, True)
    (key,) = re.findall(r'name="key" value="(\w+)"', seen.html)
    assert (key != "k", two["name"] in seen.html) == (True, True)
    assert screens.post("/batches/new/", key=key, pasted=table([two])).location
    assert [batch.rows for batch in CustomerBatch.objects.all()] == [1, 1]


def test_a_trial_that_was_cancelled_offers_nothing(screens: Screens) -> None:
    one, two = people(2)
    led = screens.post("/batches/new/", key="k", pasted=table([one, {**two, "birth_date": "?"}]))
    worked()
    assert "Create the good rows" in screens.get(led.location).html
    seen = screens.post(led.location, cancel="yes", follow=True).html
    offered = ("Preview", "Create the good rows", "Correct rejected rows", "Cancel the batch")
    assert not [text for text in offered if text in seen]
    assert ">cancelled<" in seen
    seen = screens.post(led.location, correct="yes", key="k", pasted=table([two]))
    assert (seen.status, "This batch was cancelled" in seen.html) == (422, True)


def test_the_template_can_be_taken(screens: Screens) -> None:
    assert "attachment" in screens.get("/batches/template/").response["Content-Disposition"]


def test_others_may_not(screens: Screens) -> None:
    auditor = Screens(member_of_staff("auditor", "auditor", org=branch("1100")))
    assert auditor.get("/batches/").status == 403
