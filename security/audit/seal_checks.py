"""Checking seals one by one: signature, place in the chain, and the rows under them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from security.audit import statement
from security.audit.checkpoints import Seen
from security.audit.findings import Finding
from security.audit.rows import Leaf, leaves
from security.audit.signing import PublicSigner
from security.audit.statement import NOTHING_BEFORE
from security.models import AuditSeal

#: Rows read at a time.
CHUNK = 20_000
#: Missing seals named at most between two that are there.
MOST = 1_000


@dataclass
class SealCheck:
    """Checks seals in their order under the keys that are known to be the log's."""

    signers: Mapping[int, PublicSigner]
    digests: dict[int, str] = field(default_factory=dict)
    checked: int = 0
    last: AuditSeal | None = None
    _spoiled: set[int] = field(default_factory=set)

    def findings(self, seals: Iterable[AuditSeal]) -> Iterator[Finding]:
        """Everything wrong with the seals and the rows under those whose own signature is right."""
        group: list[AuditSeal] = []
        size = 0
        for seal in seals:
            self.digests[seal.n] = statement.digest(seal).hex()
            if not self._signed(seal):
                self._spoiled.add(seal.n)
                yield Finding(seal.n, "seal.signature")
                continue
            yield from self._chained(seal)
            group.append(seal)
            size += seal.count
            if size >= CHUNK:
                yield from self._rows(group)
                group, size = [], 0
        yield from self._rows(group)

    def _signed(self, seal: AuditSeal) -> bool:
        signer = self.signers.get(seal.signer)
        if signer is None or seal.log_id != signer.log_id:
            return False
        return signer.signed(statement.statement(seal), bytes(seal.signature))

    def _chained(self, seal: AuditSeal) -> Iterator[Finding]:
        """What does not fit between this seal and the last one whose signature was right."""
        before, self.last = self.last, seal
        number = before.n if before else 0
        yield from self._missing(number + 1, seal.n)
        if seal.n != number + 1:
            return
        known = statement.digest(before) if before else NOTHING_BEFORE
        if bytes(seal.prev) != known:
            yield Finding(max(number, 1), "seal.replaced")
        if (seal.after_tx, seal.after_id) != statement.after(before):
            yield Finding(seal.n, "seal.range")

    def _missing(self, first: int, end: int) -> Iterator[Finding]:
        lost = (Finding(n, "seal.missing") for n in range(first, end) if n not in self._spoiled)
        return islice(lost, MOST)

    def _rows(self, group: list[AuditSeal]) -> Iterator[Finding]:
        """The rows under some seals, read at once."""
        if not group:
            return
        found = leaves((group[0].after_tx, group[0].after_id), (group[-1].upto_tx, group[-1].upto_id))
        places = [leaf.place for leaf in found]
        for seal in group:
            begin = bisect_right(places, (seal.after_tx, seal.after_id))
            end = bisect_right(places, (seal.upto_tx, seal.upto_id))
            self.checked += end - begin
            yield from under(seal, found[begin:end])

    def of_checkpoints(self, seen: Seen) -> Iterator[Finding]:
        """What the checkpoints know better; after `findings`."""
        last = self.last.n if self.last else 0
        for n in sorted(seen):
            if n in self.digests and seen[n] != {self.digests[n]}:
                yield Finding(n, "seal.replaced")
        yield from self._missing(last + 1, max(seen, default=0) + 1)


def under(seal: AuditSeal, found: list[Leaf]) -> Iterator[Finding]:
    """What is wrong with the rows under one seal whose signature is right."""
    now = [(leaf.row_id, leaf.digest) for leaf in found]
    kept = statement.unpacked(bytes(seal.leaves))
    if now and len(now) == seal.count and statement.root([one for _id, one in now]) == bytes(seal.root):
        if kept != now:
            yield Finding(seal.n, "seal.leaves")
        return
    if not kept or statement.root([one for _id, one in kept]) != bytes(seal.root):
        yield Finding(seal.n, "seal.leaves")
        yield Finding(seal.n, "rows.root")
        return
    yield from _named(seal.n, dict(kept), dict(now)) or [Finding(seal.n, "rows.root")]


def _named(n: int, kept: dict[int, bytes], now: dict[int, bytes]) -> list[Finding]:
    """The rows in which what was sealed and what is there differ."""
    removed = [Finding(n, "row.removed", row) for row in sorted(kept.keys() - now.keys())]
    added = [Finding(n, "row.added", row) for row in sorted(now.keys() - kept.keys())]
    both = sorted(kept.keys() & now.keys())
    return [*removed, *added, *(Finding(n, "row.changed", row) for row in both if kept[row] != now[row])]
