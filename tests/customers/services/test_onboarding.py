"""Creating a customer: what may come of it, and who may."""

from datetime import date, timedelta

import pytest

from customers.models import Customer
from customers.selectors.panorama import panorama
from customers.services import onboarding
from customers.services.onboarding import CREATED, EXISTING, SUSPECT
from mdm import codes
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.errors import Duplicate, Invalid, NotAllowed
from mdm.quality.models import QualityIssue
from security.access.actor import Actor, system_actor
from security.models import OperationLog
from tests.factories.customers import another, new_company, newcomer, past_of, rows_of, stored, the_row
from tests.factories.security import NOW
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
LATER_STATUSES = sorted(codes.get("lifecycle_status").known - {"ACTIVE", "PENDING", "POTENTIAL"})
LATER_STATES = sorted(codes.get("credential_state").known - {"DRAFT", "PENDING_VERIFY"})


def test_a_new_customer_is_created_with_history_and_a_log_entry(teller: Actor) -> None:
    made = onboarding.create(teller, newcomer(), at=NOW)

    assert (made.outcome, made.suspects, made.findings) == (CREATED, [], [])
    customer = the_row("customer", made.customer_id)
    assert (customer.created_by, customer.created_channel, customer.created_org) == (
        "teller",
        "COUNTER",
        "1100",
    )
    for facet in ("customer", "customer_name", "credential", "phone", "email", "address", "person_profile"):
        for row in rows_of(facet, made.customer_id):
            (past,) = past_of(row)
            assert (past.history_type, past.history_user_id, past.history_change_reason) == (
                "+",
                "teller",
                "created",
            )
    entry = OperationLog.objects.get(action="customer.create")
    assert (entry.actor, entry.customer_id, entry.roles) == ("teller", made.customer_id, "teller")


def test_the_reason_that_was_given_is_kept(teller: Actor) -> None:
    made = onboarding.create(teller, newcomer(), at=NOW, reason="opened an account")

    assert past_of(the_row("customer", made.customer_id))[0].history_change_reason == "opened an account"


@pytest.mark.parametrize("status", ["ACTIVE", "PENDING", "POTENTIAL"])
def test_a_customer_begins_in_one_of_the_first_states(teller: Actor, status: str) -> None:
    bundle = newcomer()
    bundle.facets["customer"][0]["lifecycle_status"] = status
    bundle.facets["credential"][0]["lifecycle_state"] = "DRAFT"

    made = onboarding.create(teller, bundle, at=NOW)

    assert the_row("customer", made.customer_id).lifecycle_status == status
    assert the_row("credential", made.customer_id).lifecycle_state == "DRAFT"


@pytest.mark.parametrize(
    ("facet", "field", "code"),
    [
        *(("customer", "lifecycle_status", code) for code in LATER_STATUSES),
        *(("credential", "lifecycle_state", code) for code in LATER_STATES),
    ],
)
def test_nothing_begins_in_a_state_that_operations_lead_to(
    teller: Actor, facet: str, field: str, code: str
) -> None:
    bundle = newcomer()
    bundle.facets[facet][0][field] = code

    with pytest.raises(Invalid, match=r"state\.first") as refused:
        onboarding.create(teller, bundle, at=NOW)

    assert [error.pointer for error in refused.value.errors] == [f"/{facet}/0/{field}"]


def test_the_number_answers_at_once(teller: Actor) -> None:
    made = onboarding.create(teller, newcomer(), at=NOW)

    assert panorama(teller, made.customer_no, at=NOW)["customer_no"] == made.customer_no
    assert Customer(pk=made.customer_id).customer_no == made.customer_no


def test_the_same_record_again_is_existing_and_writes_nothing(teller: Actor) -> None:
    first = onboarding.create(teller, newcomer(), at=NOW)

    again = onboarding.create(teller, newcomer(), at=LATER)

    assert (again.outcome, again.customer_no) == (EXISTING, first.customer_no)
    assert the_row("customer", first.customer_id).updated_at == NOW
    assert SourceRecord.objects.count() <= 1
    results = (
        OperationLog.objects.filter(action="customer.create").order_by("pk").values_list("result", flat=True)
    )
    assert list(results) == ["ok", "existing"]


def test_the_same_key_with_other_content_is_a_duplicate(teller: Actor) -> None:
    made = onboarding.create(teller, newcomer(), at=NOW)
    told = newcomer()
    told.facets["phone"][0]["number"] = "+8613912345671"

    with pytest.raises(Duplicate, match=r"customer\.exists"):
        onboarding.create(teller, told, at=LATER)
    assert the_row("phone", made.customer_id, "MOBILE").number.open() == "+8613912345670"


def test_a_key_known_at_another_branch_is_told_no_more_of(teller: Actor, stranger: Actor) -> None:
    onboarding.create(teller, newcomer(), at=NOW)
    told = newcomer()
    told.facets["customer"][0]["org"] = "1200"

    with pytest.raises(Duplicate, match=r"customer\.exists"):
        onboarding.create(stranger, told, at=LATER)


def test_somebody_who_may_be_known_is_created_and_told_with_the_suspect(teller: Actor) -> None:
    first = onboarding.create(teller, newcomer("A"), at=NOW)

    made = onboarding.create(teller, newcomer("B"), at=NOW)

    assert made.outcome == SUSPECT
    assert made.customer_id != first.customer_id
    (suspect,) = made.suspects
    assert (suspect.customer_no, suspect.org_code, suspect.visible) == (first.customer_no, "1100", True)
    assert suspect.rule.startswith("M")


def test_a_suspect_of_another_branch_is_told_by_its_branch_only(teller: Actor, stranger: Actor) -> None:
    onboarding.create(teller, newcomer("A"), at=NOW)
    told = newcomer("B")
    told.facets["customer"][0]["org"] = "1200"

    made = onboarding.create(stranger, told, at=NOW)

    (suspect,) = made.suspects
    assert (suspect.customer_no, suspect.org_code, suspect.visible) == (None, "1100", False)


def test_what_the_engine_could_see_is_not_told_to_a_branch(teller: Actor, stranger: Actor) -> None:
    """The scope is the actor's also where row-level security does not apply."""
    onboarding.create(teller, newcomer("A"), at=NOW)
    with database_role("engine"):
        told = newcomer("B")
        told.facets["customer"][0]["org"] = "1200"
        (suspect,) = onboarding.match_check(stranger, told, at=NOW)
    assert (suspect.customer_no, suspect.visible) == (None, False)


def test_a_suspect_that_was_merged_is_told_once_by_its_survivor(teller: Actor) -> None:
    from consolidation.services.merging import Grounds, merge
    from tests.factories.customers import stamp
    from tests.factories.security import everything

    ids = [onboarding.create(teller, newcomer(key), at=NOW).customer_id for key in ("A", "B")]
    with database_role("engine"):
        merge(everything(), [Grounds(tuple(ids), "M01", "1", 1.0)], stamp(everything(), at=NOW))

    found = onboarding.match_check(teller, newcomer("C"), at=NOW)

    assert [suspect.customer_no for suspect in found] == [Customer(pk=ids[0]).customer_no]


def test_looking_for_suspects_writes_no_customer_and_is_logged(teller: Actor) -> None:
    onboarding.create(teller, newcomer("A"), at=NOW)
    with database_role("engine"):
        before = (Customer.objects.count(), LookupEntry.objects.count(), QualityIssue.objects.count())

    found = onboarding.match_check(teller, newcomer("B"), at=NOW)

    assert len(found) == 1
    with database_role("engine"):
        assert (Customer.objects.count(), LookupEntry.objects.count(), QualityIssue.objects.count()) == before
    assert OperationLog.objects.get(action="customer.match_check").fields == {"found": 1}


def test_a_suspect_that_is_told_is_logged_as_shown_and_a_hidden_one_is_not(
    teller: Actor, stranger: Actor
) -> None:
    first = onboarding.create(teller, newcomer("A"), at=NOW).customer_id
    told = newcomer("C")
    told.facets["customer"][0]["org"] = "1200"

    onboarding.match_check(teller, newcomer("B"), at=NOW)
    onboarding.create(teller, newcomer("B"), at=NOW)
    onboarding.match_check(stranger, told, at=NOW)

    shown = OperationLog.objects.filter(action="customer.shown").order_by("pk")
    assert list(shown.values_list("actor", "customer_id", "fields__by")) == [
        ("teller", first, "customer.match_check"),
        ("teller", first, "customer.create"),
    ]


def test_looking_reads_what_was_typed_as_creating_does(teller: Actor) -> None:
    onboarding.create(teller, newcomer("A"), at=NOW)
    typed = newcomer("B", email=[], address=[])
    typed.facets["credential"][0]["number"] = " １１０１０５１９４９１２３１００２ｘ"
    typed.facets["phone"] = [{"kind": "MOBILE", "number": "0086 139 1234 5670"}]

    looked = onboarding.match_check(teller, another(typed), at=NOW)
    made = onboarding.create(teller, typed, at=NOW)

    assert [s.customer_no for s in looked] == [s.customer_no for s in made.suspects]
    assert len(looked) == 1


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"party_type": "ALIEN"}, {("/customer/party_type", "S01")}),
        ({"source_key": ""}, {("/customer/0/source_key", "S05"), ("/customer/source_key", "S05")}),
        ({"source_key": "k" * 121}, {("/customer/0/source_key", "S05"), ("/customer/source_key", "S05")}),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_place(
    teller: Actor, changes: dict[str, str], places: set[tuple[str, str]]
) -> None:
    with pytest.raises(Invalid, match=r"record\.refused") as refused:
        onboarding.create(teller, another(newcomer(), **changes), at=NOW)

    told = {(error.pointer, error.code) for error in refused.value.errors}
    assert {code for _, code in told} == {code for _, code in places}
    assert all(pointer.startswith("/customer") for pointer, _ in told)
    assert OperationLog.objects.filter(action="customer.create").count() == 0


def test_every_refused_place_is_told_at_once(teller: Actor) -> None:
    told = newcomer()
    told.facets["phone"][1]["number"] = None
    told.facets["customer_name"][0]["full_name"] = "长" * 151
    told.facets["email"][0]["address"] = "a\x00b@example.com"

    with pytest.raises(Invalid) as refused:
        onboarding.create(teller, told, at=NOW)

    assert {(error.pointer, error.code) for error in refused.value.errors} == {
        ("/phone/1/number", "S06"),
        ("/customer_name/0/full_name", "S04"),
        ("/email/0/address", "S03"),
    }
    with database_role("engine"):
        assert Customer.objects.count() == 0


def test_a_refusal_repeats_no_value(teller: Actor) -> None:
    told = newcomer()
    told.facets["credential"][0]["number"] = "11010519491231002X" * 10

    with pytest.raises(Invalid) as refused:
        onboarding.create(teller, told, at=NOW)

    said = f"{refused.value} {[str(error.detail) for error in refused.value.errors]}"
    assert "11010519491231002X" not in said


def test_what_is_doubtful_is_created_with_findings_and_issues(teller: Actor) -> None:
    told = newcomer()
    told.facets["credential"][0]["number"] = "110105194912310020"

    made = onboarding.create(teller, told, at=NOW)

    assert {finding.rule for finding in made.findings} == {"V01"}
    with database_role("engine"):
        (issue,) = QualityIssue.objects.filter(customer_id=made.customer_id)
    assert (issue.rule, issue.facet, issue.slot, issue.field) == ("V01", "credential", "P01", "number")


def test_creating_takes_the_right(bank: None) -> None:
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        onboarding.create(system_actor("reader", ["customer.view"]), newcomer(), at=NOW)
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        onboarding.match_check(system_actor("reader", ["customer.view"]), newcomer(), at=NOW)


@pytest.mark.parametrize("org", ["1200", "1000", "1210"])
def test_creating_elsewhere_is_refused(teller: Actor, org: str) -> None:
    told = newcomer()
    told.facets["customer"][0]["org"] = org

    with pytest.raises(NotAllowed, match=r"access\.branch"):
        onboarding.create(teller, told, at=NOW)


@pytest.mark.parametrize("org", ["1100", "1110", "1111"])
def test_creating_at_the_branch_or_below_is_allowed(teller: Actor, org: str) -> None:
    told = newcomer()
    told.facets["customer"][0]["org"] = org

    made = onboarding.create(teller, told, at=NOW)

    assert the_row("customer", made.customer_id).org.code == org


def test_the_home_branch_is_the_default(teller: Actor) -> None:
    told = newcomer()
    del told.facets["customer"][0]["org"]

    made = onboarding.create(teller, told, at=NOW)

    assert the_row("customer", made.customer_id).org.code == "1100"


def test_a_branch_that_is_not_there_is_refused_with_its_place(bank: None) -> None:
    told = newcomer()
    told.facets["customer"][0]["org"] = "9999"

    with pytest.raises(Invalid) as refused:
        onboarding.create(system_actor("desk", ["customer.create"]), told, at=NOW)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/customer/0/org", "branch.unknown")]


def test_an_organisation_is_created_too(teller: Actor) -> None:
    made = onboarding.create(teller, new_company(), at=NOW)

    assert made.outcome == CREATED
    assert the_row("organisation_profile", made.customer_id).registered_name == "北京星辰科技有限公司"
    assert the_row("customer", made.customer_id).opened_on == date(2011, 1, 4)


def test_who_loses_the_race_for_a_key_is_told_and_changes_nothing(
    teller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write another door brought the same key; as if it had come just after the look."""
    first = stored(newcomer())
    told = newcomer()
    told.facets["phone"][0]["number"] = "+8613912345671"
    monkeypatch.setattr(onboarding, "_known", lambda *_arguments: None)

    with database_role("engine"), pytest.raises(Duplicate, match=r"customer\.exists"):
        onboarding.create(teller, told, at=LATER)

    assert the_row("phone", first, "MOBILE").number.open() == "+8613912345670"
    assert the_row("phone", first, "MOBILE").version == 1
