"""Checkpoints: what the newest seal said, in object storage, where the database's superuser has no say.

An object is named `<log id>/<seal, 12 digits>-<digest of the seal>` and holds the signed statement, so that a
listing is enough to compare. The bucket is made with object lock where the store offers it: then nobody, the
store's own administrator included, deletes or replaces a checkpoint before its time is over, and versions are
listed, because a deletion only hides an object.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext_lazy as _

from mdm.conf import conf
from mdm.errors import Unavailable
from security.audit import statement
from security.audit.signing import PublicSigner
from security.crypto.algorithms import sm3
from security.models import AuditSeal

#: What the store refuses or fails with.
TROUBLE = (BotoCoreError, ClientError)
_NAME = re.compile(r"([0-9A-Za-z_-]{1,32})/(\d{12,19})-([0-9a-f]{64})\Z")
_PATIENCE = 5
#: Bytes of the largest checkpoint that is read.
_MOST = 16_384

#: Seal number -> digests that were seen of it: one, unless a seal was replaced.
Seen = dict[int, set[str]]


@dataclass
class CheckpointStore:
    """The checkpoints in one bucket. Every method raises Unavailable `store.down`."""

    bucket: str = field(default_factory=lambda: conf.audit_bucket)
    retention: timedelta = field(default_factory=lambda: timedelta(days=conf.audit_retention_days))

    @cached_property
    def _client(self) -> Any:
        limits = Config(
            connect_timeout=_PATIENCE,
            read_timeout=_PATIENCE,
            retries={"max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        return boto3.client(
            "s3",
            endpoint_url=conf.audit_s3["endpoint"],
            aws_access_key_id=conf.audit_s3["access_key"],
            aws_secret_access_key=conf.audit_s3["secret_key"],
            region_name="us-east-1",
            config=limits,
        )

    @cached_property
    def locked(self) -> bool:
        """Whether the bucket locks objects; the bucket is made where there is none."""
        try:
            return self._lock_of_bucket()
        except TROUBLE as failure:
            raise _down() from failure

    def _lock_of_bucket(self) -> bool:
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except ClientError:
            self._make_bucket()
        try:
            found = self._client.get_object_lock_configuration(Bucket=self.bucket)
        except ClientError:
            return False
        return bool(found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")

    def _make_bucket(self) -> None:
        try:
            self._client.create_bucket(Bucket=self.bucket, ObjectLockEnabledForBucket=True)
        except ClientError:  # a store without locks
            self._client.create_bucket(Bucket=self.bucket)

    def put(self, seal: AuditSeal, at: datetime) -> str:
        """Keep what a seal says; returns the object's name. Keeping it twice is harmless."""
        name = f"{seal.log_id}/{seal.n:012d}-{statement.digest(seal).hex()}"
        body = {
            "statement": statement.statement(seal).decode(),
            "signature": bytes(seal.signature).hex(),
            "kept_at": at.isoformat(),
        }
        lock = (
            {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": at + self.retention}
            if self.locked
            else {}
        )
        try:
            self._client.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=json.dumps(body).encode(),
                ContentType="application/json",
                **lock,
            )
        except TROUBLE as failure:
            raise _down() from failure
        return name

    def seen(self, log_id: str) -> Seen:
        """Every checkpoint of a log."""
        found: Seen = {}
        for log, number, known in self._names():
            if log == log_id:
                found.setdefault(number, set()).add(known)
        return found

    def forged(
        self, log_id: str, doubtful: Iterable[tuple[int, str]], known: Mapping[int, PublicSigner]
    ) -> set[tuple[int, str]]:
        """Which of these (seal, digest) no object proves: none of its versions holds a statement that a key of the
        log signed, about that seal, with that digest."""
        return {one for one in doubtful if not self._proved(log_id, *one, known)}

    def _proved(self, log_id: str, n: int, digest: str, known: Mapping[int, PublicSigner]) -> bool:
        name = f"{log_id}/{n:012d}-{digest}"
        try:
            listed = self._client.list_object_versions(Bucket=self.bucket, Prefix=name).get("Versions", ())
            for entry in listed:
                told = self._client.get_object(
                    Bucket=self.bucket, Key=name, VersionId=entry["VersionId"], Range=f"bytes=0-{_MOST}"
                )
                if _is_signed(told["Body"].read(), log_id, n, digest, known):
                    return True
        except TROUBLE as failure:
            raise _down() from failure
        return False

    def logs(self) -> set[str]:
        """The logs that have checkpoints here."""
        return {log for log, _number, _known in self._names()}

    def _names(self) -> Iterator[tuple[str, int, str]]:
        """Log, seal and digest of each version of each object; objects of other names are none of ours."""
        _ready = self.locked  # makes the bucket
        try:
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
                for entry in page.get("Versions", ()):
                    named = _NAME.match(entry["Key"])
                    if named:
                        yield named[1], int(named[2]), named[3]
        except TROUBLE as failure:
            raise _down() from failure


def _is_signed(body: bytes, log_id: str, n: int, digest: str, known: Mapping[int, PublicSigner]) -> bool:
    """Whether an object holds what a key of the log said of this seal."""
    try:
        told = json.loads(body)
        said, signature = told["statement"].encode(), bytes.fromhex(told["signature"])
        form, log, seal, version = told["statement"].split("\n")[:4]
        signer = known[int(version)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    same = (form, log, seal, sm3(said + signature).hex()) == (statement.FORM, log_id, str(n), digest)
    return same and signer.log_id == log_id and signer.signed(said, signature)


def _down() -> Unavailable:
    return Unavailable("store.down", _("The object storage does not answer."))
