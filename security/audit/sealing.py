"""Sealing the operation log: batch after batch below the snapshot horizon, by one sealer at a time.

A row is sealed once every transaction up to its own has ended, so that nothing can appear later inside a sealed
range: `tx < pg_snapshot_xmin(...)`, in the order of (tx, id). Writers never wait for the sealer, and the sealer
never for writers: a long transaction only puts its own rows and later ones off.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Unavailable
from security.audit import statement
from security.audit.checkpoints import CheckpointStore
from security.audit.rows import Leaf, horizon, leaves
from security.audit.signing import Signer, make_signer, signers, verifiers
from security.audit.statement import LAST_ID, NOTHING_BEFORE, Place
from security.models import AuditSeal

#: Rows of the largest seal.
BATCH = 20_000
#: Seconds between two looks whether the checkpoints in object storage still agree.
LOOK = 60.0
#: "aud" and "sea", so that no other advisory lock has this number.
_LOCK = (0x617564, 0x736561)
_log = logging.getLogger(__name__)


@dataclass
class Sealer:
    """Seals while it lives; remembers what it need not look up again.

    `keep_every` is how many seconds at least lie between two checkpoints: each new one vouches for all
    seals before it.
    """

    store: CheckpointStore = field(default_factory=CheckpointStore)
    batch: int = BATCH
    keep_every: float = 0.0
    _known: dict[int, Signer] = field(default_factory=dict, init=False)
    _looked: float = field(default=0.0, init=False)
    _kept: int = field(default=0, init=False)
    _kept_at: float = field(default=0.0, init=False)

    def round(self, at: datetime) -> int:
        """Seal all that can be sealed now, then keep the newest seal in object storage; says how many rows.

        0 where another sealer is at work. Raises Unavailable `audit.log_replaced`, `audit.seal_lost`, `key.*`;
        an object storage that does not answer only puts the checkpoint off.
        """
        sealed = sum(seal.count for seal in self._seals(at))
        self._keep_newest(at)
        return sealed

    def _seals(self, at: datetime) -> Iterator[AuditSeal]:
        """Seal after seal, each in a transaction of its own, until one was not full."""
        while True:
            with transaction.atomic():
                seal = self._one(at) if _ours() else None
            if seal is None:
                return
            yield seal
            if seal.count < self.batch:
                return

    def _one(self, at: datetime) -> AuditSeal | None:
        """The next seal, if there is anything to seal."""
        last = newest()
        upto = (horizon() - 1, LAST_ID)
        found = leaves(statement.after(last), upto, self.batch)
        if not found:
            return None
        signer = self._signer(last, at)
        full = len(found) == self.batch
        seal = _seal(last, found, found[-1].place if full else upto, signer, at)
        seal.signature = signer.sign(statement.statement(seal))
        seal.save(force_insert=True)
        return seal

    def _signer(self, last: AuditSeal | None, at: datetime) -> Signer:
        """The key in use: the newest; the first one is made with the first seal of a log that is new everywhere."""
        self._agree(last)
        if not self._known:
            self._known = signers()
        if not self._known:
            self._refuse_second_log(last)
            return make_signer(at)
        return self._known[max(self._known)]

    def _refuse_second_log(self, last: AuditSeal | None) -> None:
        """A log without keys must be the first: neither seals nor checkpoints of an older one may be there."""
        if last is not None or self.store.logs():
            raise Unavailable(
                "audit.log_replaced", _("There are seals of another log: its signing keys are gone.")
            )

    def _agree(self, last: AuditSeal | None) -> None:
        """Refuse to go on where a checkpoint tells of a seal that is gone: sealing would cover it up."""
        now = time.monotonic()
        if last is None or (self._looked and now - self._looked < LOOK):
            return
        try:
            seen = self.store.seen(last.log_id)
        except Unavailable:
            _log.warning("audit.checkpoints_unreadable")
            return
        self._looked, self._known = now, {}
        own = statement.digest(last).hex()
        others = {
            (n, one) for n, some in seen.items() for one in some if n > last.n or (n == last.n and one != own)
        }
        if others - self.store.forged(last.log_id, others, verifiers()):
            raise Unavailable("audit.seal_lost", _("A checkpoint tells of a seal that the database lacks."))

    def _keep_newest(self, at: datetime) -> None:
        now = time.monotonic()
        if self._kept_at and now - self._kept_at < self.keep_every:
            return
        last = newest()
        if last is None or last.n == self._kept:
            return
        try:
            self.store.put(last, at)
        except Unavailable as failure:
            _log.warning(
                "audit.checkpoint_late", extra={"seal": last.n, "cause": str(failure.__cause__)[:200]}
            )
            return
        self._kept, self._kept_at = last.n, now


def newest() -> AuditSeal | None:
    """The newest seal, without its leaves."""
    return AuditSeal.objects.defer("leaves").order_by("-n").first()


def _ours() -> bool:
    """Hold the sealer's lock until the transaction ends, unless another sealer holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", _LOCK)
        return bool(cursor.fetchone()[0])


def _seal(last: AuditSeal | None, found: list[Leaf], upto: Place, signer: Signer, at: datetime) -> AuditSeal:
    """The seal over some leaves, not yet signed."""
    after = statement.after(last)
    return AuditSeal(
        n=last.n + 1 if last else 1,
        log_id=signer.log_id,
        signer=signer.version,
        after_tx=after[0],
        after_id=after[1],
        upto_tx=upto[0],
        upto_id=upto[1],
        count=len(found),
        first_id=found[0].row_id,
        last_id=found[-1].row_id,
        root=statement.root([leaf.digest for leaf in found]),
        prev=statement.digest(last) if last else NOTHING_BEFORE,
        sealed_at=at,
        leaves=statement.packed((leaf.row_id, leaf.digest) for leaf in found),
    )
