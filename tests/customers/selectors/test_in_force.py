"""Since when an entry is so: what was true on a day, as known at a moment, whatever was told in which order."""

from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.rules.number import customer_no
from customers.selectors.as_of import Moment, as_of
from customers.selectors.requests import show_row_request
from customers.services import facets, requesting, status
from mdm.errors import Invalid
from mdm.history.models import SINCE
from tests.customers.admin.conftest import screens_of
from tests.customers.api.conftest import caller
from tests.factories.customers import DAY, past_of, person, rows_of, stamp, stored, the_row
from tests.factories.facet_files import counts, deliver, rejects, row
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
WHY = "told at the counter"
START = timezone.localtime(NOW).date()
KEYS = count()
X, Y, Z = "北京路1号", "南京路2号", "上海路3号"


def at(day: int) -> datetime:
    return NOW + timedelta(days=day)


def on(day: int) -> date:
    return START + timedelta(days=day)


def entered(detail: str = X, **since: Any) -> int:
    """A customer with one address, added on the first day."""
    owner = stored(person(f"P-{next(KEYS)}", address=[]), stamp(at=NOW - timedelta(days=1)))
    told = {"kind": "RESIDENCE", "country": "CHN", "detail": detail, **since}
    with database_role("engine"):
        facets.add(everything(), customer_no(owner), "address", told, reason=WHY, at=NOW)
    return owner


def changed(owner: int, day: int, **changes: Any) -> None:
    with database_role("engine"):
        kept = the_row("address", owner)
        facets.change(everything(), "address", kept.pk, kept.version, changes, reason=WHY, at=at(day))


def ended(owner: int, day: int) -> None:
    with database_role("engine"):
        kept = the_row("address", owner)
        facets.end(everything(), "address", kept.pk, kept.version, reason=WHY, at=at(day))


def true_on(owner: int, known: int, day: int | None) -> str | None:
    """The postcode of the address that was true on a day, as known on another: of streets the mask shows nothing."""
    moment = Moment(at(known), None if day is None else on(day))
    told = as_of(everything(), customer_no(owner), moment, at=at(99))
    rows = [row for s in told["subjects"] for f in s["facets"] if f["name"] == "address" for row in f["rows"]]
    return str(rows[0]["values"]["postcode"]["value"]) if rows else None


def test_a_change_leaves_what_was_true_before_it(bank: None) -> None:
    """The worked example of the zipper: X from day 0, Y from day 5, ended on day 9."""
    owner = entered(postcode="100001", valid_from=on(0))
    changed(owner, 5, postcode="100002")
    ended(owner, 9)

    assert [true_on(owner, 9, day) for day in (-1, 0, 4, 5, 8, 9)] == [
        *(None, "100001", "100001", "100002", "100002", None),
    ]
    assert true_on(owner, 4, 6) == "100001", "on day 4 nobody knew of the change"
    assert (true_on(owner, 6, None), true_on(owner, 9, None)) == ("100002", None)


def test_what_is_learned_late_is_told_with_its_day(bank: None) -> None:
    owner = entered(postcode="100001")
    changed(owner, 5, postcode="100002", valid_from=on(2))

    assert [true_on(owner, 5, day) for day in (-9, 1, 2, 5)] == ["100001", "100001", "100002", "100002"]
    assert true_on(owner, 4, 3) == "100001", "as it was known then"


def test_an_error_is_corrected_for_ever(bank: None) -> None:
    owner = entered(postcode="100001")
    changed(owner, 5, postcode="100002", valid_from=None)

    assert [true_on(owner, 5, day) for day in (-9000, 0, 5)] == ["100002"] * 3
    assert true_on(owner, 4, 0) == "100001"


def test_only_since_when_is_told_anew(bank: None) -> None:
    """Nothing else changes; told again it changes nothing."""
    owner = entered(postcode="100001")
    changed(owner, 3, valid_from=on(1))
    changed(owner, 4, valid_from=on(1))

    kept = the_row("address", owner)
    assert (kept.version, kept.valid_from) == (2, on(1))
    assert true_on(owner, 4, 0) == "100001", "the first entry said for ever, and says so of the days before"


def test_nobody_tells_what_will_be(bank: None) -> None:
    owner = entered()
    with pytest.raises(Invalid, match=r"since\.ahead"):
        changed(owner, 3, postcode="100002", valid_from=on(4))
    with pytest.raises(Invalid, match=r"since\.ahead"):
        entered(valid_from=on(1))
    assert the_row("address", owner).version == 1


def test_a_status_holds_from_the_day_on_which_it_was_set(bank: None) -> None:
    owner = stored(person(agreement=[]), stamp(at=NOW))
    with database_role("engine"):
        status.change(everything(), customer_no(owner), 1, "DORMANT", reason=WHY, at=at(5))

    def told(day: int) -> str:
        moment = Moment(at(6), on(day))
        return str(as_of(everything(), customer_no(owner), moment, at=at(9))["lifecycle_status"]["code"])

    assert [told(day) for day in (0, 4, 5)] == ["ACTIVE", "ACTIVE", "DORMANT"]


# -- both times, at random ------------------------------------------------------------------------------

DAYS = range(-6, 14)
#: What is done two days after the step before: a change from a day (None: for ever, "": not told), or the end.
STEPS = st.lists(
    st.one_of(st.just("end"), st.sampled_from(["", None, -6, -3, 0, 1, 2, 4])), min_size=1, max_size=5
)


def played(steps: list[Any], since: int | None) -> tuple[int, dict[int, dict[int, str | None]]]:
    """Do the steps; for each day of writing, what was true on each day, by writing over a calendar."""
    owner = entered(postcode="100000", valid_from=None if since is None else on(since))
    truth: dict[int, str | None] = {day: "100000" if since is None or day >= since else None for day in DAYS}
    known = {0: dict(truth)}
    for number, step in enumerate(steps, 1):
        today = 2 * number
        if step == "end":
            ended(owner, today)
            known[today] = {day: None if day >= today else told for day, told in truth.items()}
            break
        code = f"10000{number}"
        begun = min(step, today) if isinstance(step, int) else None
        first = {"": today, None: min(DAYS)}.get(step, begun)
        changed(
            owner,
            today,
            postcode=code,
            **({} if step == "" else {SINCE: None if begun is None else on(begun)}),
        )
        truth = {day: code if day >= first else told for day, told in truth.items()}
        known[today] = dict(truth)
    return owner, known


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, since=st.sampled_from([None, -4, 0]))
def test_what_was_true_and_what_was_known_agree_with_a_calendar(
    bank: None, steps: list[Any], since: int | None
) -> None:
    owner, known = played(steps, since)

    for moment, truth in known.items():
        found = {day: true_on(owner, moment, day) for day in DAYS[::4]}
        assert found == {day: truth[day] for day in DAYS[::4]}, (moment, steps)


@pytest.mark.usefixtures("contacts_alone")
@pytest.mark.parametrize("door", ["screen", "rest", "file"])
def test_every_door_takes_since_when(bank: None, tmp_path: Path, door: str) -> None:
    """An address is added in force from one day, changed from another; what is left out is as it is everywhere."""
    owner = stored(person(address=[]))
    told = {"kind": "WORK", "country": "CHN", "region_code": "110105", "detail": X, "postcode": "100001"}
    DOORS[door](owner, told, {"postcode": "100002"}, tmp_path)

    (row,) = rows_of("address", owner)
    assert (row.postcode, row.valid_from) == ("100002", date(2021, 3, 4))
    assert [past.valid_from for past in past_of(row)] == [date(2020, 1, 2), date(2021, 3, 4)]


def by_screen(owner: int, told: dict[str, str], change: dict[str, str], _folder: Path) -> None:
    teller = screens_of("teller8", "1100", "teller")
    page = teller.get(f"/customers/address/add/?customer={customer_no(owner)}")
    assert 'name="valid_from"' in page.html
    form = {"customer": customer_no(owner), "reason": WHY}
    assert teller.post("/customers/address/add/", **form, **told, valid_from="2020-01-02").status == 302
    (row,) = rows_of("address", owner)
    address = f"/customers/address/{row.pk}/change/"
    changed = {**told, **change, "valid_from": "2021-03-04", "version": "1", "reason": WHY}
    seen = teller.post(address, **changed)
    assert seen.status == 302, seen.text


def by_rest(owner: int, told: dict[str, str], change: dict[str, str], _folder: Path) -> None:
    api, rows = caller("core", "1100"), f"customers/{customer_no(owner)}/addresses"
    made = api.post(rows, {**told, "valid_from": "2020-01-02"})
    assert (made.status, made.body["valid_from"]) == (201, "2020-01-02"), made.text
    place = f"{rows}/{made.body['id']}"
    answer = api.patch(place, {**change, "valid_from": "2021-03-04", "change_reason": WHY}, version=1)
    assert (answer.status, answer.body["valid_from"], answer.body["valid_to"]) == (200, "2021-03-04", None)
    ahead = api.patch(place, {"valid_from": "2999-01-01", "change_reason": WHY}, version=2)
    assert (ahead.status, ahead.places) == (422, {("/valid_from", "since.ahead")})


def by_file(_owner: int, told: dict[str, str], change: dict[str, str], folder: Path) -> None:
    added = deliver(folder, "address", row("add", slot="W-1", **told, valid_from="20200102"))
    assert counts(added) == (1, 0, 0, 0), rejects(added)
    again = row("change", slot="W-1", **change, valid_from="20210304")
    assert counts(deliver(folder, "address", again)) == (0, 1, 0, 0)
    assert counts(deliver(folder, "address", {**again, "valid_from": ""})) == (0, 0, 1, 0), "nothing differs"


DOORS = {"screen": by_screen, "rest": by_rest, "file": by_file}


def test_a_file_that_does_not_say_dates_a_change_by_its_business_date(bank: None, tmp_path: Path) -> None:
    owner = stored(person())
    change = row("change", slot="RESIDENCE", postcode="100103")
    assert counts(deliver(tmp_path, "address", change, business_date=DAY - timedelta(days=2))) == (0, 1, 0, 0)
    assert the_row("address", owner).valid_from == DAY - timedelta(days=2)


@pytest.mark.usefixtures("contacts_alone")
def test_since_when_alone_is_asked_for_like_what_it_dates(bank: None) -> None:
    """Dating the legal name anew says who somebody was: it waits for a second person, who sees the day."""
    owner = stored(person())
    teller = staff("teller9", "teller", org=branch("1100"))
    with database_role("app"):
        name = the_row("customer_name", owner)
        since = {SINCE: date(2020, 1, 2)}
        done = requesting.change(teller, "customer_name", name.pk, 1, since, reason=WHY, at=NOW)
        assert done.request is not None
        shown = show_row_request(done.request, staff("boss", "branch_manager", org=branch("1100")), NOW)
    assert (str(shown.lines[-1].after), SINCE in done.request.fields) == ("2020-01-02", True)
    assert the_row("customer_name", owner).version == 1
