"""Separation of duties: every pair is refused, by service, screen and API, whichever half came first."""

from datetime import timedelta

import pytest

from mdm.errors import Invalid
from security.access.duties import PAIRS, conflicts
from security.access.roles import PERMISSIONS, ROLES, seed_roles
from security.models import DutyPair, Grant, Role, User
from security.services import accounts, duties
from tests.factories.security import NOW, branch, client_system, everything, grant, member_of_staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
#: Roles that no person holds all the time.
APART = {"client_system", "break_glass"}


def role_of(*permissions: str, code: str) -> Role:
    return Role.objects.create(code=code, name_zh=code, name_en=code, permissions=list(permissions))


@pytest.fixture
def seeded() -> None:
    seed_roles()


def test_the_pairs_name_rights_that_exist() -> None:
    assert {name for pair in PAIRS for name in (pair.one, pair.other)} <= set(PERMISSIONS)
    assert len({frozenset((pair.one, pair.other)) for pair in PAIRS}) == len(PAIRS) >= 19


def test_no_role_as_shipped_holds_a_pair(seeded: None) -> None:
    broken = {role.code: conflicts(role.permissions) for role in ROLES if role.code not in APART}

    assert {code: found for code, found in broken.items() if found} == {}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.one}+{pair.other}")
@pytest.mark.parametrize("turned", [False, True])
def test_the_second_half_of_a_pair_is_refused(seeded: None, pair: object, turned: bool) -> None:
    halves = (pair.one, pair.other)  # type: ignore[attr-defined]
    first, second = halves[::-1] if turned else halves
    user = member_of_staff("somebody")
    Grant.objects.create(user=user, role=role_of(first, code="first"), org=branch())
    other = role_of(second, code="second")

    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_conflicts(user, other, None, None, NOW)
    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_role(Role.objects.get(code="first"), halves)


def test_both_halves_in_one_role_are_refused(seeded: None) -> None:
    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_conflicts(
            member_of_staff("somebody"), role_of("user.manage", "key.manage", code="both"), None, None, NOW
        )


def test_times_that_do_not_meet_do_not_conflict(seeded: None) -> None:
    user = member_of_staff("somebody")
    given = grant(user, "administrator", branch())
    Grant.objects.filter(pk=given.pk).update(valid_to=NOW + timedelta(days=1))
    teller = Role.objects.get(code="teller")

    duties.refuse_conflicts(user, teller, NOW + timedelta(days=1), None, NOW)
    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_conflicts(user, teller, NOW + timedelta(hours=23), None, NOW)


def test_a_conflict_far_away_is_one_too(seeded: None) -> None:
    user = member_of_staff("somebody")
    grant(user, "administrator", branch("1100", branch()))

    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_conflicts(user, Role.objects.get(code="teller"), None, None, NOW)


def test_a_pair_that_the_bank_took_out_of_force_holds_no_more(seeded: None) -> None:
    user = member_of_staff("somebody")
    grant(user, "administrator", branch())
    with database_role("owner"):
        DutyPair.objects.update(active=False)

    duties.refuse_conflicts(user, Role.objects.get(code="teller"), None, None, NOW)


def test_a_system_does_not_rule_accounts_or_keys_and_see_customers(seeded: None) -> None:
    client, _token = client_system(scopes=("customer.view", "user.manage", "load.run"))
    role = Role.objects.get(code="administrator")
    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_conflicts(client.user, role, None, None, NOW)
    with pytest.raises(Invalid, match=r"grant\.duties"):
        duties.refuse_role(Role.objects.get(code="client_system"), ["customer.view", "user.manage"])
    Role.objects.filter(code="client_system").update(permissions=["customer.view", "user.manage"])
    with pytest.raises(Invalid, match=r"grant\.duties"):
        client_system("other", scopes=("customer.view", "user.manage"))
    client.scopes = ["user.manage", "load.run"]
    client.save()
    duties.refuse_conflicts(client.user, role, None, None, NOW)
    client.user.grants.update(valid_to=NOW)
    client.scopes = ["customer.view", "user.manage"]
    client.save()
    duties.refuse_conflicts(client.user, role, None, None, NOW)


def test_a_system_is_exempt(seeded: None) -> None:
    system = User.objects.create(username="core", org=branch())
    grant(system, "operator", branch())

    duties.refuse_conflicts(system, Role.objects.get(code="teller"), None, None, NOW)


def test_giving_a_role_asks_the_pairs(seeded: None) -> None:
    user = member_of_staff("somebody", "administrator")

    with pytest.raises(Invalid, match=r"grant\.duties"):
        accounts.grant(
            everything(),
            user.pk,
            Role.objects.get(code="teller"),
            branch(),
            valid_from=None,
            valid_to=None,
            reason="test",
            at=NOW,
        )
    assert user.grants.count() == 1


def test_rows_of_pairs_are_never_deleted(seeded: None) -> None:
    from django.db import DatabaseError, connection, transaction

    for role in ("app", "engine"):
        with database_role(role), pytest.raises(DatabaseError), transaction.atomic():  # type: ignore[arg-type]
            connection.cursor().execute("DELETE FROM security_dutypair")
