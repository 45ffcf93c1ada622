"""Statements built once find what the queryset finds, call after call, with what is related to it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q

from security.access.compiled import Compiled
from security.models import Grant, User
from tests.factories.security import NOW, branch, member_of_staff

MARK = datetime(1, 1, 1, tzinfo=UTC)
HOME, STAFF = "1000", (("one", "teller"), ("other", "steward"))


def held(user: int, at: datetime):  # type: ignore[no-untyped-def]
    return (
        Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), user=user)
        .select_related("role", "org")
        .order_by("pk")
    )


@pytest.mark.django_db
def test_each_call_finds_what_the_queryset_finds_with_its_own_values() -> None:
    one, other = (member_of_staff(name, role, org=branch(HOME)) for name, role in STAFF)
    Grant.objects.filter(user=other).update(valid_to=NOW)
    asked = Compiled(held, user=-7, at=MARK)

    for user in (one, other):
        for at in (NOW - timedelta(days=1), NOW):
            found, expected = asked(user=user.pk, at=at), list(held(user.pk, at))
            assert found == expected
            assert [vars(g.role) | {"_state": 0} for g in found] == [
                vars(g.role) | {"_state": 0} for g in expected
            ]
            assert [g.org for g in found] == [g.org for g in expected]
    assert asked(user=other.pk, at=NOW) == []


@pytest.mark.django_db
def test_what_is_related_comes_in_one_statement(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    user = member_of_staff("one", "teller", org=branch(HOME))
    asked = Compiled(lambda pk: User.objects.select_related("org").filter(pk=pk), pk=-7)

    with django_assert_num_queries(1):
        (found,) = asked(pk=user.pk)
        assert found.org == user.org
        assert not found._state.adding


@pytest.mark.django_db
def test_a_mark_that_the_statement_turns_into_something_else_is_refused_at_once() -> None:
    asked = Compiled(lambda name: User.objects.filter(username__contains=name), name="\0name")

    with pytest.raises(ValueError, match="as it was told"):
        asked(name="o")
