"""Verifying the operation log: everything is computed anew, from the rows up, and every broken place is named.

What a seal says counts only where its signature is that of a key which the key hierarchy proves to be this
log's. The newest seals could be dropped together with their rows, which no chain can show: the checkpoints in
object storage do.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db import connection
from psycopg.sql import SQL

from mdm.errors import Unavailable
from security.audit import statement
from security.audit.checkpoints import CheckpointStore, Seen
from security.audit.findings import Finding, Verified
from security.audit.seal_checks import SealCheck
from security.audit.signing import PublicSigner, verifiers
from security.models import AuditSeal

#: Seals read from the database at a time (a seal brings 40 bytes for each of its rows).
_SEALS = 50


@dataclass
class Verifier:
    """Verifies the log against the checkpoints of a store."""

    store: CheckpointStore = field(default_factory=CheckpointStore)

    def verify(self) -> Verified:
        """The whole log as it is sealed now. Raises Unavailable for keys that do not open (`key.*`,
        `crypto.tampered`, `audit.log_replaced`)."""
        began, known = time.perf_counter(), verifiers()
        log_id = known[max(known)].log_id if known else ""
        check = SealCheck(known)
        findings = set(check.findings(AuditSeal.objects.order_by("n").iterator(_SEALS)))
        seen, trouble = self._seen(log_id, check, known)
        findings |= {*trouble, *check.of_checkpoints(seen)}
        return Verified(
            log_id,
            len(check.digests),
            check.checked,
            _unsealed(check.last),
            sum(map(len, seen.values())),
            sorted(findings),
            round(time.perf_counter() - began, 3),
        )

    def _seen(
        self, log_id: str, check: SealCheck, known: Mapping[int, PublicSigner]
    ) -> tuple[Seen, list[Finding]]:
        """The checkpoints that bear the log's signature, and what is wrong with them as a whole.

        One named for a seal that stands in the database says what that seal says. All others, and the newest,
        are read: what the log's key did not sign proves nothing against the database.
        """
        try:
            seen = self.store.seen(log_id)
            foreign = not log_id and bool(self.store.logs())
            doubtful = [(n, one) for n, some in seen.items() for one in some if check.digests.get(n) != one]
            newest_kept = [(max(seen), one) for one in seen[max(seen)]] if seen else []
            forged = self.store.forged(log_id, {*doubtful, *newest_kept}, known)
            seen = {
                n: left for n, some in seen.items() if (left := {o for o in some if (n, o) not in forged})
            }
        except Unavailable:
            return {}, [Finding(0, "checkpoints.unreadable")]
        newest = max(check.digests, default=0)
        if foreign or (newest and not log_id):
            return seen, [Finding(0, "log.replaced")]
        found = [Finding(n, "checkpoint.forged") for n, _one in sorted(forged)]
        return seen, found + ([Finding(newest, "checkpoints.missing")] if newest and not seen else [])


def _unsealed(last: AuditSeal | None) -> int:
    """How many operations come after the newest seal."""
    after = statement.after(last)
    with connection.cursor() as cursor:
        counting = SQL("SELECT count(*) FROM security_operationlog WHERE (tx, id) > (%s::xid8, %s)")
        cursor.execute(counting, [str(after[0]), after[1]])
        return int(cursor.fetchone()[0])


def said(verified: Verified) -> Iterator[str]:
    """The findings as lines for people."""
    for one in verified.findings:
        place = f"seal {one.seal}" if one.seal else "log"
        yield f"{place}{f', operation {one.row}' if one.row else ''}: {one.what}: {one.text}"
