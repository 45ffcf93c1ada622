"""What an exported list holds is chosen: columns of any facet, masked; the result of a typed search, kept sealed."""

from typing import Any

import pytest

from customers.selectors.list_columns import LISTED, MOST
from mdm.runs import JobRun
from security.audit.sealing import Sealer
from security.models import User
from tests.customers.admin.test_saved_views import made, manager, people, rows_of  # noqa: F401 (fixtures)
from tests.factories.customers import company, stored
from tests.factories.security import branch, client_system, member_of_staff
from tests.security.audit.conftest import sealer, store  # noqa: F401 (fixtures)
from tests.support.api import Api, proved
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db(transaction=True)
ASK = "/list-exports/new/customers/"
CLEAR = ("欧阳知远", "11010519491231002X", "13912345670")
CHOSEN = ["customer_no", "phone.number", "person_profile.nationality", "credential.number"]


@pytest.fixture
def api(people: tuple[str, str]) -> Api:  # noqa: F811
    """The system in which the managers of 1100 work."""
    return proved(client_system("desk", org=branch("1100"), roles=("branch_manager",))[0])


def package(api: Api, run: JobRun) -> list[dict[str, str]]:
    return rows_of(api.get(f"customer-exports/{run.pk}/content", Accept="application/zip").raw)


def test_chosen_columns_are_exported_in_their_order_and_masked(
    api: Api,
    people: tuple[str, str],  # noqa: F811
    sealer: Sealer,  # noqa: F811
) -> None:
    offered = {one["name"]: one for one in api.get("customer-export-columns").body["columns"]}
    assert set(LISTED) | set(CHOSEN) <= set(offered)
    assert offered["phone.number"]["facet"] == "phone"

    told = {"columns": [*CHOSEN, "phone.number"], "change_reason": "campaign"}
    ordered = api.post("customer-exports", told)
    assert (ordered.status, ordered.body["columns"], ordered.body["of_search"]) == (202, CHOSEN, False)
    (row,) = package(api, made(sealer))
    assert list(row) == [*CHOSEN, "exported_by"]
    assert (row["customer_no"], row["person_profile.nationality"]) == (people[0], "China")
    assert "139****5670" in row["phone.number"]
    assert not any(clear in str(row) for clear in CLEAR)


@pytest.mark.parametrize(
    "columns", [["phone.secret"], ["customer_no", "number"], [f"phone.x{n}" for n in range(MOST)]]
)
def test_a_column_that_is_none_is_refused(api: Api, columns: list[str]) -> None:
    told: dict[str, Any] = {"columns": columns, "change_reason": "campaign"}
    assert api.post("customer-exports", told).code == "export.column"


def test_the_result_of_a_typed_search_is_exported_and_the_term_stays_sealed(
    api: Api,
    people: tuple[str, str],  # noqa: F811
    sealer: Sealer,  # noqa: F811
) -> None:
    stored(company())
    ordered = api.post("customer-exports", {"text": "欧阳知远", "change_reason": "campaign"})
    assert (ordered.status, ordered.body["of_search"]) == (202, True)
    run = made(sealer)
    assert "欧阳" not in str(run.params)
    assert [row["customer_no"] for row in package(api, run)] == [people[0]]
    assert api.post("customer-exports", {"text": " 张 ", "change_reason": "campaign"}).code == "search.short"


def test_from_a_search_on_screen_to_the_export(
    manager: User,  # noqa: F811
    people: tuple[str, str],  # noqa: F811
    sealer: Sealer,  # noqa: F811
) -> None:
    screens = Screens(manager)
    found = screens.search("欧阳知远")
    address = found.html.partition(f'href="{ASK}')[2].partition('"')[0]
    asking = screens.get(ASK + address)
    assert "only whom the search has found" in asking.text
    assert 'value="person_profile.nationality"' in asking.html
    assert "欧阳" not in asking.html

    form = {"format": "csv", "reason": "campaign", "column": ["customer_no", "display_name"]}
    seen = screens.get(screens.post(ASK + address, **form).location)
    run = made(sealer)
    assert "the term is kept sealed" in seen.text
    assert "Customer number, Customer" in seen.text
    assert run.counts["rows"] == 1
    assert screens.post(ASK, format="csv", reason="x y", column="phone.secret").status == 422
    assert screens.get(ASK, found="nothing").status == 404


def test_who_may_not_export_is_offered_nothing(people: tuple[str, str]) -> None:  # noqa: F811
    for role in ("teller", "auditor"):
        reader = Screens(member_of_staff(f"{role}-1", role, org=branch("1100")))
        offered = ASK in reader.search("欧阳知远").html
        assert offered == (reader.get(ASK).status == 200), role
        assert (ASK in reader.get("/customers/customer/").html) == offered, role
    teller = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    assert ASK not in teller.search("欧阳知远").html
    assert teller.get(ASK).status == 403
