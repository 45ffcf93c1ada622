"""Another staff number for an account: one person asks, a security officer agrees.

The number says which accounts are one person, so whoever sets it alone could be two persons.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed, Text
from security.access.actor import Actor
from security.access.persons import checked_number, lock_number, same_person
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.models import Organisation, User
from security.selectors.accounts import MANAGE, get_user
from security.services.duties import refuse_person

CHANGE = "user.staff_no"


def change(actor: Actor, user_id: int, staff_no: str, *, reason: str, at: datetime) -> Done:
    """Give an account another staff number, or ask for it; nothing where it bears it already.

    Raises NotFound `user.unknown`, NotAllowed `user.own_number`, Invalid `user.staff_no` and `grant.duties`,
    Duplicate `approval.open`.
    """
    user, number = get_user(actor, user_id), checked_number(staff_no)
    if user.staff_no == number:
        return Done(user)
    return perform(actor, CHANGE, {"user": user.pk, "staff_no": number}, reason=reason, at=at)


def do_change(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> User:
    """Write the number, or ask at the gate."""
    with transaction.atomic():
        get_user(actor, told["user"])
        lock_number(told["user"], told["staff_no"])
        user = get_user(actor, told["user"])
        if same_person(actor.user_id, user):
            raise NotAllowed("user.own_number", _("Nobody changes their own staff number."))
        before, user.staff_no = user.staff_no, checked_number(told["staff_no"])
        refuse_person(user, at)
        require_approval(actor, _case(user, before))
        user.save(update_fields=["staff_no"])
        fields = {"fields": ["staff_no"], "user": user.username}
        record(actor, CHANGE, at, subject="user", object_id=user.pk, fields=fields, reason=reason)
    return user


def _case(user: User, before: str) -> Case:
    org = user.org or Organisation.objects.get(parent=None)
    return Case(
        operation=CHANGE,
        target=f"user:{user.pk}:staff_no",
        permission=MANAGE,
        org_path=org.path,
        org_code=org.code,
        fields=["staff_no"],
        base={"staff_no": before},
        facts={"user": user.get_username()},
    )


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Whose number, from what to what, and which accounts bear it already."""
    number, before = str(request.arguments.open()["staff_no"]), str(request.base.open()["staff_no"])
    others = accounts_with(number)
    lines = [
        Line(_("User"), "", str(request.facts["user"])),
        Line(_("Staff number"), before, number),
        Line(_("Accounts with this number"), "", ", ".join(others) or "—"),
    ]
    return Shown(title(request), lines, about=str(request.facts["user"]))


def accounts_with(number: str) -> list[str]:
    """The names of the accounts that bear a staff number, systems included."""
    return list(User.objects.filter(staff_no=number).order_by("username").values_list("username", flat=True))


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return _("Change a staff number")


def _whom(request: ChangeRequest) -> list[Text]:
    return [str(request.facts["user"])]


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    register(
        Operation(CHANGE, _("Changing a staff number"), MANAGE, do_change, show, title=title, fields=_whom)
    )
