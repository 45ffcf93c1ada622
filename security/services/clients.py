"""Client systems: issued, renewed, switched off, and recognised by their token.

What lets a system in takes two persons (`security.services.client_requests` asks the second one). The secret is
made when it is told, to who asked: nobody who agrees sees it, and none lies about until then.

A token is `pan_<client id>.<secret>`. The secret is 256 random bits, so its SM3 digest may be
stored as it is: there is nothing to guess (a slow hash is for passwords that people choose).
"""

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.access.client import SOURCE, in_force, visible_clients
from security.access.compiled import Compiled
from security.access.persons import number_of
from security.access.roles import PERMISSIONS
from security.approvals.gate import Case, require_approval
from security.audit import log
from security.crypto.algorithms import sm3
from security.models import AccessToken, ApiClient, Grant, Organisation, Role, User
from security.selectors.accounts import visible_users
from security.services.duties import refuse_conflicts

PREFIX = "pan_"
ISSUE, ROTATE, KEY, LIMIT = "client.issue", "client.rotate", "client.key", "client.limit"
#: What may be collected besides keys, and for how long after the approval.
TOKEN = "token"  # noqa: S105 (a kind of secret)
COLLECT_FOR = timedelta(days=7)
ROLE = "client_system"
_SOURCE_SCOPE = re.compile(re.escape(SOURCE) + r"[a-z][a-z0-9_]{1,31}")
#: What staff enter is a source system too; no client may be called so.
_RESERVED = frozenset({"online", "system"})
_TOKEN = re.compile(r"pan_([a-z0-9][a-z0-9_-]{2,31})\.([A-Za-z0-9_-]{43})")
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{2,31}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A client and its token, which is told this once and never again; "" where it is to be collected."""

    client: ApiClient
    token: str


def issue(
    actor: Actor,
    client_id: str,
    *,
    name: str,
    org_code: str,
    scopes: Sequence[str],
    at: datetime,
    expires_at: datetime | None = None,
    answerable: str = "",
) -> Issued:
    """Make a client system with an account of its own, which holds the role `client_system` at a branch.

    `answerable` is the user name of the member of staff who answers for it, and so is the person behind what
    it asks for; whoever makes it where none is named. Under an approval nobody holds its secret yet: who asked
    collects it. Raises ApprovalNeeded, NotAllowed without `user.manage` at that branch,
    Invalid for a bad id, branch, scope or `client.answerable`, and `grant.duties` where it would rule accounts or
    keys and see customers; Duplicate where the id is taken.
    """
    actor.require("user.manage")
    _check(client_id, scopes)
    org = _org(actor, org_code)
    staff_no = _answering(actor, answerable)
    secret, digest = _new_secret()
    try:
        with transaction.atomic():
            user = _account(client_id, name, org, staff_no)
            told = {"name": name, "scopes": sorted(set(scopes)), "expires_at": expires_at}
            client = ApiClient.objects.create(client_id=client_id, user=user, secret_digest=digest, **told)
            refuse_conflicts(client.user, Role.objects.get(code=ROLE), None, None, at)
            require_approval(actor, case(ISSUE, client, name=name, answerable=answerable))
            token = "" if lay_by(actor, client, TOKEN, at) else f"{PREFIX}{client_id}.{secret}"
            _log(actor, "client.issue", client, at)
    except IntegrityError:
        raise Duplicate("client.exists", _("The client id is taken.")) from None
    return Issued(client, token)


def rotate(actor: Actor, client_id: str, *, at: datetime) -> Issued:
    """Give a client a new secret; the old one ends at once, and with it what was proved by it.

    Under an approval that happens when who asked collects it. Raises ApprovalNeeded, NotFound.
    """
    with transaction.atomic():
        client = managed(actor, client_id)
        require_approval(actor, case(ROTATE, client))
        token = "" if lay_by(actor, client, TOKEN, at) else renewed(client)
        _log(actor, "client.rotate", client, at)
    return Issued(client, token)


def renewed(client: ApiClient) -> str:
    """The client's new token; what the old one proved has ended."""
    secret, client.secret_digest = _new_secret()
    client.save(update_fields=["secret_digest"])
    AccessToken.objects.filter(client=client).delete()
    return f"{PREFIX}{client.client_id}.{secret}"


def lay_by(actor: Actor, client: ApiClient, what: str, at: datetime) -> bool:
    """Under an approval: note that who asked may collect a secret; False where it is to be told at once."""
    if actor.approval is None:
        return False
    client.due = {**client.due, what: {"by": actor.user_id, "until": (at + COLLECT_FOR).isoformat()}}
    client.save(update_fields=["due"])
    return True


def case(operation: str, client: ApiClient, **facts: Any) -> Case:
    """What a second person is asked about: the client, what it may do and whoever answers for it."""
    org = client.user.org or Organisation.objects.get(parent=None)
    # A key id has no colon: a request about limits waits beside one about a token or a key.
    what = "limit:" if operation == LIMIT else facts.get("key_id", "")
    told = {"client": client.client_id, "name": client.name, "org": org.code, "scopes": list(client.scopes)}
    return Case(
        operation=operation,
        target=f"client:{client.client_id}:{what}",
        permission="user.manage",
        org_path=org.path,
        org_code=org.code,
        facts={**told, "person": client.user.staff_no, **facts},
    )


def switch_off(actor: Actor, client_id: str, *, at: datetime) -> ApiClient:
    """End a client's access at once; its account and what it did stay."""
    with transaction.atomic():
        client = managed(actor, client_id)
        client.active = False
        client.save(update_fields=["active"])
        AccessToken.objects.filter(client=client).delete()
        _log(actor, "client.switch_off", client, at)
    return client


_CALLED = Compiled(
    lambda client_id: ApiClient.objects.select_related("user__org").filter(client_id=client_id),
    client_id="\0id",
)


def authenticate(token: str, *, at: datetime) -> ApiClient | None:
    """The client whose token this is and who may call at `at`; None for every other case alike."""
    found = _TOKEN.fullmatch(token)
    if not found:
        return None
    client = next(iter(_CALLED(client_id=found[1])), None)
    stored = bytes(client.secret_digest) if client else bytes(32)
    proved = compare_digest(stored, sm3(found[2].encode()))
    return client if client and proved and in_force(client, at) else None


def _new_secret() -> tuple[str, bytes]:
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return secret, sm3(secret.encode())


def _check(client_id: str, scopes: Sequence[str]) -> None:
    """Refuse ids and scopes that mean nothing."""
    if not _CLIENT_ID.fullmatch(client_id) or client_id in _RESERVED:
        raise Invalid(
            "client.id", _("A client id is 3 to 32 small letters, digits, hyphens and underscores.")
        )
    bad = [place for place, scope in enumerate(scopes) if not _is_scope(scope)]
    if bad or not scopes:
        errors = [
            FieldError(f"/scopes/{place}", "client.scope", _("There is no such scope.")) for place in bad
        ]
        raise Invalid("client.scope", _("A client needs scopes that exist."), errors)


def _is_scope(scope: str) -> bool:
    return scope in PERMISSIONS or _SOURCE_SCOPE.fullmatch(scope) is not None


def _org(actor: Actor, code: str) -> Organisation:
    """The branch called `code` if the actor manages users there."""
    org = Organisation.objects.filter(code=code, active=True).first()
    if org is None:
        raise Invalid("client.org", _("There is no such branch."))
    held = actor.orgs("user.manage")
    if held is not None and held.isdisjoint(org.path):
        raise NotAllowed("access.denied", _("You do not manage users at this branch."))
    return org


def _answering(actor: Actor, name: str) -> str:
    """The staff number of who answers for a client. Only the product's own actors may leave it open: a
    client without anybody is a person of its own, and decides nothing."""
    if name:
        found = visible_users(actor).filter(username=name, is_staff=True, is_active=True).first()
    else:
        found = User.objects.filter(pk=actor.user_id or 0).first()
    number = number_of(found.staff_no) if found else ""
    if not number and (name or actor.kind == "staff"):
        text = _("Name a member of staff with a staff number, who answers for the system.")
        raise Invalid("client.answerable", text, [FieldError("/answerable", "client.answerable", text)])
    return number


def managed(actor: Actor, client_id: str) -> ApiClient:
    """The client, locked, if the actor manages users at its branch."""
    rows = visible_clients(actor).select_for_update(of=("self",))
    client = rows.filter(client_id=client_id).first()
    if client is None:
        raise NotFound("client.not_found", _("There is no such client."))
    return client


def _account(client_id: str, name: str, org: Organisation, staff_no: str) -> User:
    """The account a client acts as: no password, one role at one branch."""
    user = User(username=client_id, display_name=name[:60], org=org, staff_no=staff_no)
    user.set_unusable_password()
    user.save()
    Grant.objects.create(user=user, role=Role.objects.get(code=ROLE), org=org)
    return user


def _log(actor: Actor, action: str, client: ApiClient, at: datetime) -> None:
    fields = {"client_id": client.client_id, "scopes": client.scopes}
    log.record(actor, action, at, subject="client", object_id=client.pk, fields=fields)
