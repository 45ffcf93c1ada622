"""Every door by which something can be changed: which test opens it, and what the log says of it then.

One definition for three things: what a visit must leave in the log (`tests/support/audited.py`), that the test named
here does open the door when it is run, and that the door changes nothing where the log takes no row
(`tests/support/opening.py`).
"""

from dataclasses import dataclass
from functools import cache

from credentials.rules.lifecycle import ASKED
from mdm.subjects import registry

#: Stands for the name of any facet in an operation.
FACET = "FACET."
#: Verbs of operations that only look.
LOOKING = frozenset({"read", "list", "history"})


@dataclass(frozen=True, init=False)
class Opened:
    """`test` opens the door; whoever goes through leaves one of `writes`. `unchanged` is what is left instead by a
    visit after which everything is as it was: a form sent as it came, nothing ticked."""

    test: str
    writes: tuple[str, ...]
    unchanged: str

    def __init__(self, test: str, *writes: str, unchanged: str = "") -> None:
        object.__setattr__(self, "test", f"tests/{test}")
        object.__setattr__(self, "writes", writes)
        object.__setattr__(self, "unchanged", unchanged)

    def done(self, operations: set[str]) -> bool:
        """Whether one of these operations is what the door is for."""
        return any(_is(one, declared) for one in operations for declared in self.writes)

    def left(self, operations: set[str]) -> bool:
        """Whether they say what became of a visit."""
        return self.done(operations) or any(_is(one, self.unchanged) for one in operations)


def _is(operation: str, declared: str) -> bool:
    if not declared.startswith(FACET):
        return operation == declared
    facet, _, verb = operation.partition(".")
    wanted = declared.removeprefix(FACET)
    return facet in _facets() and (verb == wanted or (wanted == "*" and verb not in LOOKING))


@cache
def _facets() -> frozenset[str]:
    return frozenset(facet.name for facet in registry.facets())


DOORS: dict[str, Opened] = {
    "PATCH customers.api.customers.CustomerView.patch": Opened(
        "customers/api/test_customers.py::test_null_empties_a_field", "customer.change"
    ),
    "PATCH customers.api.rows._changing_view.<locals>.FacetRowView.patch": Opened(
        "customers/api/test_rows.py::test_a_row_is_changed",
        "FACET.change",
        "approval.submit",
        unchanged="FACET.read",
    ),
    "PATCH customers.api.saved_views.SavedViewView.patch": Opened(
        "customers/admin/test_saved_views.py::test_over_rest_a_view_is_saved_changed_and_exported",
        "view.change",
    ),
    "POST batch.api.batches.BatchApplyView.post": Opened(
        "batch/api/test_batches.py::test_a_trial_is_carried_out_corrected_and_cancelled", "creation.apply"
    ),
    "POST batch.api.batches.BatchCancelView.post": Opened(
        "batch/api/test_batches.py::test_a_trial_is_carried_out_corrected_and_cancelled", "creation.cancel"
    ),
    "POST batch.api.batches.BatchCorrectView.post": Opened(
        "batch/api/test_batches.py::test_a_trial_is_carried_out_corrected_and_cancelled", "creation.correct"
    ),
    "POST batch.api.batches.BatchCreateView.post": Opened(
        "batch/api/test_batches.py::test_the_same_key_replayed_returns_the_same_answer", "creation.submit"
    ),
    "POST batch.api.batches.BatchesView.post": Opened(
        "batch/api/test_batches.py::test_a_line_that_is_no_json_is_one_bad_row", "creation.submit"
    ),
    "POST batch.api.runs.LoadRunsView.post": Opened(
        "batch/api/test_runs.py::test_a_control_file_is_kept_to", "load.submit"
    ),
    "POST consolidation.api.deciding.CaseDecideView.post": Opened(
        "consolidation/api/test_deciding.py::test_what_one_says_of_two_waits_for_a_second_person[SAME]",
        "approval.submit",
    ),
    "POST consolidation.api.deciding.MergeUndoView.post": Opened(
        "consolidation/api/test_deciding.py::test_a_merge_is_taken_back_by_two_and_by_nobody_elsewhere",
        "approval.submit",
    ),
    "POST credentials.api.documents.ReplaceDocumentView.post": Opened(
        "credentials/api/test_documents.py::test_a_document_is_checked_lost_and_replaced[PERSON]",
        "credential.replace",
    ),
    "POST credentials.api.documents.VerifyDocumentView.post": Opened(
        "credentials/api/test_documents.py::test_a_step_on_an_old_version_is_stale", "credential.verify"
    ),
    "POST credentials.api.documents.step_view.<locals>.StepView.post": Opened(
        "credentials/api/test_documents.py::test_voiding_what_was_entered_today_is_done_at_once",
        "approval.submit",
        *(f"credential.{trigger}" for trigger in ASKED),
    ),
    "POST credentials.api.integrity.IntegrityChecksView.post": Opened(
        "credentials/api/test_integrity.py::test_a_customer_is_checked_and_a_branch_by_a_run",
        "integrity.order",
    ),
    "POST customers.api.access.ExplainView.post": Opened(
        "security/audit/test_doors.py::test_explaining_access", "access.explain"
    ),
    "POST customers.api.access.MarkView.post": Opened(
        "security/audit/test_doors.py::test_marking_and_unmarking", "customer.mark"
    ),
    "POST customers.api.access.RevealView.post": Opened(
        "security/audit/test_doors.py::test_seeing_clear_values", "clear.read"
    ),
    "POST customers.api.access.ShareView.post": Opened(
        "security/audit/test_doors.py::test_sharing_and_closing", "customer.share"
    ),
    "POST customers.api.access.UnmarkView.post": Opened(
        "security/audit/test_doors.py::test_marking_and_unmarking", "customer.unmark"
    ),
    "POST customers.api.access.UnshareView.post": Opened(
        "security/audit/test_doors.py::test_sharing_and_closing", "customer.unshare"
    ),
    "POST customers.api.certificates.CertificatesView.post": Opened(
        "customers/admin/test_certificates.py::test_over_rest", "history.certify"
    ),
    "POST customers.api.certificates.VerifyView.post": Opened(
        "customers/admin/test_certificates.py::test_over_rest", "history.certificate_verify"
    ),
    "POST customers.api.customers.CustomersView.post": Opened(
        "customers/api/test_rows.py::test_a_row_is_changed", "customer.create"
    ),
    "POST customers.api.customers.MatchCheckView.post": Opened(
        "customers/api/test_customers.py::test_looking_before_creating_saves_nothing", "customer.match_check"
    ),
    "POST customers.api.documents.DocumentsView.post": Opened(
        "customers/api/test_documents.py::test_scopes_and_branches", "document.add"
    ),
    "POST customers.api.documents.LinkView.post": Opened(
        "customers/api/test_documents.py::test_a_document_is_linked_to_a_credential", "document.link"
    ),
    "POST customers.api.documents.OpenView.post": Opened(
        "customers/api/test_documents.py::test_opened_with_a_reason_in_clear_or_as_it_is_kept", "clear.read"
    ),
    "POST customers.api.documents.ReplaceView.post": Opened(
        "customers/api/test_documents.py::test_a_new_edition_needs_the_version_that_was_read",
        "document.replace",
    ),
    "POST customers.api.documents._hold_view.<locals>.HoldView.post": Opened(
        "customers/api/test_documents.py::test_a_hold_is_set_and_taken_back",
        "document.hold",
        "approval.submit",
    ),
    "POST customers.api.erasing.EraseView.post": Opened(
        "customers/api/test_erasing.py::test_it_waits_for_a_second_person", "approval.submit"
    ),
    "POST customers.api.exporting.ExportsView.post": Opened(
        "customers/admin/test_exporting.py::test_over_rest_from_the_order_to_the_package", "audit.export"
    ),
    "POST customers.api.lifecycle.StatusView.post": Opened(
        "customers/api/test_lifecycle.py::test_a_status_is_asked_for_and_refused_by_its_code",
        "approval.submit",
    ),
    "POST customers.api.lifecycle.TransferView.post": Opened(
        "customers/api/test_lifecycle.py::test_customers_are_transferred", "approval.submit"
    ),
    "POST customers.api.list_exports.ListExportsView.post": Opened(
        "customers/admin/test_saved_views.py::test_over_rest_a_view_is_saved_changed_and_exported",
        "customer.export",
    ),
    "POST customers.api.notices.BranchSubscriptionEndView.post": Opened(
        "customers/services/test_branch_subscribing.py::test_over_rest", "notice.unsubscribe"
    ),
    "POST customers.api.notices.BranchSubscriptionsView.post": Opened(
        "customers/services/test_branch_subscribing.py::test_over_rest", "notice.subscribe"
    ),
    "customers.admin.notices.branches": Opened(
        "customers/services/test_branch_subscribing.py::test_on_screen",
        "notice.subscribe",
        "notice.unsubscribe",
    ),
    "POST customers.api.notices.NoticesReadView.post": Opened(
        "customers/services/test_subscribing.py::test_over_rest", "notice.read"
    ),
    "POST customers.api.notices.SubscriptionEndView.post": Opened(
        "customers/services/test_subscribing.py::test_over_rest", "notice.unsubscribe"
    ),
    "POST customers.api.notices.SubscriptionsView.post": Opened(
        "customers/services/test_subscribing.py::test_over_rest", "notice.subscribe"
    ),
    "POST customers.api.reading.SearchView.post": Opened(
        "customers/api/test_reading.py::test_nobody_is_found_out_of_scope", "customer.search"
    ),
    "POST customers.api.rows._adding_view.<locals>.FacetRowsAddView.post": Opened(
        "customers/api/test_rows.py::test_a_row_is_added_and_found_at_its_location",
        "FACET.add",
        "approval.submit",
    ),
    "POST customers.api.rows.end_view.<locals>.FacetRowEndView.post": Opened(
        "customers/api/test_rows.py::test_a_row_is_ended_and_listed_only_on_request",
        "FACET.end",
        "approval.submit",
    ),
    "POST customers.api.saved_views.SavedViewDeleteView.post": Opened(
        "customers/admin/test_saved_views.py::test_over_rest_a_view_is_saved_changed_and_exported",
        "view.delete",
    ),
    "POST customers.api.saved_views.SavedViewsView.post": Opened(
        "customers/admin/test_saved_views.py::test_over_rest_a_view_is_saved_changed_and_exported",
        "view.save",
    ),
    "PATCH mdm.rest.dictionary.AttributeView.patch": Opened(
        "mdm/dictionary/test_doors.py::test_a_definition_is_changed_by_who_has_read_it", "approval.submit"
    ),
    "POST mdm.rest.dictionary.AttributesView.post": Opened(
        "mdm/dictionary/test_doors.py::test_the_dictionary_is_read_compared_and_asked_for_over_rest",
        "approval.submit",
    ),
    "POST mdm.rest.dictionary.ImpactView.post": Opened(
        "mdm/dictionary/test_doors.py::test_the_dictionary_is_read_compared_and_asked_for_over_rest",
        "dictionary.preview",
    ),
    "POST security.api.audit.VerifyView.post": Opened(
        "security/admin/test_integrity.py::test_the_same_over_rest", "audit.verify_asked"
    ),
    "POST security.api.client_keys.ClientKeyRevokeView.post": Opened(
        "security/api/test_tokens.py::test_limits_keys_and_their_end_over_the_api", "client.key_revoke"
    ),
    "POST security.api.client_keys.ClientKeysView.post": Opened(
        "security/api/test_clients.py::test_a_shared_key_is_agreed_to_and_collected", "approval.submit"
    ),
    "POST security.api.client_keys.ClientLimitView.post": Opened(
        "security/api/test_tokens.py::test_limits_keys_and_their_end_over_the_api",
        "approval.submit",
        "client.limit",
    ),
    "POST security.api.grants.AlertCloseView.post": Opened(
        "security/audit/test_doors.py::test_closing_an_alarm", "alert.close"
    ),
    "POST security.api.grants.GrantEndView.post": Opened(
        "security/api/test_grants.py::test_a_role_is_taken_back_now_and_none_out_of_reach", "grant.end"
    ),
    "POST security.api.grants.GrantsView.post": Opened(
        "security/api/test_grants.py::test_a_role_waits_for_a_second_person", "approval.submit"
    ),
    "POST security.api.requests._command.<locals>.RequestCommandView.post": Opened(
        "security/approvals/test_api.py::test_a_further_legal_name_waits_too",
        "approval.approve",
        "approval.return",
        "approval.resubmit",
        "approval.reject",
        "approval.withdraw",
    ),
    "POST security.api.views.ClientCollectView.post": Opened(
        "security/api/test_clients.py::test_the_token_is_told_once", "client.collect", "client.key_add"
    ),
    "POST security.api.views.ClientSecretView.post": Opened(
        "security/api/test_clients.py::test_a_new_secret_ends_the_old_one_when_it_is_collected",
        "approval.submit",
    ),
    "POST security.api.views.ClientSwitchOffView.post": Opened(
        "security/api/test_clients.py::test_a_client_is_switched_off", "client.switch_off"
    ),
    "POST security.api.views.ClientsView.post": Opened(
        "security/api/test_clients.py::test_nobody_else_collects", "approval.submit"
    ),
    "POST special_info.api.agency.BatchesView.post": Opened(
        "special_info/api/test_special.py::test_a_batch_is_handed_in_read_and_settled", "agency_batch.add"
    ),
    "POST special_info.api.moving._view.<locals>.MoveView.post": Opened(
        "special_info/api/test_special.py::test_a_batch_is_handed_in_read_and_settled",
        "FACET.*",
        "approval.submit",
    ),
    "POST special_info.api.tax.DeclareView.post": Opened(
        "special_info/api/test_special.py::test_lists_and_figures", "tax_certification.add"
    ),
    "batch.admin.batches.new": Opened(
        "batch/admin/test_batches.py::test_a_trial_that_was_cancelled_offers_nothing", "creation.submit"
    ),
    "batch.admin.batches.show": Opened(
        "batch/admin/test_batches.py::test_a_trial_that_was_cancelled_offers_nothing",
        "creation.apply",
        "creation.cancel",
        "creation.correct",
    ),
    "batch.admin.loading.load": Opened("batch/admin/test_loading.py::test_a_load_makes_a_run", "load.submit"),
    "batch.admin.rejects.download": Opened(
        "batch/admin/test_runs.py::test_the_reject_file_is_for_few_with_a_reason", "rejects.read"
    ),
    "consolidation.admin.deciding.compare": Opened(
        "consolidation/admin/test_deciding.py::test_what_is_said_of_two_waits_for_a_second_person",
        "approval.submit",
    ),
    "consolidation.admin.deciding.take_back": Opened(
        "consolidation/admin/test_deciding.py::test_a_merge_is_taken_back_with_a_reason", "approval.submit"
    ),
    "credentials.admin.documents.show": Opened(
        "credentials/admin/test_documents.py::test_checks_have_a_list_and_no_form",
        "credential.replace",
        "credential.report_loss",
        "credential.verify",
    ),
    "credentials.admin.integrity.board": Opened(
        "credentials/api/test_integrity.py::test_the_sheet_and_the_board", "integrity.order"
    ),
    "customers.admin.access.access": Opened(
        "customers/admin/test_access.py::test_an_account_manager_is_named_and_the_mark_is_ended",
        "customer.mark",
        "customer.share",
        "customer.unmark",
        "customer.unshare",
    ),
    "customers.admin.certificates.every": Opened(
        "customers/admin/test_certificates.py::test_a_certificate_is_issued_taken_away_and_verified",
        "history.certify",
    ),
    "customers.admin.certificates.one": Opened(
        "customers/admin/test_certificates.py::test_a_certificate_is_issued_taken_away_and_verified",
        "history.certificate_read",
    ),
    "customers.admin.documents.gallery": Opened(
        "customers/admin/test_documents.py::test_opened_in_clear_for_a_minute", "document.add"
    ),
    "customers.admin.documents.show": Opened(
        "customers/admin/test_documents.py::test_a_new_edition_a_hold_and_its_end",
        "document.hold",
        "approval.submit",
        "document.replace",
    ),
    "customers.admin.erasing.erase": Opened(
        "customers/admin/test_erasing.py::test_a_request_is_made_and_nothing_is_gone", "approval.submit"
    ),
    "customers.admin.exporting.ask": Opened(
        "customers/admin/test_exporting.py::test_from_a_filtered_page_to_the_package[/changes/-changes]",
        "audit.export",
    ),
    "customers.admin.exporting.ask_list": Opened(
        "customers/admin/test_saved_views.py::test_rights_are_those_of_the_moment_it_is_made",
        "customer.export",
    ),
    "customers.admin.exporting.show": Opened(
        "customers/admin/test_exporting.py::test_from_a_filtered_page_to_the_package[/changes/-changes]",
        "audit.export_read",
    ),
    "customers.admin.exporting.show_list": Opened(
        "customers/admin/test_saved_views.py::test_a_list_is_exported_masked_in_scope_marked_and_not_for_good",
        "customer.export_read",
    ),
    "customers.admin.facets.FacetAdmin.add_view": Opened(
        "customers/admin/test_rows.py::test_a_row_is_added", "FACET.add", "approval.submit"
    ),
    "customers.admin.facets.FacetAdmin.change_view": Opened(
        "customers/admin/test_rows.py::test_two_people_change_the_same_row",
        "FACET.change",
        "approval.submit",
        "approval.resubmit",
        unchanged="FACET.read",
    ),
    "customers.admin.facets.FacetAdmin.end_view": Opened(
        "customers/admin/test_rows.py::test_a_row_is_ended_and_then_only_looked_at",
        "FACET.end",
        "approval.submit",
        unchanged="FACET.read",
    ),
    "customers.admin.lifecycle.change": Opened(
        "customers/api/test_lifecycle.py::test_the_page_offers_where_a_customer_may_go", "approval.submit"
    ),
    "customers.admin.lifecycle.transfer": Opened(
        "customers/api/test_lifecycle.py::test_many_are_transferred_by_pasting_their_numbers",
        "approval.submit",
    ),
    "customers.admin.notices.inbox": Opened(
        "customers/services/test_subscribing.py::test_on_screen_from_watching_to_read", "notice.read"
    ),
    "customers.admin.notices.watch": Opened(
        "customers/services/test_subscribing.py::test_on_screen_from_watching_to_read",
        "notice.subscribe",
        "notice.unsubscribe",
    ),
    "customers.admin.onboarding.onboard": Opened(
        "customers/admin/test_onboarding.py::test_an_organisation_is_created",
        "draft.begin",
        "customer.recognised",
    ),
    "customers.admin.onboarding.step": Opened(
        "customers/admin/test_onboarding.py::test_an_organisation_is_created",
        "draft.save",
        "customer.create",
        "draft.drop",
    ),
    "customers.admin.opening.show": Opened(
        "customers/admin/test_documents.py::test_opened_in_clear_for_a_minute", "clear.read"
    ),
    "customers.admin.revealing.show": Opened(
        "customers/admin/test_access.py::test_clear_values_are_shown_with_a_cause_and_counted", "clear.read"
    ),
    "customers.admin.revealing.show_request": Opened(
        "customers/services/test_revealing_requests.py::test_the_page_asks_why_shows_for_a_minute_and_leads_back",
        "clear.read",
    ),
    "customers.admin.saved_views.edit": Opened(
        "customers/admin/test_saved_views.py::test_a_filtered_list_is_saved_opened_renamed_and_deleted",
        "view.change",
        "view.delete",
    ),
    "customers.admin.saved_views.new": Opened(
        "customers/admin/test_saved_views.py::test_a_filtered_list_is_saved_opened_renamed_and_deleted",
        "view.save",
    ),
    "mdm.backoffice.dictionary.add": Opened(
        "mdm/dictionary/test_doors.py::test_it_is_asked_for_on_screen_and_then_is_in_the_forms",
        "approval.submit",
        "dictionary.preview",
    ),
    "mdm.backoffice.dictionary.change": Opened(
        "mdm/dictionary/test_doors.py::test_it_is_asked_for_on_screen_and_then_is_in_the_forms",
        "approval.submit",
    ),
    "mdm.backoffice.login.passkey_sign_in": Opened(
        "browser/test_signing_in.py::test_a_passkey_signs_in_without_a_password", "session.begin"
    ),
    "mdm.backoffice.login.second_step": Opened(
        "security/admin/test_own_security.py::test_an_app_is_set_up_by_its_secret_and_asked_for_after_the_password",
        "session.begin",
    ),
    "mdm.backoffice.proving.prove_page": Opened(
        "security/authentication/test_freshness.py::test_proof_leads_nowhere_else", "session.prove"
    ),
    "mdm.backoffice.single_sign_on.come_back": Opened(
        "browser/test_single_sign_on.py::test_the_provider_names_one_of_our_accounts", "session.begin"
    ),
    "mdm.backoffice.site.PanoramaSite.login": Opened(
        "mdm/backoffice/test_sign_in_log.py::test_a_sign_in_and_a_sign_out_are_logged", "session.begin"
    ),
    "mdm.backoffice.site.PanoramaSite.logout": Opened(
        "mdm/backoffice/test_signing_in.py::test_signing_out_and_changing_the_password", "session.end"
    ),
    "mdm.backoffice.unsealing.unseal": Opened(
        "mdm/backoffice/test_unsealing.py::test_three_custodians_open_it_on_the_page", "key.unseal"
    ),
    "security.admin.alarms.AlertAdmin.change_view": Opened(
        "security/admin/test_alarms.py::test_an_alarm_is_closed_once_with_a_word", "alert.close"
    ),
    "security.admin.approvals.one": Opened(
        "security/approvals/test_api.py::test_the_page_asks_for_proof_too",
        "approval.approve",
        "approval.return",
        "approval.resubmit",
        "approval.reject",
        "approval.withdraw",
    ),
    "security.admin.approvals.several": Opened(
        "security/approvals/test_several.py::test_ticked_requests_are_approved_each_on_its_own",
        "approval.approve",
        unchanged="approval.list",
    ),
    "security.admin.clients.ClientAdmin.add_view": Opened(
        "security/admin/test_clients.py::test_a_system_is_registered_and_its_token_is_shown_once",
        "approval.submit",
    ),
    "security.admin.clients.ClientAdmin.change_view": Opened(
        "security/admin/test_clients.py::test_limits_keys_secret_and_the_end",
        "approval.submit",
        "client.collect",
        "client.key_add",
        "client.key_revoke",
        "client.limit",
        "client.switch_off",
    ),
    "security.admin.delegations.standing_in": Opened(
        "security/admin/test_delegations.py::test_somebody_stands_in_until_it_is_ended",
        "approval.delegate",
        "approval.delegation_end",
    ),
    "security.admin.emergency.ask": Opened(
        "security/admin/test_emergency.py::test_one_refuses", "breakglass.ask"
    ),
    "security.admin.emergency.decide": Opened(
        "security/admin/test_emergency.py::test_one_refuses",
        "breakglass.allow",
        "breakglass.close",
        "breakglass.refuse",
    ),
    "security.admin.integrity.show": Opened(
        "security/admin/test_integrity.py::test_verifying_is_kept_shown_and_logged", "audit.verify_asked"
    ),
    "security.admin.keys.begin": Opened(
        "security/admin/test_keys.py::test_one_proposes_and_the_same_person_finds_no_way_to_confirm",
        "key.propose",
    ),
    "security.admin.keys.decide": Opened(
        "security/admin/test_keys.py::test_one_proposes_and_the_same_person_finds_no_way_to_confirm",
        "key.confirm",
    ),
    "security.admin.organisations.OrganisationAdmin.change_view": Opened(
        "security/services/test_branch_moves.py::test_at_the_screen_it_is_asked_for", "approval.submit"
    ),
    "security.admin.own_security.add_app": Opened(
        "security/admin/test_own_security.py::test_an_app_is_set_up_by_its_secret_and_asked_for_after_the_password",
        "factor.add",
        "factor.codes",
    ),
    "security.admin.own_security.add_passkey": Opened(
        "browser/test_signing_in.py::test_a_passkey_signs_in_without_a_password", "factor.add", "factor.codes"
    ),
    "security.admin.own_security.change_password": Opened(
        "mdm/backoffice/test_signing_in.py::test_signing_out_and_changing_the_password", "password.change"
    ),
    "security.admin.own_security.end_session": Opened(
        "security/admin/test_own_security.py::test_a_session_of_mine_is_ended_and_none_of_anothers",
        "session.end",
    ),
    "security.admin.own_security.remove_factor": Opened(
        "security/admin/test_own_security.py::test_a_factor_is_removed_and_nobody_removes_anothers",
        "factor.remove",
    ),
    "security.admin.own_security.renew_codes": Opened(
        "security/admin/test_own_security.py::test_new_recovery_codes_take_the_place_of_the_old_ones",
        "factor.codes",
    ),
    "security.admin.policies.change": Opened(
        "security/services/test_policy_changes.py::test_the_form_leads_to_the_request_and_only_for_who_may",
        "approval.submit",
    ),
    "security.admin.roles.RoleAdmin.add_view": Opened(
        "security/services/test_role_changes.py::test_at_the_screens_a_role_is_changed_and_one_is_made",
        "approval.submit",
    ),
    "security.admin.roles.RoleAdmin.change_view": Opened(
        "security/services/test_role_changes.py::test_at_the_screens_a_role_is_changed_and_one_is_made",
        "approval.submit",
    ),
    "security.admin.self_check.show": Opened(
        "security/audit/test_doors.py::test_the_self_check", "system.self_check"
    ),
    "security.admin.sign_in.LockAdmin.change_view": Opened(
        "security/admin/test_sign_in.py::test_a_lock_is_released", "lock.release"
    ),
    "security.admin.sign_in.SessionAdmin.change_view": Opened(
        "security/admin/test_sign_in.py::test_a_session_of_somebody_is_ended", "session.end"
    ),
    "security.admin.sign_in.reset_factors": Opened(
        "security/admin/test_own_security.py::test_an_administrator_resets_the_factors_of_who_lost_them_within_reach",
        "factor.reset",
    ),
    "security.admin.users.GrantAdmin.add_view": Opened(
        "security/admin/test_users.py::test_a_user_is_made_given_a_role_and_signs_in", "approval.submit"
    ),
    "security.admin.users.GrantAdmin.change_view": Opened(
        "security/admin/test_users.py::test_a_grant_is_ended_and_stays", "grant.end"
    ),
    "security.admin.users.UserAdmin.add_view": Opened(
        "security/admin/test_users.py::test_a_name_is_taken_once", "user.create"
    ),
    "security.admin.users.UserAdmin.change_view": Opened(
        "security/admin/test_users.py::test_an_account_is_changed_and_closed",
        "approval.submit",
        "user.change",
        "user.password",
    ),
    "security.api.oauth.token": Opened(
        "security/api/test_tokens.py::test_a_token_holds_only_the_scopes_that_were_asked_for", "token.issue"
    ),
    "special_info.admin.declaring.new": Opened(
        "special_info/admin/test_pages.py::test_a_draft_says_what_is_missing_and_where",
        "tax_certification.add",
    ),
    "special_info.admin.facets.RecordAdmin.change_view": Opened(
        "special_info/admin/test_pages.py::test_a_draft_is_corrected_in_the_forms_of_its_parts",
        "tax_certification.change",
    ),
    "special_info.admin.facets.TaxCertificationAdmin.add_view": Opened(
        "special_info/admin/test_pages.py::test_a_draft_is_corrected_in_the_forms_of_its_parts",
        "tax_certification.add",
    ),
    "special_info.admin.pages.agreement": Opened(
        "special_info/admin/test_pages.py::test_a_batch_is_refused_on_its_page", "agency_batch.add"
    ),
    "special_info.admin.pages.assessment": Opened(
        "special_info/admin/test_pages.py::test_an_assessment_shows_which_branch_is_met",
        "approval.submit",
        "investor_assessment.submit",
    ),
    "special_info.admin.pages.batch": Opened(
        "special_info/admin/test_pages.py::test_a_batch_is_refused_on_its_page",
        "approval.submit",
        *(f"agency_batch.{trigger}" for trigger in ("refuse", "send", "settle", "settle_partly")),
    ),
    "special_info.admin.pages.declaration": Opened(
        "special_info/admin/test_pages.py::test_a_change_of_circumstances_starts_the_clock",
        "approval.submit",
        "tax_certification.report_change",
        "tax_certification.submit",
    ),
}
