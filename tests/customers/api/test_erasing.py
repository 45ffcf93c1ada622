"""Erasing over REST: asked for, refused with all that stands in the way, and what the number answers afterwards."""

from datetime import date
from typing import Any

import pytest

from customers.rules.number import customer_no
from customers.services.erasing import JOB, eraser, order, run_erasure
from mdm.runs import JobRun
from tests.customers.services.test_erasing import ended
from tests.factories.customers import person as made_up
from tests.factories.customers import stored
from tests.factories.security import NOW, branch, client_system
from tests.support.api import Api, proved
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def desk_at(name: str, org_code: str) -> Api:
    """A system below head office with a token of this moment."""
    org = branch(org_code, branch("1000"))
    return proved(client_system(name, org=org, roles=("compliance",))[0])


@pytest.fixture
def desk(api: Api) -> Api:
    """The system of those who look after the law: it may ask for erasures at branch 1100."""
    return desk_at("privacy-desk", "1100")


@pytest.fixture
def desk_elsewhere(api: Api) -> Api:
    """The same of branch 1200."""
    return desk_at("other-desk", "1200")


@pytest.fixture
def gone(api: Api, person: dict[str, Any]) -> str:
    """The number of somebody who left long ago."""
    return customer_no(stored(ended("C-1", valid_to=date(2010, 1, 1))))


def test_everything_that_stands_in_the_way_is_told_at_once(desk: Api) -> None:
    told = desk.post(f"customers/{customer_no(stored(made_up()))}:erase", {"change_reason": "asked for it"})
    assert (told.status, told.code) == (422, "erasure.refused")
    assert told.places == {
        ("/customer/lifecycle_status", "erasure.status"),
        ("/agreement", "erasure.agreement"),
        ("/restriction", "erasure.hold"),
    }


def test_it_waits_for_a_second_person(desk: Api, gone: str) -> None:
    told = desk.post(f"customers/{gone}:erase", {"change_reason": "retention is over"})
    assert (told.status, told.body["operation"], told.body["state"]) == (202, "customer.erase", "PENDING")
    assert desk.get(f"customers/{gone}").status == 200
    assert not JobRun.objects.filter(job=JOB).exists()


def test_out_of_scope_there_is_nothing(desk_elsewhere: Api, gone: str) -> None:
    told = desk_elsewhere.post(f"customers/{gone}:erase", {"change_reason": "retention is over"})
    assert (told.status, told.code) == (404, "customer.unknown")


def test_the_number_answers_410_where_it_was_seen_and_404_elsewhere(
    api: Api, desk: Api, elsewhere: Api, gone: str
) -> None:
    with database_role("engine"):
        run_erasure(order(eraser(), gone, reason="retention is over", at=NOW).run_id)
    for told in (
        api.get(f"customers/{gone}"),
        api.get(f"customers/{gone}/panorama"),
        api.get(f"customers/{gone}/phones"),
        api.post(
            f"customers/{gone}/phones", {"kind": "MOBILE", "number": "13900000001", "change_reason": "x"}
        ),
        desk.post(f"customers/{gone}:erase", {"change_reason": "once more"}),
    ):
        assert (told.status, told.code) == (410, "customer.erased")
    assert elsewhere.get(f"customers/{gone}").status == 404
