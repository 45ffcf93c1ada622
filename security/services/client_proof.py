"""How client systems prove who they are: signed requests, each taken once, and tokens of ten minutes."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid, NotFound
from security.access.actor import Actor
from security.access.client import in_force
from security.access.client_limits import Limits, limits_of
from security.approvals.gate import require_approval
from security.audit import log
from security.authentication.signing import WINDOW, Claim, Message, is_signed_by, is_timely, sealed
from security.crypto.algorithms import sm3
from security.crypto.backends import Sm2Refused
from security.crypto.sm2_formats import checked_public, public_from_certificate
from security.models import AccessToken, ApiClient, ClientKey, ClientNonce
from security.services.clients import KEY, LIMIT, case, lay_by, managed

#: How long a token of the client credentials grant holds.
TOKEN_LIFE = timedelta(minutes=10)
#: How long a nonce is kept: a request may be signed for a moment that has yet to come.
NONCE_KEPT = timedelta(seconds=3 * WINDOW)
TOKEN_PREFIX = "pat_"  # noqa: S105 (how a token begins)
_TOKEN = re.compile(r"pat_[A-Za-z0-9_-]{43}")
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_SHARED = 32
#: How a shared key that may be collected is called (`ApiClient.due`), before its id.
KEY_DUE = "key:"
#: A replayed nonce makes no row: the unique index decides, whatever runs at the same time.
_USE = (
    "INSERT INTO security_clientnonce (client_id, digest, used_at) VALUES (%s, %s, %s) "
    "ON CONFLICT (client_id, digest) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and, for HMAC-SM3, the shared secret in hex, which is told this once."""

    key: ClientKey
    secret: str = ""


def verify(message: Message, claim: Claim, *, at: datetime) -> ApiClient | None:
    """The client that signed this request; None where nobody can be proved to have.

    Raises Duplicate `auth.replayed` for a nonce that was used before: only after the signature was found
    right, so that nobody else can use it up.
    """
    if not is_timely(claim, at):
        return None
    key = (
        ClientKey.objects.select_related("client__user__org")
        .filter(Q(valid_to=None) | Q(valid_to__gt=at), client__client_id=claim.client, key_id=claim.key)
        .filter(revoked_at=None, valid_from__lte=at)
        .first()
    )
    if key is None or not in_force(key.client, at) or not is_signed_by(key, message, claim):
        return None
    _use(key.client, claim.nonce, at)
    key.client.proved_at = at
    return key.client


def _use(client: ApiClient, nonce: str, at: datetime) -> None:
    digest = sm3(f"{client.client_id}\n{nonce}".encode()).hex()
    with connection.cursor() as cursor:
        cursor.execute(_USE, [client.pk, digest, at])
        new = cursor.rowcount == 1
    if not new:
        raise Duplicate("auth.replayed", _("This request was received before."))


def forget_old(at: datetime) -> int:
    """Delete nonces and tokens whose time is over; says how many."""
    nonces = ClientNonce.objects.filter(used_at__lt=at - NONCE_KEPT).delete()[0]
    return nonces + AccessToken.objects.filter(expires_at__lte=at).delete()[0]


def is_from_its_network(client: ApiClient, address: str | None) -> bool:
    """Whether the client may call from this address; without networks it may from anywhere."""
    if not client.networks:
        return True
    if not address:
        return False
    found = ip_address(address)
    return any(found in ip_network(one) for one in client.networks)


def issue_token(client: ApiClient, scopes: Iterable[str], *, at: datetime) -> tuple[str, AccessToken]:
    """A token for some of the client's scopes, told this once."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = AccessToken.objects.create(
            digest=_digest(token),
            client=client,
            scopes=sorted(set(scopes) & set(client.scopes)),
            issued_at=at,
            expires_at=at + TOKEN_LIFE,
        )
    return token, row


def bearer(token: str, *, at: datetime) -> ApiClient | None:
    """The client that holds this token, with the token's scopes; None for an unknown or old one."""
    if not _TOKEN.fullmatch(token):
        return None
    rows = AccessToken.objects.select_related("client__user__org")
    row = rows.filter(digest=_digest(token), expires_at__gt=at).first()
    if row is None or not in_force(row.client, at):
        return None
    row.client.scopes = [scope for scope in row.client.scopes if scope in row.scopes]
    row.client.proved_at = row.issued_at
    return row.client


def add_shared_key(actor: Actor, client_id: str, key_id: str, *, at: datetime) -> NewKey:
    """Make a key for HMAC-SM3; its secret is told this once. Under an approval the key is made when who asked
    collects it. Raises ApprovalNeeded, NotFound, Invalid `client.key_id`, Duplicate `client.key_exists`."""
    with transaction.atomic():
        client = _keyless(actor, client_id, key_id)
        require_approval(actor, case(KEY, client, key_id=key_id, algorithm=ClientKey.Algorithm.HMAC_SM3))
        if lay_by(actor, client, KEY_DUE + key_id, at):
            return NewKey(ClientKey(client=client, key_id=key_id, algorithm=ClientKey.Algorithm.HMAC_SM3))
        return shared_key(actor, client, key_id, at)


def shared_key(actor: Actor, client: ApiClient, key_id: str, at: datetime) -> NewKey:
    """A new key for HMAC-SM3 with its secret; the caller has seen to the right to make it."""
    secret = secrets.token_bytes(_SHARED)
    key = _new_key(actor, client, key_id, ClientKey.Algorithm.HMAC_SM3, None, at)
    key.sealed_key = sealed(key.pk, secret)
    key.save(update_fields=["sealed_key"])
    return NewKey(key, secret.hex())


def add_public_key(actor: Actor, client_id: str, key_id: str, public: str, *, at: datetime) -> NewKey:
    """Register a client's SM2 public key: the point in hex, with or without the leading 04, or a certificate in
    PEM, whose key then holds as long as the certificate.

    Raises as `add_shared_key`, and Invalid `client.public_key`.
    """
    with transaction.atomic():
        client = _keyless(actor, client_id, key_id)
        point, until = _holding(public, at)
        told = {"key_id": key_id, "algorithm": ClientKey.Algorithm.SM2, "public_key": sm3(point).hex()}
        require_approval(actor, case(KEY, client, **told))
        key = _new_key(actor, client, key_id, ClientKey.Algorithm.SM2, point, at)
        if until is not None:
            key.valid_to = until
            key.save(update_fields=["valid_to"])
        return NewKey(key)


def _holding(public: str, at: datetime) -> tuple[bytes, datetime | None]:
    """The point of a key that holds, and until when. Raises Invalid `client.public_key`."""
    try:
        point, until = _public(public)
    except (ValueError, Sm2Refused):
        raise _no_key() from None
    if until is not None and until <= at:
        raise _no_key()
    return point, until


def _public(told: str) -> tuple[bytes, datetime | None]:
    if told.lstrip().startswith("-----BEGIN CERTIFICATE-----"):
        return public_from_certificate(told)
    return checked_public(bytes.fromhex(told)), None


def _no_key() -> Invalid:
    text = _(
        "This is no SM2 public key: 128 or 130 hexadecimal digits, or a certificate in PEM that still holds."
    )
    return Invalid("client.public_key", text, [FieldError("/public_key", "client.public_key", text)])


def revoke_key(actor: Actor, client_id: str, key_id: str, *, at: datetime) -> ClientKey:
    """End a key at once. Raises NotFound `client.key_unknown`."""
    with transaction.atomic():
        client = managed(actor, client_id)
        key = ClientKey.objects.select_for_update().filter(client=client, key_id=key_id).first()
        if key is None:
            raise NotFound("client.key_unknown", _("The client has no such key."))
        key.revoked_at = key.revoked_at or at
        key.save(update_fields=["revoked_at"])
        _log(actor, "client.key_revoke", client, at, key_id)
    return key


def limit(
    actor: Actor,
    client_id: str,
    *,
    networks: Sequence[str],
    quota: int | None,
    signed_only: bool,
    at: datetime,
    reason: str = "",
) -> ApiClient:
    """Say where a client may call from, how often a minute, and whether it must sign.

    What only tightens is done alone; what lets more in takes a reason and a second person. Raises NotFound,
    ApprovalNeeded, Invalid `client.network` with the places that are no networks, `reason.missing`.
    """
    _check_networks(networks)
    new = Limits(tuple(networks), quota, signed_only)
    with transaction.atomic():
        client = managed(actor, client_id)
        old = limits_of(client)
        told = {"before": old.told(), "after": new.told()}
        if new.loosens(old):
            if actor.kind != "system" and not reason.strip():
                raise Invalid("reason.missing", _("Say why the limits are loosened."))
            require_approval(actor, case(LIMIT, client, **told))
        client.networks, client.quota, client.signed_only = list(networks), quota, signed_only
        client.save(update_fields=["networks", "quota", "signed_only"])
        fields = {"client_id": client_id, **told}
        log.record(actor, LIMIT, at, subject="client", object_id=client.pk, fields=fields, reason=reason)
    return client


def _check_networks(networks: Sequence[str]) -> None:
    bad = [place for place, one in enumerate(networks) if not _is_network(one)]
    if bad:
        errors = [
            FieldError(f"/networks/{place}", "client.network", _("This is no network.")) for place in bad
        ]
        raise Invalid("client.network", _("Write networks as 10.1.0.0/16 or 2001:db8::/32."), errors)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _keyless(actor: Actor, client_id: str, key_id: str) -> ApiClient:
    """The client, locked, that has no key of this name yet."""
    client = managed(actor, client_id)
    if not _KEY_ID.fullmatch(key_id):
        raise Invalid("client.key_id", _("A key id is 1 to 40 letters, digits, dots, hyphens, underscores."))
    if ClientKey.objects.filter(client=client, key_id=key_id).exists():
        raise _taken()
    return client


def _taken() -> Duplicate:
    return Duplicate("client.key_exists", _("The client has a key of this name."))


def _new_key(
    actor: Actor, client: ApiClient, key_id: str, algorithm: str, point: bytes | None, at: datetime
) -> ClientKey:
    _log(actor, "client.key_add", client, at, key_id)
    try:
        with transaction.atomic():
            return ClientKey.objects.create(
                client=client, key_id=key_id, algorithm=algorithm, public_key=point, valid_from=at
            )
    except IntegrityError:
        raise _taken() from None


def _digest(token: str) -> str:
    return sm3(token.encode()).hex()


def _log(actor: Actor, action: str, client: ApiClient, at: datetime, what: str) -> None:
    fields = {"client_id": client.client_id, "what": what[:200]}
    log.record(actor, action, at, subject="client", object_id=client.pk, fields=fields)
