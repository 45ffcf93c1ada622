"""The consolidation run: match, merge the sure class, open cases for the rest."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any

import numpy as np
from django.db import transaction

from consolidation.matching.contradictions import GROUP, contradictions
from consolidation.matching.engine import Match, Outcome, run, run_delta
from consolidation.matching.engine import Merge as Group
from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from consolidation.models.signature import Signature, moment_of_reading
from consolidation.selectors.policies import JOB, compared_until, current_policy
from consolidation.selectors.signatures import (
    all_signatures,
    changed_since,
    groups,
    never_matches,
    signatures_of_customers,
)
from consolidation.services.alone import alone
from consolidation.services.case_keeping import close_settled, goldens
from consolidation.services.merging import Grounds, merge
from customers.services.locking import done_again
from mdm.bulk.stamp import Stamp
from mdm.run_control import Claim, advance, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from security.access.actor import Actor
from security.audit.log import record

#: Groups merged in one transaction.
CHUNK = 500

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Consolidated:
    """The result of a run as the command prints it."""

    run: int
    records: int
    pairs: int
    merged: int
    review: int
    vetoed: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def consolidate(
    actor: Actor,
    *,
    business_date: date,
    full: bool,
    at: datetime,
    tell: Progress = lambda _done, _total: None,
) -> Consolidated:
    """Match all customers (`full`, or when there was no run yet) or those changed since the last run.

    Raises NotAllowed; Duplicate `run.busy` where a run of any day is under way, `run.taken` where one of that
    day is held by a worker that lives.
    """
    actor.require("consolidate.run")
    begun = monotonic()
    with alone(JOB):
        since = compared_until()
        made = _made(actor, business_date, full or since is None, at)
        asking = actor.asking(f"run-{made.pk}", actor.address)
        stamp = Stamp(asking, at, f"consolidate #{made.pk}", business_date, made.pk)
        narrowed = None if made.params["full"] else since
        counts = carry_out(made.pk, lambda held: _consolidate(held, narrowed, stamp, tell))
    return Consolidated(made.pk, seconds=monotonic() - begun, **counts)


def _made(actor: Actor, business_date: date, full: bool, at: datetime) -> JobRun:
    """The run of a day: a new one, or the one that a dead worker left."""
    key = f"{JOB}|{business_date}"
    return create_run(actor, JOB, {"full": full}, business_date=business_date, at=at, key=key)


def _consolidate(held: Claim, since: datetime | None, stamp: Stamp, tell: Progress) -> dict[str, int]:
    """One run from matching to its end; `since` None compares all. Returns its counts."""
    until = moment_of_reading()
    since = since if since is None or not _outgrown(since) else None
    outcome = _match(since)
    _look_inside(outcome, since, stamp)
    merged = _merge_all(held, outcome, until, stamp, tell)
    opened = _open_cases(held, outcome, stamp)
    counts = {"records": outcome.counts["records"], "pairs": outcome.counts["pairs"], "merged": merged}
    counts |= {"review": opened, "vetoed": outcome.counts["vetoed"]}
    learned = {} if since else {"policy": outcome.policy.to_json()}
    checkpoint = {"until": until.isoformat(), **learned}
    finish(held, RunState.SUCCEEDED, counts=counts, checkpoint=checkpoint, step="")
    return counts


def _outgrown(since: datetime) -> bool:
    """Whether so much changed that all should be compared, and the weights be learned, anew."""
    return current_policy().outgrown(len(changed_since(since)), Signature.objects.count())


def _match(since: datetime | None) -> Outcome:
    rows, policy = all_signatures(), current_policy()
    if since is None:
        return run(rows, policy, never_matches(), groups())
    changed = np.array(changed_since(since), dtype=np.int64)
    return run_delta(rows, changed, policy, never_matches(), groups())


def _look_inside(outcome: Outcome, since: datetime | None, stamp: Stamp) -> None:
    """Add to the reviews what contradicts itself in customers that are one already, all or those changed
    since; close cases about what no longer does."""
    changed = None if since is None else set(changed_since(since))
    inside = [own for own in groups() if changed is None or not changed.isdisjoint(own)]
    members = [member for own in inside for member in own]
    against = contradictions(signatures_of_customers(members), inside, outcome.policy, never_matches())
    close_settled(members, [(match.left, match.right) for match in against], stamp)
    outcome.reviews += against
    outcome.counts["vetoed"] += len(against)


def _merge_all(held: Claim, outcome: Outcome, read_at: datetime, stamp: Stamp, tell: Progress) -> int:
    """Merge the sure groups as they were read, a chunk a transaction. Returns how many customers were merged
    into others."""
    merged, total = 0, len(outcome.merges)
    for start in range(0, total, CHUNK):
        chunk = outcome.merges[start : start + CHUNK]
        grounds = [_grounds(group, outcome.policy.version) for group in chunk]
        merged += _merge_chunk(held, grounds, read_at, stamp, (start + len(chunk), total))
        tell(start + len(chunk), total)
    return merged


@done_again
def _merge_chunk(
    held: Claim, grounds: Sequence[Grounds], read_at: datetime, stamp: Stamp, progress: tuple[int, int]
) -> int:
    done, total = progress
    with transaction.atomic():
        merged = len(merge(stamp.actor, grounds, stamp, read_at=read_at))
        advance(held, step="merge", done=done, total=total, unit="groups")
    return merged


def _grounds(group: Group, policy: str) -> Grounds:
    """The strongest link names the rule; the weakest decides how sure the group is."""
    evidence = [
        {"left": link.left, "right": link.right, "rule": link.rule, "score": round(link.score, 6)}
        for link in group.links
    ]
    score = min(link.score for link in group.links)
    return Grounds(group.members, group.links[0].rule, policy, score, evidence)


def _open_cases(held: Claim, outcome: Outcome, stamp: Stamp) -> int:
    """Open a case for each pair that a person must look at: between the golden customers of the two, or,
    where one customer contradicts itself, between its members."""
    golden = goldens([end for match in outcome.reviews for end in (match.left, match.right)])
    cases: dict[tuple[int, int], ReviewCase] = {}
    for match in outcome.reviews:
        ends = sorted((golden[match.left], golden[match.right]))
        left, right = (match.left, match.right) if match.rule == GROUP else ends
        if left != right:
            cases.setdefault((left, right), _case(left, right, match, outcome.policy.version, stamp))
    with transaction.atomic():
        ReviewCase.objects.bulk_create(cases.values(), batch_size=1000, ignore_conflicts=True)
        fields = {"opened": len(cases)}
        record(stamp.actor, "case.open", stamp.at, subject="run", object_id=stamp.run_id, fields=fields)
        advance(held, step="cases")
    return len(cases)


def _case(left: int, right: int, match: Match, policy: str, stamp: Stamp) -> ReviewCase:
    return ReviewCase(
        customer_id=left,
        other_id=right,
        rule=match.rule,
        policy=policy,
        score=match.score,
        outcome=match.class_,
        veto=match.veto or "",
        state=CaseState.OPEN,
        opened_at=stamp.at,
        evidence=[{"left": match.left, "right": match.right, "pattern": match.evidence}],
        run_id=stamp.run_id,
    )
