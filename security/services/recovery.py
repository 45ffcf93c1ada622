"""Helping somebody back into their account: a password chosen for them, second factors taken away.

Whoever may do that may become that person. So an alarm is raised each time, which the account's owner sees too,
and for no account does one person do both. For an account with weighty rights one person asks and a security
officer agrees: rights that take a second factor, that decide, that run loads, or that may not lie in the hands of
who asks. The rights of the counter are left out of these: a forgotten password is everyday there, and no officer
sits in a branch. Such an account is helped by one person, whose password opens nothing but the page on which the
owner takes another.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid, NotAllowed, Text
from security.access.actor import Actor
from security.access.duties import barred_beside
from security.access.grants import permissions_of
from security.access.persons import accounts_of, same_person
from security.access.roles import STRONG
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.persons import decides
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.authentication.passwords import checked, note_set
from security.authentication.sessions import end
from security.models import OperationLog, Organisation, Session, User
from security.selectors.accounts import MANAGE, get_user
from security.selectors.sign_in import HELPED
from security.services.alerts import alarm

RECOVER = "user.recover"
#: What is done, and how the operation log calls it.
ACTIONS = HELPED
LABELS: dict[str, Text] = {"password": _("New password"), "factors": _("Remove the second factors")}
#: For so long whoever has done the one does not do the other.
APART = timedelta(days=7)
_WEIGHTY = STRONG | {"breakglass.allow", "load.run", "reject.read"}
#: Barred beside `user.manage` too, but held by everybody at a counter.
COUNTER = frozenset({"customer.view", "customer.create", "customer.change"})


def set_password(actor: Actor, user_id: int, password: str, *, reason: str, at: datetime) -> Done:
    """Give an account a new password, which its owner changes at the next sign-in, or ask for it; its
    sessions end. Only the hash waits, sealed.

    Raises NotFound `user.unknown`, Invalid `user.password`, NotAllowed `user.both`, Duplicate `approval.open`.
    """
    encoded = make_password(checked(password, get_user(actor, user_id)))
    return perform(actor, RECOVER, _asked(user_id, "password", encoded), reason=reason, at=at)


def reset_factors(actor: Actor, user_id: int, *, reason: str, at: datetime) -> Done:
    """Take every second factor from an account whose owner lost them, or ask for it; its sessions end.

    Raises NotFound `user.unknown`, Invalid `user.self` for one's own (that needs the factor itself),
    NotAllowed `user.both`, Duplicate `approval.open`.
    """
    return perform(actor, RECOVER, _asked(user_id, "factors"), reason=reason, at=at)


def weighty_rights(actor: Actor, user: User, at: datetime) -> list[str]:
    """The rights an account holds, now or later, for which the actor does not help it back alone."""
    own = frozenset().union(*(right.permissions for right in actor.rights))
    weighty = _WEIGHTY | (barred_beside(own) - COUNTER)
    grants = user.grants.filter(Q(valid_to=None) | Q(valid_to__gt=at)).select_related("role")
    held = permissions_of(grant.role for grant in grants)
    return sorted(right for right in held if right in weighty or decides(right))


def do_recover(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> User:
    """Do it, or ask at the gate."""
    what = told["what"]
    with transaction.atomic():
        user = get_user(actor, told["user"], lock=True)
        if what == "factors" and same_person(actor.user_id, user):
            raise Invalid("user.self", _("Remove your own second factor on your security page."))
        _refuse_both(actor, user, what, at)
        rights = weighty_rights(actor, user, at)
        require_approval(actor, _case(user, what, rights))
        if what == "password":
            _take_password(user, told["encoded"], at)
        else:
            Authenticator.objects.filter(user=user).delete()
        end(Session.objects.filter(user=user), "closed" if what == "password" else "remote", at)
        fields = {"fields": [what], "user": user.username}
        record(actor, ACTIONS[what], at, subject="user", object_id=user.pk, fields=fields, reason=reason)
        _tell(actor, user, at)
    return user


def _asked(user_id: int, what: str, encoded: str = "") -> dict[str, Any]:
    return {"user": user_id, "what": what, **({"encoded": encoded} if encoded else {})}


def _take_password(user: User, encoded: str, at: datetime) -> None:
    user.password = encoded
    user.save(update_fields=["password"])
    note_set(user, at=at, must_change=True)


def _refuse_both(actor: Actor, user: User, what: str, at: datetime) -> None:
    """Password and factor together are the account."""
    own = User.objects.filter(pk=actor.user_id or 0).first()
    if own is None:
        return
    other = ACTIONS["factors" if what == "password" else "password"]
    done = OperationLog.objects.filter(subject="user", object_id=user.pk, action=other, result="ok")
    accounts = list(accounts_of(own).values_list("pk", flat=True))
    if done.filter(actor_id__in=accounts, at__gt=at - APART).exists():
        text = _("Somebody else has to do this: nobody sets the password and removes the second factors too.")
        raise NotAllowed("user.both", text)


def _tell(actor: Actor, user: User, at: datetime) -> None:
    """The alarm is about the account, so that neither it nor its person's other accounts close it."""
    code = user.org.code if user.org else ""
    about = Actor(user.get_username(), "staff", (), user_id=user.pk, org_code=code, channel=actor.channel)
    alarm("RECOVERY", about.asking(actor.request_id), at)


def _case(user: User, what: str, rights: list[str]) -> Case:
    org = user.org or Organisation.objects.get(parent=None)
    return Case(
        operation=RECOVER,
        target=f"user:{user.pk}:{what}",
        permission=MANAGE,
        org_path=org.path,
        org_code=org.code,
        fields=[what],
        facts={"user": user.get_username(), "what": what, "rights": rights, "weighty": bool(rights)},
    )


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Whose account, what would be done, and what the account may do; never the password."""
    facts = request.facts
    lines = [
        Line(_("User"), "", str(facts["user"])),
        Line(_("What is asked"), "", str(LABELS[facts["what"]])),
        Line(_("Permissions"), "", ", ".join(facts["rights"])),
    ]
    return Shown(title(request), lines, about=str(facts["user"]))


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return LABELS[request.facts["what"]]


def _whom(request: ChangeRequest) -> list[Text]:
    return [str(request.facts["user"])]


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    label = _("Helping somebody back into their account")
    register(Operation(RECOVER, label, MANAGE, do_recover, show, title=title, fields=_whom))
