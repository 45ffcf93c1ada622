"""Roles of an installation that was there before get the rights that came later; nothing else of them is touched."""

from importlib import import_module

import pytest
from django.apps import apps

from security.access.roles import PERMISSIONS, ROLES, seed_roles
from security.models import OperationLog, Role
from tests.support.database_roles import database_role

later = import_module("security.migrations.0015_later_rights")
pytestmark = pytest.mark.django_db


def held() -> dict[str, list[str]]:
    return dict(Role.objects.values_list("code", "permissions"))


def test_roles_as_they_were_seeded_before_come_to_hold_them_once() -> None:
    with database_role("owner"):
        seed_roles()
        shipped = {code: set(rights) for code, rights in held().items()}
        for role in Role.objects.all():
            role.permissions = [right for right in role.permissions if right not in later.LATER]
            role.save()
        Role.objects.create(code="ours", name_zh="本行", name_en="Ours", permissions=["customer.view"])
        later.give(apps, None)
        once = held()
        later.give(apps, None)

        assert held() == once
        told = OperationLog.objects.filter(action="role.change", actor="system:migrate")
        given = {row.fields["role"]: row.fields["given"] for row in told}
        assert told.count() == len(given), "one row for each role, and none the second time"
    wanted = {code: [right for right, codes in later.LATER.items() if code in codes] for code in shipped}
    assert given == {code: rights for code, rights in wanted.items() if rights}
    assert once.pop("ours") == ["customer.view"]
    assert {code: set(rights) for code, rights in once.items()} == shipped
    assert all(len(rights) == len(set(rights)) for rights in once.values())


def test_what_it_names_is_what_is_shipped() -> None:
    for right, codes in later.LATER.items():
        assert right in PERMISSIONS
        assert set(codes) == {seed.code for seed in ROLES if right in seed.permissions}
