"""Every door by which something can be changed is declared here and knocked on by some test; whatever goes through it
leaves its row, which `tests/support/audited.py` holds every request of every test to."""

import re
from pathlib import Path

import pytest

from tests.support.audited import READ_ONLY
from tests.support.doors import commands, routes, tasks
from tests.support.knocking import knocked

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

#: Doors that change something, or sign somebody in or out.
CHANGING = {
    "PATCH customers.api.customers.CustomerView.patch",
    "PATCH customers.api.rows._changing_view.<locals>.FacetRowView.patch",
    "POST batch.api.batches.BatchApplyView.post",
    "POST batch.api.batches.BatchCancelView.post",
    "POST batch.api.batches.BatchCorrectView.post",
    "POST batch.api.batches.BatchCreateView.post",
    "POST batch.api.batches.BatchesView.post",
    "POST batch.api.runs.LoadRunsView.post",
    "POST consolidation.api.deciding.CaseDecideView.post",
    "POST consolidation.api.deciding.MergeUndoView.post",
    "POST credentials.api.integrity.IntegrityChecksView.post",
    "POST credentials.api.documents.ReplaceDocumentView.post",
    "POST credentials.api.documents.VerifyDocumentView.post",
    "POST credentials.api.documents.step_view.<locals>.StepView.post",
    "POST customers.api.certificates.CertificatesView.post",
    "POST customers.api.certificates.VerifyView.post",
    "POST customers.api.access.ExplainView.post",
    "POST customers.api.access.MarkView.post",
    "POST customers.api.access.RevealView.post",
    "POST customers.api.access.ShareView.post",
    "POST customers.api.access.UnmarkView.post",
    "POST customers.api.access.UnshareView.post",
    "POST customers.api.customers.CustomersView.post",
    "POST customers.api.customers.MatchCheckView.post",
    "POST customers.api.documents.DocumentsView.post",
    "POST customers.api.documents.LinkView.post",
    "POST customers.api.documents.OpenView.post",
    "POST customers.api.documents.ReplaceView.post",
    "POST customers.api.documents._hold_view.<locals>.HoldView.post",
    "POST customers.api.erasing.EraseView.post",
    "POST customers.api.exporting.ExportsView.post",
    "POST customers.api.list_exports.ListExportsView.post",
    "PATCH customers.api.saved_views.SavedViewView.patch",
    "POST customers.api.saved_views.SavedViewDeleteView.post",
    "POST customers.api.saved_views.SavedViewsView.post",
    "POST customers.api.notices.BranchSubscriptionEndView.post",
    "POST customers.api.notices.BranchSubscriptionsView.post",
    "POST customers.api.notices.NoticesReadView.post",
    "POST customers.api.notices.SubscriptionEndView.post",
    "POST customers.api.notices.SubscriptionsView.post",
    "POST customers.api.lifecycle.StatusView.post",
    "POST customers.api.lifecycle.TransferView.post",
    "POST customers.api.reading.SearchView.post",
    "POST customers.api.rows._adding_view.<locals>.FacetRowsAddView.post",
    "POST customers.api.rows.end_view.<locals>.FacetRowEndView.post",
    "PATCH mdm.rest.dictionary.AttributeView.patch",
    "POST mdm.rest.dictionary.AttributesView.post",
    "POST mdm.rest.dictionary.ImpactView.post",
    "POST special_info.api.agency.BatchesView.post",
    "POST special_info.api.moving._view.<locals>.MoveView.post",
    "POST special_info.api.tax.DeclareView.post",
    "POST security.api.audit.VerifyView.post",
    "POST security.api.client_keys.ClientKeyRevokeView.post",
    "POST security.api.client_keys.ClientKeysView.post",
    "POST security.api.client_keys.ClientLimitView.post",
    "POST security.api.views.ClientCollectView.post",
    "POST security.api.grants.AlertCloseView.post",
    "POST security.api.grants.GrantEndView.post",
    "POST security.api.grants.GrantsView.post",
    "POST security.api.requests._command.<locals>.RequestCommandView.post",
    "POST security.api.views.ClientSecretView.post",
    "POST security.api.views.ClientSwitchOffView.post",
    "POST security.api.views.ClientsView.post",
    "batch.admin.batches.new",
    "batch.admin.batches.show",
    "batch.admin.loading.load",
    "batch.admin.rejects.download",
    "consolidation.admin.deciding.compare",
    "credentials.admin.documents.show",
    "credentials.admin.integrity.board",
    "consolidation.admin.deciding.take_back",
    "customers.admin.access.access",
    "customers.admin.certificates.every",
    "customers.admin.certificates.one",
    "customers.admin.documents.gallery",
    "customers.admin.documents.show",
    "customers.admin.erasing.erase",
    "customers.admin.exporting.ask",
    "customers.admin.exporting.ask_list",
    "customers.admin.exporting.show",
    "customers.admin.exporting.show_list",
    "customers.admin.saved_views.edit",
    "customers.admin.saved_views.new",
    "customers.admin.facets.FacetAdmin.add_view",
    "customers.admin.facets.FacetAdmin.change_view",
    "customers.admin.facets.FacetAdmin.end_view",
    "customers.admin.lifecycle.change",
    "customers.admin.lifecycle.transfer",
    "customers.admin.notices.branches",
    "customers.admin.notices.inbox",
    "customers.admin.notices.watch",
    "customers.admin.onboarding.onboard",
    "customers.admin.onboarding.step",
    "customers.admin.opening.show",
    "customers.admin.revealing.show",
    "customers.admin.revealing.show_request",
    "mdm.backoffice.dictionary.add",
    "mdm.backoffice.dictionary.change",
    "mdm.backoffice.login.passkey_sign_in",
    "mdm.backoffice.login.second_step",
    "mdm.backoffice.login.sign_in",
    "mdm.backoffice.proving.prove_page",
    "mdm.backoffice.unsealing.unseal",
    "mdm.backoffice.single_sign_on.come_back",
    "mdm.backoffice.site.PanoramaSite.login",
    "mdm.backoffice.site.PanoramaSite.logout",
    "special_info.admin.declaring.new",
    "special_info.admin.facets.RecordAdmin.change_view",
    "special_info.admin.facets.TaxCertificationAdmin.add_view",
    "special_info.admin.pages.agreement",
    "special_info.admin.pages.assessment",
    "special_info.admin.pages.batch",
    "special_info.admin.pages.declaration",
    "security.admin.alarms.AlertAdmin.change_view",
    "security.admin.approvals.one",
    "security.admin.approvals.several",
    "security.admin.clients.ClientAdmin.add_view",
    "security.admin.clients.ClientAdmin.change_view",
    "security.admin.delegations.standing_in",
    "security.admin.emergency.ask",
    "security.admin.emergency.decide",
    "security.admin.integrity.show",
    "security.admin.keys.begin",
    "security.admin.keys.decide",
    "security.admin.organisations.OrganisationAdmin.change_view",
    "security.admin.own_security.add_app",
    "security.admin.own_security.add_passkey",
    "security.admin.own_security.change_password",
    "security.admin.own_security.end_session",
    "security.admin.own_security.remove_factor",
    "security.admin.own_security.renew_codes",
    "security.admin.policies.change",
    "security.admin.roles.RoleAdmin.add_view",
    "security.admin.roles.RoleAdmin.change_view",
    "security.admin.self_check.show",
    "security.admin.sign_in.LockAdmin.change_view",
    "security.admin.sign_in.SessionAdmin.change_view",
    "security.admin.sign_in.reset_factors",
    "security.admin.users.GrantAdmin.add_view",
    "security.admin.users.GrantAdmin.change_view",
    "security.admin.users.UserAdmin.add_view",
    "security.admin.users.UserAdmin.change_view",
    "security.api.oauth.token",
}

#: Doors that the tests open by other means than sending to an address written in a test: door -> what a test writes
#: instead (it must stand in the test's source).
OTHERWISE: dict[str, tuple[str, str]] = {
    "customers.admin.onboarding.step": ("tests/customers/admin/test_onboarding.py", 'page + "review/"'),
    "security.admin.clients.ClientAdmin.change_view": (
        "tests/security/admin/test_clients.py",
        "/security/apiclient/",
    ),
    "security.admin.organisations.OrganisationAdmin.change_view": (
        "tests/security/services/test_branch_moves.py",
        "/security/organisation/",
    ),
    "security.admin.roles.RoleAdmin.change_view": (
        "tests/security/services/test_role_changes.py",
        "/security/role/",
    ),
    "mdm.backoffice.login.second_step": ("tests/browser/test_signing_in.py", "/login/second/"),
    "security.admin.own_security.add_app": ("tests/browser/test_signing_in.py", "/my-security/app/"),
    "security.admin.own_security.add_passkey": ("tests/browser/test_signing_in.py", "/my-security/passkey/"),
    "security.admin.sign_in.LockAdmin.change_view": ("tests/browser/test_signing_in.py", "guesscounter"),
    "security.admin.sign_in.SessionAdmin.change_view": (
        "tests/browser/test_signing_in.py",
        "/security/session/",
    ),
    "security.admin.delegations.standing_in": ("tests/browser/test_approving.py", "standing-in"),
    "consolidation.admin.deciding.compare": ("tests/browser/test_approving.py", "/duplicates/"),
    "consolidation.admin.deciding.take_back": ("tests/browser/test_approving.py", "/merges/"),
    "POST customers.api.rows.end_view.<locals>.FacetRowEndView.post": (
        "tests/customers/api/test_rows.py",
        ":end",
    ),
    "batch.admin.rejects.download": ("tests/batch/admin/test_runs.py", "rejects/"),
    "mdm.backoffice.login.passkey_sign_in": ("tests/browser/test_signing_in.py", "[data-passkey-ask]"),
    "mdm.backoffice.single_sign_on.come_back": (
        "tests/browser/test_single_sign_on.py",
        "/login/bank/callback/",
    ),
    "PATCH mdm.rest.dictionary.AttributeView.patch": (
        "tests/mdm/dictionary/test_doors.py",
        "dictionary/attributes/phone/club_no",
    ),
    "security.admin.keys.begin": ("tests/security/admin/test_keys.py", "admin:key_ceremony"),
    "security.admin.keys.decide": ("tests/security/admin/test_keys.py", "admin:key_decide"),
    "POST special_info.api.agency.BatchesView.post": ("tests/special_info/api/test_special.py", "/batches"),
    "POST special_info.api.moving._view.<locals>.MoveView.post": (
        "tests/special_info/api/test_special.py",
        '"submit"',
    ),
}

#: What each task and each command that changes something writes; an empty text: it changes nothing of the bank's.
TASKS = {
    "batch.services.batches.forget_batches": "creation.expire",
    "batch.services.creating.run_batch": "creation.done",
    "batch.services.loading.run_load": "load.chunk",
    "batch.services.relay.relay_runs": "",
    "batch.services.relay.run_consolidation": "case.open",
    "credentials.services.integrity.run_checks": "integrity.checked",
    "customers.services.erasing.run_erasure": "customer.erase",
    "customers.services.exporting.expire_exports": "",
    "customers.services.exporting.run_export": "audit.exported",
    "customers.services.indexing.run_indexing": "attribute.indexed",
    "mdm.tasks.carry_out_ceremonies": "key.",
    "mdm.tasks.age_requests": "approval.",
    "mdm.tasks.apply_policies": "policy.",
    "mdm.tasks.forget_answers": "",
    "mdm.tasks.forget_proofs": "",
    "mdm.tasks.seal_audit": "",
    "mdm.tasks.verify_audit": "audit.verify",
}
COMMANDS = {
    "api_client": "client.",
    "audit_seal": "",
    "audit_verify": "audit.verify",
    "benchmark": "",
    "check_consistency": "",
    "consolidate": "case.open",
    "demo": "",
    "erase_customer": "customer.erase",
    "explain_access": "access.explain",
    "export_links": "links.export",
    "generate_customers": "",
    "keys": "",
    "load_documents": "documents.load",
    "load_file": "load.submit",
    "messages": "",
    "prepare_demo": "load.submit",
    "reference": "",
    "run_job": "case.open",
    "score_links": "",
    "screenshots": "",
    "self_check": "system.self_check",
    "services": "",
    "unmerge": "merge.undo",
    "verify_certificate": "history.certificate_verify",
}


def test_every_route_is_declared_to_show_or_to_change() -> None:
    """A new route fails here until somebody says which it is."""
    assert SHOWING.isdisjoint(CHANGING)
    assert set(routes()) - SHOWING - CHANGING - set(READ_ONLY) == set()
    assert (SHOWING | CHANGING | set(READ_ONLY)) - set(routes()) == set(), "declared, and not there"


def test_every_door_that_changes_something_is_knocked_on() -> None:
    assert CHANGING - knocked() - set(OTHERWISE) == set()


@pytest.mark.parametrize("door", sorted(OTHERWISE))
def test_a_door_opened_otherwise_is_in_that_test(door: str) -> None:
    path, text = OTHERWISE[door]
    assert door in CHANGING
    assert text in (ROOT / path).read_text()


@pytest.mark.parametrize(("known", "declared"), [(tasks, TASKS), (commands, COMMANDS)])
def test_every_task_and_command_says_what_it_writes(known: object, declared: dict[str, str]) -> None:
    assert known() == set(declared)
    sources = "\n".join(path.read_text() for app in HOUSE for path in (ROOT / app).rglob("*.py"))
    missing = [name for name, action in declared.items() if action and not _written(action, sources)]
    assert missing == []


HOUSE = ("security", "mdm", "customers", "credentials", "consolidation", "batch")


def _written(action: str, sources: str) -> bool:
    """Whether some source gives the action, or makes it from its first part, to the log."""
    return bool(re.search(rf'f?"{re.escape(action)}', sources))
