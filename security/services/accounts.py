"""Members of staff: made, changed, given roles at branches, each with a reason and an operation-log row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.access.grants import checked_filters, checked_nodes
from security.access.persons import checked_number, lock_person, same_person
from security.audit.log import record
from security.authentication.backend import account_called
from security.authentication.passwords import checked, note_set
from security.authentication.sessions import end
from security.models import AccessToken, Grant, GrantScope, Organisation, Role, Session, User
from security.selectors.accounts import MANAGE, get_user, may_manage_at
from security.services import granting
from security.services.duties import refuse_conflicts

#: What of an account may be changed by hand.
CHANGEABLE = ("display_name", "org", "language", "is_active")


def create_user(
    actor: Actor,
    username: str,
    *,
    display_name: str,
    staff_no: str,
    org: Organisation,
    password: str,
    reason: str,
    at: datetime,
) -> User:
    """Make a member of staff. `staff_no` says which person it is: one who has an account already has two then.

    Raises NotAllowed outside one's branches, Invalid `user.password` and `user.staff_no`, Duplicate
    `user.exists`.
    """
    _check_branch(actor, org)
    number = checked_number(staff_no)
    user = User(username=username, display_name=display_name, staff_no=number, org=org, is_staff=True)
    user.set_password(checked(password, user))
    if account_called(username) is not None:  # also one that differs in case, width, accents or blanks only
        raise Duplicate("user.exists", _("This user name is taken."))
    try:
        with transaction.atomic():
            user.save()
            note_set(user, at=at, must_change=True)
            _log(
                actor,
                "user.create",
                user,
                at,
                ["username", "display_name", "staff_no", "org", "password"],
                reason,
            )
    except IntegrityError:
        raise Duplicate("user.exists", _("This user name is taken.")) from None
    return user


def change_user(actor: Actor, user_id: int, changes: Mapping[str, Any], *, reason: str, at: datetime) -> User:
    """Change an account. Raises NotFound out of scope, Invalid `user.self` for closing one's own account."""
    with transaction.atomic():
        user = get_user(actor, user_id, lock=True)
        changed = [n for n in CHANGEABLE if n in changes and getattr(user, n) != changes[n]]
        if "is_active" in changed and user.pk == actor.user_id:
            raise Invalid("user.self", _("Nobody closes their own account."))
        for name in changed:
            setattr(user, name, changes[name])
        if "org" in changed:
            _check_branch(actor, user.org)
        if changed:
            user.save(update_fields=changed)
            if not user.is_active:
                end(Session.objects.filter(user=user), "closed", at)
                AccessToken.objects.filter(client__user=user).delete()
            _log(actor, "user.change", user, at, changed, reason)
    return user


def grant(
    actor: Actor,
    user_id: int,
    role: Role,
    org: Organisation,
    *,
    valid_from: datetime | None,
    valid_to: datetime | None,
    reason: str,
    at: datetime,
    scope: str = GrantScope.SUBTREE,
    nodes: Sequence[str] = (),
    filters: Mapping[str, Any] | None = None,
) -> Grant:
    """Give a role at a branch, reaching as far as `scope`, `nodes` (codes of further branches) and `filters`
    say; a grant that had ended begins again.

    Raises NotAllowed for one's own account or outside one's branches, Invalid `grant.period`,
    `grant.scope`, `grant.filter`, `grant.staff_no`, `grant.duties` (separation of duties).
    """
    with transaction.atomic():
        get_user(actor, user_id)
        lock_person(user_id)  # two grants to two accounts of one person see each other
        user = get_user(actor, user_id)
        reach = _reach(actor, org, scope, nodes, filters or {})
        _refuse_self(actor, user)
        if valid_to is not None and valid_to <= (valid_from or at):
            raise Invalid("grant.period", _("The end lies before the beginning."), [_place("valid_to")])
        _refuse_nobody(user)
        refuse_conflicts(user, role, valid_from, valid_to, at)
        granting.ask(actor, user, role, org)
        told = {"valid_from": valid_from, "valid_to": valid_to, **reach}
        given, _new = Grant.objects.update_or_create(user=user, role=role, org=org, defaults=told)
        _log(actor, "grant.give", user, at, [role.code, org.code], reason, given.pk)
    return given


def end_grant(actor: Actor, grant_id: int, *, reason: str, at: datetime) -> Grant:
    """End a grant now; the row stays. Raises NotFound `grant.unknown`, NotAllowed for one's own."""
    with transaction.atomic():
        given = (
            Grant.objects.select_for_update(of=("self",))
            .select_related("user", "role", "org")
            .filter(pk=grant_id)
            .first()
        )
        if given is None or not may_manage_at(actor, given.org):
            raise NotFound("grant.unknown", _("There is no such grant."))
        _refuse_self(actor, given.user)
        given.valid_to = at
        given.save(update_fields=["valid_to"])
        _log(actor, "grant.end", given.user, at, [given.role.code, given.org.code], reason, given.pk)
    return given


def _reach(
    actor: Actor, org: Organisation, scope: str, codes: Sequence[str], filters: Mapping[str, Any]
) -> dict[str, Any]:
    """How far a grant reaches, where the actor manages users at every branch that it reaches."""
    nodes = list(Organisation.objects.filter(code__in=codes, active=True))
    for node in (org, *nodes):
        _check_branch(actor, node)
    if scope in (GrantScope.ALL, GrantScope.PARENT_CHAIN) and actor.orgs(MANAGE) is not None:
        head = Organisation.objects.get(pk=org.path[1])  # path: the whole bank, then the root
        _check_branch(actor, head)
    if len(nodes) != len(set(codes)):
        raise Invalid("grant.scope", _("There is no such branch."), [_place("nodes", "grant.scope")])
    return {"scope": scope, "nodes": checked_nodes(scope, nodes), "filters": checked_filters(filters)}


def _refuse_self(actor: Actor, user: User) -> None:
    if same_person(actor.user_id, user):
        raise NotAllowed("grant.self", _("Nobody gives or takes their own rights."))


def _refuse_nobody(user: User) -> None:
    """Rights are a person's: nobody can tell whose hands they lie in where the number is missing."""
    if user.is_staff and not user.staff_no.strip():
        text = _("Give the account its staff number first.")
        raise Invalid("grant.staff_no", text, [FieldError("/user", "grant.staff_no", text)])


def _check_branch(actor: Actor, org: Organisation | None) -> None:
    actor.require(MANAGE)
    if org is None or not may_manage_at(actor, org):
        raise NotAllowed("access.branch", _("You may not manage users at this branch."))


def _place(name: str, code: str = "grant.period") -> FieldError:
    text = (
        _("The end lies before the beginning.") if code == "grant.period" else _("There is no such branch.")
    )
    return FieldError(f"/{name}", code, text)


def _log(
    actor: Actor,
    action: str,
    user: User,
    at: datetime,
    names: list[str],
    reason: str,
    object_id: int | None = None,
) -> None:
    fields = {"fields": names, "user": user.username}
    record(actor, action, at, subject="user", object_id=object_id or user.pk, fields=fields, reason=reason)
