"""What somebody with the rights of the database's superuser may do to a sealed log; each says what must be named."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from security.audit.checkpoints import Seen
from security.audit.findings import Finding
from security.audit.seal_checks import SealCheck
from security.audit.signing import PublicSigner
from security.models import AuditSeal, OperationLog


@dataclass
class Log:
    """A sealed log as the attacker finds it."""

    seals: list[AuditSeal]
    rows: dict[int, list[int]]  # seal -> ids
    signers: dict[int, PublicSigner]
    seen: Seen

    def any_row(self, chance: random.Random) -> tuple[int, int]:
        """A sealed row: its seal and its id."""
        seal = chance.choice(list(self.rows))
        return seal, chance.choice(self.rows[seal])

    def findings(self) -> set[Finding]:
        """What the verifier says now."""
        check = SealCheck(self.signers)
        found = set(check.findings(AuditSeal.objects.order_by("n")))
        return found | set(check.of_checkpoints(self.seen))


#: The seals and the rows that must be named.
Harm = tuple[set[int], set[int]]


def run(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        assert cursor.rowcount, "nothing was tampered with"


ROW_CHANGES = {
    "actor": "'somebody else'",
    "actor_id": "coalesce(actor_id, 0) + 1",
    "org_code": "org_code || 'x'",
    "channel": "'OTHER'",
    "address": "'10.9.9.9'",
    "request_id": "'1'",
    "action": "action || '.x'",
    "subject": "'other'",
    "object_id": "object_id + 1",
    "customer_id": "customer_id + 1",
    "fields": "fields || '{\"shown\": -1}'",
    "reason": "reason || ' '",
    "result": "'refused'",
    "code": "'x'",
    "roles": "'auditor'",
}
TIME_CHANGES = ("interval '1 microsecond'", "interval '-1 day'", "interval '1 hour'")
SEAL_CHANGES = {
    "log_id": "'another'",
    "signer": "signer + 1",
    "after_tx": "'1'",
    "after_id": "after_id - 1",
    "upto_tx": "'999999999'",
    "upto_id": "upto_id - 1",
    "count": "count + 1",
    "first_id": "first_id + 1",
    "last_id": "last_id + 1",
    "root": "sha256(root)",
    "prev": "sha256(prev)",
    "sealed_at": "sealed_at + interval '1 second'",
    "leaves": "set_byte(leaves, 9, get_byte(leaves, 9) # 1)",
}


def update(log: Log, chance: random.Random) -> Harm:
    seal, row = log.any_row(chance)
    column, value = chance.choice(list(ROW_CHANGES.items()))
    run(f"UPDATE security_operationlog SET {column} = {value} WHERE id = %s", row)
    return {seal}, {row}


def delete(log: Log, chance: random.Random) -> Harm:
    seal, row = log.any_row(chance)
    run("DELETE FROM security_operationlog WHERE id = %s", row)
    return {seal}, {row}


def insert(log: Log, chance: random.Random) -> Harm:
    """A made-up operation among old ones."""
    seal, row = log.any_row(chance)
    made = 10 + OperationLog.objects.latest("id").pk
    run("CREATE TEMP TABLE made AS SELECT * FROM security_operationlog WHERE id = %s", row)
    run("UPDATE made SET id = %s, customer_id = 7", made)
    run("INSERT INTO security_operationlog SELECT * FROM made")
    return {seal}, {made}


def swap(log: Log, chance: random.Random) -> Harm:
    """Two operations change places."""
    (one_seal, one), (other_seal, other) = log.any_row(chance), log.any_row(chance)
    if one == other:
        return delete(log, chance)
    run(
        "UPDATE security_operationlog a SET tx = b.tx FROM security_operationlog b"
        " WHERE a.id IN (%s, %s) AND b.id IN (%s, %s) AND a.id <> b.id",
        *(one, other) * 2,
    )
    for before, after in ((one, -1), (other, one), (-1, other)):
        run("UPDATE security_operationlog SET id = %s WHERE id = %s", after, before)
    return {one_seal, other_seal}, {one, other}


def retime(log: Log, chance: random.Random) -> Harm:
    seal, row = log.any_row(chance)
    run(f"UPDATE security_operationlog SET at = at + {chance.choice(TIME_CHANGES)} WHERE id = %s", row)
    return {seal}, {row}


def move(log: Log, chance: random.Random) -> Harm:
    """An operation pretends that another transaction wrote it."""
    seal, row = log.any_row(chance)
    by = chance.choice([1, -1, 10**6])
    moved = "UPDATE security_operationlog SET tx = (tx::text::bigint + %s)::text::xid8 WHERE id = %s"
    run(moved, by, row)
    return {seal}, {row}


def edit_seal(log: Log, chance: random.Random) -> Harm:
    seal = chance.choice(log.seals).n
    column, value = chance.choice(list(SEAL_CHANGES.items()))
    run(f"UPDATE security_auditseal SET {column} = {value} WHERE n = %s", seal)
    return {seal}, set()


def renumber_seal(log: Log, chance: random.Random) -> Harm:
    seal = chance.choice(log.seals).n
    run("UPDATE security_auditseal SET n = %s WHERE n = %s", 10**12, seal)
    return {seal, 10**12}, set()


def edit_signature(log: Log, chance: random.Random) -> Harm:
    seal = chance.choice(log.seals)
    byte, bit = chance.randrange(len(bytes(seal.signature))), 1 << chance.randrange(8)
    flipped = (
        "UPDATE security_auditseal SET signature = set_byte(signature, %s, get_byte(signature, %s) # %s)"
    )
    run(f"{flipped} WHERE n = %s", byte, byte, bit, seal.n)
    return {seal.n}, set()


def drop_seal(log: Log, chance: random.Random) -> Harm:
    seal = chance.choice(log.seals).n
    run("DELETE FROM security_auditseal WHERE n = %s", seal)
    return {seal}, set()


def drop_tail(log: Log, chance: random.Random) -> Harm:
    """The newest seals go together with their operations."""
    first = chance.choice(log.seals)
    after = (str(first.after_tx), first.after_id)
    run("DELETE FROM security_operationlog WHERE (tx, id) > (%s::xid8, %s)", *after)
    run("DELETE FROM security_auditseal WHERE n >= %s", first.n)
    return {seal.n for seal in log.seals if seal.n >= first.n}, set()


KINDS: list[Callable[[Log, random.Random], Harm]] = [
    *(update, delete, insert, swap, retime, move),
    *(edit_seal, renumber_seal, edit_signature, drop_seal, drop_tail),
]
