"""Keeping what the rules found on rows that were kept all the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from mdm.bulk.models import SourceRecord
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import table_of
from mdm.bulk.writing import insert_rows
from mdm.quality.across import screen_across
from mdm.quality.models import IssueState, QualityIssue
from mdm.quality.rules import AcrossFinding, Finding, Severity, book
from mdm.subjects import Bundle

TABLE = table_of(QualityIssue, frozenset({"id"}))


#: The facet under which rules across rows see the lookup index.
LOOKUP_FACET = "lookup_entry"
_THESE = "SELECT * FROM mdm_lookupentry WHERE customer_id = ANY({}::bigint[])"
#: `OFFSET 0` has the index asked digest by digest, and customer by customer, whatever the statistics say: those of a
#: table that was empty a moment ago hold a loop over all of it for the cheapest.
_SHARING = """
SELECT DISTINCT l.customer_id FROM (
    SELECT DISTINCT digest FROM mdm_lookupentry WHERE customer_id = ANY(%(hit)s) AND kind = %(kind)s) r
CROSS JOIN LATERAL (
    SELECT x.customer_id FROM mdm_lookupentry x WHERE x.digest = r.digest AND x.kind = %(kind)s OFFSET 0) l
WHERE l.customer_id <> ALL(%(known)s) AND NOT EXISTS (
    SELECT FROM mdm_qualityissue i
    WHERE i.customer_id = l.customer_id AND i.rule = %(code)s AND i.state = 'OPEN' OFFSET 0)
"""


def raise_issues(
    customer_ids: Sequence[int],
    bundles: Sequence[Bundle],
    findings: Sequence[Sequence[Finding]],
    stamp: Stamp,
) -> int:
    """Open an issue for each finding on customers just written, and for what rules across rows find on
    them and on the others that have to do with it. Returns how many are about those just written."""
    across = _across(customer_ids)
    raise_for_others(across, stamp)
    rows = [
        _row(customer_id, bundle.source_system, finding, stamp)
        for customer_id, bundle, found in zip(customer_ids, bundles, findings, strict=True)
        for finding in (*found, *across.get(customer_id, ()))
        if finding.severity is not Severity.BLOCK
    ]
    insert_rows(TABLE, rows)
    return len(rows)


def _across(customer_ids: Sequence[int]) -> dict[int, list[Finding]]:
    """What the rules across rows find on customers, told like any other finding."""
    rows = sql.SQL(_THESE).format(sql.Literal(list(customer_ids)))
    found: dict[int, list[Finding]] = {}
    with connection.cursor() as cursor:
        for hit in screen_across(LOOKUP_FACET, rows, cursor) if customer_ids else ():
            told = found.setdefault(hit.customer_id, [])
            told += [finding for finding in [_told(hit)] if finding not in told]
    return found


def raise_for_others(across: Mapping[int, Sequence[Finding]], stamp: Stamp) -> None:
    """What two customers share is an issue of both: open it for those that told their part before.

    The web's role sees, and so tells of, those in scope only; the nightly consolidation finds the rest.
    """
    others = _others(across)
    found = _across(sorted(others))
    systems = dict(
        SourceRecord.objects.filter(customer_id__in=others).values_list("customer_id", "source_system")
    )
    rows = [
        _row(customer_id, systems[customer_id], finding, stamp)
        for customer_id, codes in others.items()
        for finding in found.get(customer_id, ())
        if finding.rule in codes and customer_id in systems
    ]
    insert_rows(TABLE, rows)


def _others(across: Mapping[int, Sequence[Finding]]) -> dict[int, set[str]]:
    """Customers that share a looked-up value with those of a finding and have no open issue of its rule yet."""
    others: dict[int, set[str]] = {}
    for rule in book.across_rules(LOOKUP_FACET):
        hit = [
            customer_id for customer_id, found in across.items() if any(f.rule == rule.code for f in found)
        ]
        with connection.cursor() as cursor:
            if hit:
                cursor.execute(
                    _SHARING, {**rule.params(), "hit": hit, "known": list(across), "code": rule.code}
                )
            for (customer_id,) in cursor.fetchall() if hit else ():
                others.setdefault(customer_id, set()).add(rule.code)
    return others


def _told(hit: AcrossFinding) -> Finding:
    rule = hit.rule
    facet = rule.about or rule.facet
    return Finding(
        rule.code, rule.version, rule.severity, rule.dimension, facet, "", 0, hit.field, rule.message
    )


def _row(customer_id: int, source_system: str, finding: Finding, stamp: Stamp) -> tuple[Any, ...]:
    """One issue in the order of the table's columns."""
    return (
        customer_id,
        source_system,
        finding.facet,
        finding.slot,
        finding.field,
        finding.rule,
        finding.version,
        str(finding.severity),
        str(IssueState.OPEN),
        stamp.at,
        None,
        stamp.run_id,
    )


def settle_issues(customer_ids: Sequence[int], source_system: str, stamp: Stamp) -> int:
    """Close the open issues of one source's rows, before what is found now is opened. Returns how many."""
    open_issues = QualityIssue.objects.filter(
        customer_id__in=customer_ids, source_system=source_system, state=IssueState.OPEN
    )
    return open_issues.update(state=IssueState.RESOLVED, resolved_at=stamp.at)


def settle_across(customer_ids: Sequence[int], stamp: Stamp) -> int:
    """Close what rules across rows no longer find on these customers (they were merged). Returns how many."""
    codes = [rule.code for rule in book.across_rules(LOOKUP_FACET)]
    still = {(pk, _place(finding)) for pk, found in _across(customer_ids).items() for finding in found}
    ours = QualityIssue.objects.filter(customer_id__in=customer_ids, rule__in=codes, state=IssueState.OPEN)
    gone = [i.pk for i in ours if (i.customer_id, (i.facet, i.slot, i.field, i.rule)) not in still]
    settled = QualityIssue.objects.filter(pk__in=gone)
    return settled.update(state=IssueState.RESOLVED, resolved_at=stamp.at)


def replace_issues(customer_id: int, bundle: Bundle, findings: Sequence[Finding], stamp: Stamp) -> None:
    """Bring a customer's open issues to what is found now; what is still found stays as it was raised."""
    across = _across([customer_id])
    raise_for_others(across, stamp)
    now = {_place(f): f for f in (*findings, *across.get(customer_id, ()))}
    known = set()
    for issue in QualityIssue.objects.filter(customer_id=customer_id, state=IssueState.OPEN):
        place = (issue.facet, issue.slot, issue.field, issue.rule)
        known.add(place)
        if place not in now:
            QualityIssue.objects.filter(pk=issue.pk).update(state=IssueState.RESOLVED, resolved_at=stamp.at)
    fresh = [f for place, f in now.items() if place not in known and f.severity is not Severity.BLOCK]
    insert_rows(TABLE, [_row(customer_id, bundle.source_system, finding, stamp) for finding in fresh])


def _place(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.facet, finding.slot, finding.field, finding.rule)
