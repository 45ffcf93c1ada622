"""The key pair of the log: made once, sealed under the key hierarchy (domain `audit`), its halves apart.

Who verifies opens what says which public key is which log's (`told`); only who seals or signs exports opens the
private half (`material`), which the web's database role cannot even read.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from mdm.conf import conf
from mdm.errors import Unavailable
from security.audit.models import AuditSigner
from security.crypto.backends import Sm2Key, sm2


@dataclass(frozen=True, slots=True)
class PublicSigner:
    """The public half of a key pair of the log, proved by the key hierarchy to be ours."""

    version: int
    log_id: str
    public: bytes

    def signed(self, said: bytes, signature: bytes) -> bool:
        """Whether the signature of a statement is this key's."""
        return sm2().verify(self.public, said, signature)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair of the log."""

    version: int
    log_id: str
    key: Sm2Key

    def sign(self, said: bytes) -> bytes:
        """The DER signature of a statement, SM2 with SM3."""
        return sm2().sign(self.key, said)


def verifiers() -> dict[int, PublicSigner]:
    """The public half of every key pair by version. Raises as `signers`."""
    rows = AuditSigner.objects.defer("material").order_by("pk")
    return {row.pk: _public(row) for row in rows}


def signers() -> dict[int, Signer]:
    """Every key pair of the log by version. Unavailable `crypto.tampered`, `audit.log_replaced`, and as the keyring."""
    rows = list(AuditSigner.objects.order_by("pk"))
    for row in rows:
        if row.told is None:  # of before the halves were kept apart
            row.told = {name: row.material.open()[name] for name in ("log", "public")}
            row.save(update_fields=["told"])
    return {row.pk: _opened(row) for row in rows}


def make_signer(at: datetime, log_id: str = "") -> Signer:
    """A new key pair; of a new log where `log_id` is not given. The caller holds the sealer's lock."""
    newest = AuditSigner.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    made, log = sm2().generate(), log_id or conf.audit_log_id or uuid4().hex
    material = {"log": log, "private": made.private.hex(), "public": made.public.hex()}
    told = {"log": log, "public": made.public.hex()}
    AuditSigner.objects.create(id=newest + 1, public=made.public, material=material, told=told, created_at=at)
    return Signer(newest + 1, log, made)


def _public(row: AuditSigner) -> PublicSigner:
    """What is sealed counts; the public key beside it is for people and must be the same."""
    told = (row.told or row.material).open()
    public = bytes.fromhex(told["public"])
    _check(row, public, told["log"])
    return PublicSigner(row.pk, told["log"], public)


def _opened(row: AuditSigner) -> Signer:
    told = row.material.open()
    key = Sm2Key(bytes.fromhex(told["private"]), bytes.fromhex(told["public"]))
    _check(row, key.public, told["log"])
    return Signer(row.pk, told["log"], key)


def _check(row: AuditSigner, public: bytes, log_id: str) -> None:
    if bytes(row.public) != public:
        raise Unavailable("crypto.tampered", _("The public key of the log was changed."))
    if conf.audit_log_id and log_id != conf.audit_log_id:
        raise Unavailable("audit.log_replaced", _("This is not the log that the configuration names."))
