"""Every route is declared to show something or to change something; what changes something names the test that opens it
(`tests/support/audited_doors.py`). Tasks and commands are run in `test_acts.py`."""

import ast
from pathlib import Path

import pytest

from tests.support.audited import READ_ONLY
from tests.support.audited_doors import DOORS
from tests.support.doors import door_at, routes

ROOT = Path(__file__).parents[2]

#: Pages that only show; a POST does no more than a GET. Reads of customers leave their row in the selectors.
SHOWING = {
    "batch.admin.batches.every",
    "batch.admin.batches.headings",
    "batch.admin.rejects.rejected",
    "batch.admin.runs.progress",
    "batch.admin.runs.show",
    "consolidation.admin.deciding.merged",
    "credentials.admin.integrity.sheet",
    "credentials.admin.radar.show",
    "customers.admin.access.explain",
    "customers.admin.as_of.show",
    "customers.admin.between.show",
    "customers.admin.changes.show",
    "customers.admin.exporting.every",
    "customers.admin.exporting.every_list",
    "customers.admin.facets.FacetAdmin.history_view",
    "customers.admin.history.show",
    "customers.admin.documents.DocumentAdmin.add_view",
    "customers.admin.documents.picture",
    "customers.admin.opening.clear",
    "customers.admin.panorama.show",
    "customers.admin.provenance.show",
    "customers.admin.relationship.show",
    "customers.admin.revealing.over",
    "customers.admin.search.found",
    "django.contrib.admin.sites.AdminSite.catch_all_view",
    "django.contrib.admin.sites.AdminSite.password_change_done",
    "mdm.backoffice.admins.ReadOnlyAdmin.add_view",
    "mdm.backoffice.admins.ReadOnlyAdmin.change_view",
    "mdm.backoffice.admins.ReadOnlyAdmin.changelist_view",
    "mdm.backoffice.admins.ReadOnlyAdmin.history_view",
    "mdm.backoffice.branches.branches",
    "mdm.backoffice.dictionary.compare",
    "mdm.backoffice.dictionary.show",
    "mdm.backoffice.proving.stay",
    "mdm.backoffice.single_sign_on.leave",
    "mdm.backoffice.site.PanoramaSite.index",
    "mdm.rest.documentation.problem_type_page",
    "mdm.rest.documentation.unknown",
    "mdm.rest.health.live",
    "mdm.rest.health.metrics",
    "mdm.rest.health.ready",
    "special_info.admin.board.board",
    "security.admin.approvals.asked",
    "security.admin.approvals.everything",
    "security.admin.approvals.to_decide",
    "security.admin.delegations.rules",
    "security.admin.keys.show",
    "security.admin.own_security.new_codes",
    "security.admin.own_security.overview",
    *(f"{m} django.views.generic.base.RedirectView.{m.lower()}" for m in ("POST", "PUT", "PATCH", "DELETE")),
}

#: Routes that nobody is sent to, because the same address is found above: door -> who answers there.
SHADOWED = {"mdm.backoffice.login.sign_in": "mdm.backoffice.site.PanoramaSite.login"}
#: Doors that only a browser opens: they are watched, and not tried while the log takes no row.
BROWSER = {
    "mdm.backoffice.login.passkey_sign_in": "a passkey is made by a browser",
    "mdm.backoffice.single_sign_on.come_back": "the bank's sign-in leads there and back",
    "security.admin.own_security.add_passkey": "a passkey is made by a browser",
}


def test_every_route_is_declared_to_show_or_to_change() -> None:
    """A new route fails here until somebody says which it is."""
    declared = SHOWING | set(DOORS) | set(READ_ONLY) | set(SHADOWED)
    assert SHOWING.isdisjoint(DOORS)
    assert set(routes()) - declared == set()
    assert declared - set(routes()) == set(), "declared, and not there"


def test_who_is_shadowed_is_never_asked() -> None:
    for door, above in SHADOWED.items():
        assert {door_at(f"/{route}", "POST") for route in routes()[door]} == {above}
        assert above in DOORS


@pytest.mark.parametrize("door", sorted(DOORS))
def test_a_door_names_a_test_that_is_there(door: str) -> None:
    """That it opens the door is asserted whenever it is run (`opened_doors` in tests/conftest.py)."""
    path, _, name = DOORS[door].test.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name.partition("[")[0] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_only_what_takes_a_browser_is_left_to_browsers() -> None:
    assert {door for door, opened in DOORS.items() if opened.test.startswith("tests/browser/")} == set(
        BROWSER
    )
