"""`/customers`: create, list, read, change."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from mdm.quality.models import QualityIssue
from security.models import OperationLog
from tests.customers.api.conftest import caller
from tests.factories.security import branch
from tests.support.api import Api

pytestmark = pytest.mark.django_db
SECRETS = ("林知远", "11010519491231002X", "13900139123", "lin@example.com", "望京西路9号6室")


def test_a_customer_is_created_and_found_at_its_location(api: Api, person: dict[str, Any]) -> None:
    made = api.post("customers", person)
    assert (made.status, made.body["outcome"]) == (201, "CREATED")
    number = made.body["customer_no"]
    assert made.headers["Location"] == f"/api/v1/customers/{number}"
    read = api.get(made.headers["Location"])
    assert read.body["customer_no"] == number
    assert (read.body["party_type"], read.body["org"], read.body["version"]) == ("PERSON", "1100", 1)
    assert read.body["redirected_from"] is None
    assert read.body["source_system"] == "core-bank"


def test_no_answer_repeats_a_sensitive_value(api: Api, person: dict[str, Any]) -> None:
    made = api.post("customers", person)
    number = made.body["customer_no"]
    found = api.post("customers:search", {"text": "11010519491231002X"}, key=None)
    texts = [made.text, found.text]
    parts = (
        "",
        "/panorama",
        "/history",
        "/credentials",
        "/phones",
        "/emails",
        "/addresses",
        "/customer-names",
    )
    texts += [api.get(f"customers/{number}{part}").text for part in parts]
    assert len(found.body["hits"]) == 1
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text]


def test_the_unchanged_record_again_is_recognised(api: Api, person: dict[str, Any]) -> None:
    made = api.post("customers", person)
    again = api.post("customers", person)
    assert (again.status, again.body["outcome"]) == (200, "EXISTING")
    assert again.body["customer_no"] == made.body["customer_no"]


def test_the_same_key_with_other_content_is_refused(api: Api, person: dict[str, Any]) -> None:
    api.post("customers", person)
    told = api.post("customers", {**person, "emails": []})
    assert (told.status, told.code) == (409, "customer.exists")


def test_null_and_empty_count_as_not_told(api: Api, person: dict[str, Any]) -> None:
    api.post("customers", person)
    profile = {**person["person_profile"], "occupation": "", "employer": None}
    told = api.post("customers", {**person, "person_profile": profile, "organisation_profile": None})
    assert told.body["outcome"] == "EXISTING"


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"source_key": None}, "/source_key", "null"),
        ({"party_type": 5}, "/party_type", "invalid"),
        ({"colour": "red"}, "/colour", "unknown"),
        ({"phones": {"number": "1"}}, "/phones", "not_a_list"),
        ({"phones": [{"number": "1", "colour": "red"}]}, "/phones/0/colour", "unknown"),
        ({"phones": [{"kind": "MOBILE"}]}, "/phones/0/number", "required"),
        ({"source_key": "9" * 121}, "/source_key", "max_length"),
        ({"person_profile": {"birth_date": "31.12.1949"}}, "/person_profile/birth_date", "invalid"),
        ({"customer": {"name_tokens": [1]}}, "/customer/name_tokens", "unknown"),
        ({"customer": {"party_type": "PERSON"}}, "/customer/party_type", "unknown"),
        ({"customer": {"version": 7}}, "/customer/version", "unknown"),
        ({"customer": {"golden": 7}}, "/customer/golden", "unknown"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    api: Api, person: dict[str, Any], change: dict[str, Any], place: str, code: str
) -> None:
    told = api.post("customers", {**person, **change})
    assert (told.status, told.code) == (422, "request.invalid")
    assert (place, code) in told.places
    assert api.get("customers").body["items"] == []


def test_a_long_text_is_refused_by_the_rule_that_refuses_it_in_a_file(
    api: Api, person: dict[str, Any]
) -> None:
    told = api.post("customers", {**person, "phones": [{"kind": "MOBILE", "number": "9" * 101}]})
    assert (told.status, told.code) == (422, "record.refused")
    assert told.places == {("/phones/0/number", "S04")}


def test_what_a_rule_blocks_is_refused_at_its_place_in_the_body(api: Api, person: dict[str, Any]) -> None:
    told = api.post("customers", {**person, "party_type": "MARTIAN"})
    assert (told.status, told.code) == (422, "record.refused")
    assert told.body["errors"]


def test_what_a_rule_notes_is_told_and_kept(api: Api, person: dict[str, Any]) -> None:
    wrong = [{**person["credentials"][0], "number": "110105194912310021"}]
    told = api.post("customers", {**person, "credentials": wrong})
    assert told.status in (201, 422)
    places = [finding["pointer"] for finding in told.body.get("findings", told.body.get("errors", []))]
    assert "/credentials/0/number" in places


@pytest.mark.parametrize("raw", ['{"source_key": "1"', "nonsense", '{"a": 1, "a": 2}', "[" * 50 + "]" * 50])
def test_malformed_json_is_refused(api: Api, raw: str) -> None:
    told = api.post("customers", raw)
    assert (told.status, told.code) == (400, "request.malformed")


def test_another_media_type_is_refused(api: Api) -> None:
    told = api.post("customers", "a=1", Content_Type="application/x-www-form-urlencoded")
    assert (told.status, told.code) == (415, "request.media_type")


def test_a_body_over_a_mebibyte_is_refused(api: Api) -> None:
    told = api.post("customers", {"source_key": "a" * (1 << 20)})
    assert (told.status, told.code) == (413, "request.too_large")


def test_without_an_idempotency_key_nothing_is_created(api: Api, person: dict[str, Any]) -> None:
    told = api.post("customers", person, key=None)
    assert (told.status, told.code) == (400, "idempotency.key_missing")
    assert api.get("customers").body["items"] == []


def test_a_client_writes_as_itself_only(api: Api, person: dict[str, Any]) -> None:
    for source in ("core_customer", "online", "other-bank"):
        told = api.post("customers", {**person, "source_system": source})
        assert (told.status, told.code) == (403, "access.source")


def test_a_client_writes_as_a_source_that_its_scopes_name(person: dict[str, Any]) -> None:
    scopes = ("customer.create", "customer.view", "credential.change", "source.core_customer")
    api = caller("loader", "1100", scopes=scopes)
    told = api.post("customers", {**person, "source_system": "core_customer"})
    assert told.status == 201
    read = api.get(f"customers/{told.body['customer_no']}")
    assert read.body["source_system"] == "core_customer"


def test_a_customer_is_created_at_branches_of_the_caller_only(api: Api, person: dict[str, Any]) -> None:
    for code in ("1000", "nowhere"):
        told = api.post("customers", {**person, "customer": {"org": code}})
        assert (told.status, told.code) == (403, "access.branch")
    branch("1110", branch("1100"))
    told = api.post("customers", {**person, "customer": {"org": "1110"}})
    assert api.get(f"customers/{told.body['customer_no']}").body["org"] == "1110"


def test_a_customer_of_another_branch_is_not_there(api: Api, elsewhere: Api, number: str) -> None:
    for path in (f"customers/{number}", f"customers/{number}/panorama", f"customers/{number}/history"):
        told = elsewhere.get(path)
        assert (told.status, told.code) == (404, "customer.unknown")
    told = elsewhere.patch(f"customers/{number}", {"language": "en", "change_reason": "x"}, version=1)
    assert (told.status, told.code) == (404, "customer.unknown")


@pytest.mark.parametrize("number", ["C00000000000", "C12345678901"])
def test_a_number_that_is_nobodys_is_not_there(api: Api, number: str) -> None:
    told = api.get(f"customers/{number}")
    assert (told.status, told.code) == (404, "customer.unknown")


def test_an_id_number_is_no_address_and_is_not_repeated(api: Api) -> None:
    told = api.get("customers/11010519491231002X")
    assert (told.status, told.code) == (404, "resource.not_found")
    assert "11010519491231002X" not in told.text


def test_a_customer_read_again_unchanged_is_304(api: Api, number: str) -> None:
    first = api.get(f"customers/{number}")
    assert first.headers["ETag"] == '"v1"'
    again = api.get(f"customers/{number}", If_None_Match=first.headers["ETag"])
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", '"v1"')


def test_a_change_is_kept_with_its_reason(api: Api, number: str) -> None:
    change = {"language": "en", "change_reason": "asked at the counter"}
    told = api.patch(f"customers/{number}", change, version=1)
    assert (told.status, told.body["language"], told.headers["ETag"]) == (200, "en", '"v2"')
    newest = api.get(f"customers/{number}/history").body["items"][0]
    assert (newest["reason"], newest["channel"], newest["actor"]) == (
        "asked at the counter",
        "API",
        "core-bank",
    )
    assert newest["request_id"] == told.headers["X-Request-Id"]


def test_null_empties_a_field(api: Api, number: str) -> None:
    api.patch(f"customers/{number}", {"language": "en", "change_reason": "a"}, version=1)
    told = api.patch(f"customers/{number}", {"language": None, "change_reason": "b"}, version=2)
    assert told.body["language"] is None


def test_a_code_that_is_not_in_its_list_is_refused_where_somebody_can_be_told(api: Api, number: str) -> None:
    told = api.patch(f"customers/{number}", {"language": "tlh", "change_reason": "x"}, version=1)
    assert (told.status, told.places) == (422, {("/language", "invalid_choice")})


def test_a_merge_patch_may_be_called_so(api: Api, number: str) -> None:
    change = {"language": "en", "change_reason": "x"}
    kind = "application/merge-patch+json"
    assert api.patch(f"customers/{number}", change, version=1, Content_Type=kind).status == 200


def test_a_change_needs_the_version_that_was_read(api: Api, number: str) -> None:
    change = {"language": "en", "change_reason": "x"}
    without = api.patch(f"customers/{number}", change, version=None)
    assert (without.status, without.code) == (428, "precondition.required")
    stale = api.patch(f"customers/{number}", change, version=9)
    assert (stale.status, stale.code, stale.headers["ETag"]) == (412, "row.stale", '"v1"')
    assert api.get(f"customers/{number}").body["version"] == 1


def test_a_change_needs_a_reason(api: Api, number: str) -> None:
    told = api.patch(f"customers/{number}", {"language": "en"}, version=1)
    assert (told.status, told.places) == (422, {("/change_reason", "required")})
    blank = api.patch(f"customers/{number}", {"language": "en", "change_reason": "  "}, version=1)
    assert blank.status == 422


@pytest.mark.parametrize("name", ["org", "golden", "members", "version", "source_key", "status"])
def test_what_is_not_the_callers_to_say_is_refused(api: Api, number: str, name: str) -> None:
    told = api.patch(f"customers/{number}", {name: "x", "change_reason": "x"}, version=1)
    assert (told.status, told.places) == (422, {(f"/{name}", "unknown")})


def test_lists_hold_what_is_in_scope_page_by_page(api: Api, elsewhere: Api, person: dict[str, Any]) -> None:
    numbers = [
        api.post("customers", {**person, "source_key": f"A-{n}"}).body["customer_no"] for n in range(3)
    ]
    first = api.get("customers?page_size=2")
    second = api.get(first.body["next"])
    told = [row["customer_no"] for row in first.body["items"] + second.body["items"]]
    assert told == numbers[::-1]
    assert second.body["next"] is None
    assert elsewhere.get("customers").body["items"] == []


def test_a_list_is_narrowed_by_known_filters_only(api: Api, number: str) -> None:
    assert len(api.get("customers?party_type=PERSON").body["items"]) == 1
    assert api.get("customers?party_type=CORPORATE").body["items"] == []
    for query in ("full_name=x", "golden__isnull=1", "ordering=id", "party_type=A&party_type=B"):
        told = api.get(f"customers?{query}")
        assert (told.status, told.code) == (400, "request.parameter")


def test_looking_before_creating_saves_nothing(api: Api, number: str, person: dict[str, Any]) -> None:
    told = api.post("customers:match-check", {**person, "source_key": "B-1"}, key=None)
    assert told.status == 200
    assert [suspect["customer_no"] for suspect in told.body["suspects"]] == [number]
    assert len(api.get("customers").body["items"]) == 1


def test_a_likely_duplicate_is_created_and_told(api: Api, number: str, person: dict[str, Any]) -> None:
    told = api.post("customers", {**person, "source_key": "B-1"})
    assert (told.status, told.body["outcome"]) == (201, "SUSPECT")
    assert [suspect["customer_no"] for suspect in told.body["suspects"]] == [number]


def test_a_suspect_of_another_branch_is_told_without_its_number(
    elsewhere: Api, number: str, person: dict[str, Any]
) -> None:
    told = elsewhere.post("customers", {**person, "source_key": "B-1"})
    (suspect,) = told.body["suspects"]
    assert (suspect["customer_no"], suspect["visible"], suspect["org"]) == (None, False, "1100")


def test_every_read_leaves_one_row_in_the_operation_log(api: Api, number: str) -> None:
    before = OperationLog.objects.count()
    told = api.get(f"customers/{number}")
    (row,) = OperationLog.objects.order_by("id")[before:]
    assert (row.action, row.channel, row.actor) == ("customer.read", "API", "core-bank")
    assert row.request_id == told.headers["X-Request-Id"]


def test_issues_are_raised_for_what_was_noted(
    api: Api, person: dict[str, Any], as_owner: Callable[[], AbstractContextManager[None]]
) -> None:
    told = api.post("customers", {**person, "phones": [{"kind": "MOBILE", "number": "12"}]})
    assert told.status == 201
    with as_owner():
        raised = set(QualityIssue.objects.values_list("rule", flat=True))
    assert {finding["rule"] for finding in told.body["findings"]} == raised
