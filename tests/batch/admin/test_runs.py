"""Runs on the screens: live progress that slows down and stops; rejected rows; the sealed file for few."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from mdm.runs import JobRun, RunState
from security.authentication.policy import policy
from security.models import OperationLog, Role
from tests.factories.customers import bank
from tests.factories.files import line, load, write
from tests.factories.security import branch, grant, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Screens:
    """A batch operator of head office."""
    return Screens(member_of_staff("zheng", "operator", org=branch("1000")))


def run(state: RunState = RunState.RUNNING, **more: object) -> JobRun:
    """A run that began ten seconds ago."""
    now = timezone.now()
    told = {
        "total": 1000,
        "done": 430,
        "step": "load",
        "params": {"layout": "febrl", "file": "people.csv"},
        **more,
    }
    return JobRun.objects.create(
        job="load_file",
        state=state,
        created_at=now,
        started_at=now - timedelta(seconds=10),
        started_by="zheng",
        org_path=branch("1000").path,
        **told,
    )


def test_runs_are_listed_newest_first_and_by_job(operator: Screens) -> None:
    first, second = (
        run(),
        run(RunState.PARTIAL, counts={"rows": 1000, "rejected": 3}, finished_at=timezone.now()),
    )
    html = operator.get("/mdm/jobrun/").html
    assert html.index(f">#{second.pk}<") < html.index(f">#{first.pk}<")
    assert "43 %" in html
    assert "done with rejected rows" in html
    assert f">#{first.pk}<" not in operator.get("/mdm/jobrun/", job="consolidate").html


def test_a_run_shows_how_far_it_is(operator: Screens) -> None:
    seen = operator.get(f"/run/{run().pk}/")
    for shown in ("43 %", "430 / 1,000", "loading", "a second", "s left", "people.csv", "zheng"):
        assert shown in seen.text
    assert 'max="1000" value="430"' in seen.html


def test_the_page_asks_again_and_ever_more_slowly(operator: Screens) -> None:
    going = run()
    address, delays = f"/run/{going.pk}/progress/?turn=0&said=-1", []
    for _ in range(60):
        html = operator.get(address).html
        delays.append(int(re.search(r"delay:(\d+)s", html)[1]))  # type: ignore[index]
        address = re.search(r'hx-get="([^"]+)"', html)[1].replace("&amp;", "&")  # type: ignore[index]
    assert delays[0] == 2
    assert delays == sorted(delays)
    assert delays[-1] == 10


def test_each_tenth_is_said_once(operator: Screens) -> None:
    going = run()
    address = f"/run/{going.pk}/progress/"
    said = operator.get(address, turn="1", said="3").html
    assert 'id="said"' in said
    assert "said=4" in said
    assert 'id="said"' not in operator.get(address, turn="2", said="4").html


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED])
def test_a_run_that_has_ended_is_asked_no_more(operator: Screens, state: RunState) -> None:
    problems = (
        [{"code": "load.file_changed", "text": "The file is not the one"}] if state == RunState.FAILED else []
    )
    ended = run(state, finished_at=timezone.now(), problems=problems)
    fragment = operator.get(f"/run/{ended.pk}/progress/")
    assert "hx-get" not in fragment.html
    assert fragment.response.headers["HX-Refresh"] == "true"
    page = operator.get(f"/run/{ended.pk}/")
    assert "hx-get" not in page.html
    assert "htmx" not in page.html
    assert ("The file is not the one" in page.text) == (state == RunState.FAILED)


@pytest.mark.parametrize("query", [{"turn": "x", "said": "y"}, {"turn": "-1"}, {"turn": "9" * 40}, {}])
def test_odd_numbers_do_no_harm(operator: Screens, query: dict[str, str]) -> None:
    assert operator.get(f"/run/{run().pk}/progress/", **query).status == 200


def test_a_run_that_is_not_there_is_not_found(operator: Screens) -> None:
    for page in ("", "progress/", "rejected/"):
        assert operator.get(f"/run/999999/{page}").status == 404


def test_runs_are_for_those_who_may_see_them() -> None:
    teller = Screens(member_of_staff("teller", "teller"))
    going = run()
    for address in (
        "/mdm/jobrun/",
        f"/run/{going.pk}/",
        f"/run/{going.pk}/progress/",
        f"/run/{going.pk}/rejected/",
    ):
        assert teller.get(address).status == 403
    assert "Recent runs" not in teller.get("/").text


def test_the_home_page_shows_recent_runs(operator: Screens) -> None:
    going = run()
    seen = operator.get("/")
    assert "Recent runs" in seen.text
    assert f"/run/{going.pk}/" in seen.html


@pytest.fixture
def rejecting(objects: dict[str, str], tmp_path: Path) -> JobRun:
    """A run that rejected one row of two."""
    bank()
    load(write(tmp_path / "core.csv", [line("A"), line("B", party_type="XX")]))
    return JobRun.objects.get()


def test_rejected_rows_are_shown_without_what_was_in_them(operator: Screens, rejecting: JobRun) -> None:
    seen = operator.get(f"/run/{rejecting.pk}/")
    assert f"/run/{rejecting.pk}/rejected/" in seen.html
    assert "Reject file" not in seen.text
    seen = operator.get(f"/run/{rejecting.pk}/rejected/")
    assert "party_type" in seen.text
    assert "欧阳知远" not in seen.html
    assert "11010519491231002X" not in seen.html


def test_the_reject_file_is_for_few_with_a_reason(operator: Screens, rejecting: JobRun) -> None:
    address = f"/run/{rejecting.pk}/rejects/"
    assert operator.get(address).status == 403
    assert operator.post(address, reason="look").status == 403
    Role.objects.create(
        code="reject_reader", name_zh="x", name_en="x", permissions=["load.view", "reject.read"]
    )
    reader = member_of_staff("reader", org=branch("1000"))
    grant(reader, "reject_reader", branch("1000"))
    screens = Screens(reader)
    assert "Reject file" in screens.get(f"/run/{rejecting.pk}/").text
    assert screens.post(address, reason="").status == 422
    why = {"cause": "CORRECTION", "reason": "correct and send again"}
    assert screens.post(address, **{**why, "cause": "INCIDENT"}).status == 422
    screens.prove(timezone.now() - policy.step_up)
    assert "/prove/" in screens.post(address, **why).response.headers["Location"]
    screens.prove(timezone.now())
    told = screens.post(address, **why)
    assert told.status == 200
    assert "attachment" in told.response.headers["Content-Disposition"]
    assert "欧阳知远" in told.html
    row = OperationLog.objects.get(action="rejects.read")
    assert (row.actor, row.reason) == ("reader", "correct and send again")
