"""Branches, roles and one login a role; only ever outside production."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from batch.synthetic.branches import BRANCHES
from mdm.conf import conf
from mdm.errors import NotAllowed
from security.access.actor import system_actor
from security.access.roles import ROLES, seed_roles
from security.audit.log import record
from security.models import Grant, Organisation, Role, User

#: The password of every demonstration login; the demo listens on this machine only.
PASSWORD = "panorama-demo"  # noqa: S105

#: Where a role sits: people of the counter in a sub-branch, everyone else in head office.
SUB_BRANCH = "110100"
_AT_COUNTER = frozenset({"teller", "branch_manager", "relationship_manager"})
#: Roles that are systems, not people.
_SYSTEMS = frozenset({"client_system", "break_glass"})


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration login as the banner prints it."""

    username: str
    role: str
    branch: str


def make_bank(at: datetime) -> list[Login]:
    """Create what is missing of branches, roles and logins. NotAllowed in production."""
    if conf.production:
        raise NotAllowed("demo.production", _("The demonstration bank is not for production."))
    with transaction.atomic():
        record(
            system_actor("demo", []), "demo.bank", at, subject="branch", fields={"branches": len(BRANCHES)}
        )
        make_branches()
        seed_roles()
        return [_login(role.code, role.name_en) for role in ROLES if role.code not in _SYSTEMS]


def make_branches() -> None:
    """The organisation tree, parents first, each with its path of ids (0 stands for the whole bank)."""
    for branch in BRANCHES:
        parent = Organisation.objects.filter(code=branch.parent).first()
        node, _new = Organisation.objects.get_or_create(
            code=branch.code, defaults={"name_zh": branch.zh, "name_en": branch.en, "parent": parent}
        )
        node.path = [*(parent.path if parent else [0]), node.pk]
        node.save(update_fields=["path"])


def _staff_no(code: str) -> str:
    """Each login is one person."""
    return f"D{[role.code for role in ROLES].index(code) + 1:03d}"


def _login(code: str, name: str) -> Login:
    branch = Organisation.objects.get(code=SUB_BRANCH if code in _AT_COUNTER else BRANCHES[0].code)
    told = {"display_name": name, "staff_no": _staff_no(code), "org": branch, "is_staff": True}
    user, new = User.objects.get_or_create(username=code, defaults=told)
    if new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        Grant.objects.create(user=user, role=Role.objects.get(code=code), org=branch)
    return Login(code, name, branch.name_en)
