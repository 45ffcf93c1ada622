"""Keeping what the rules found on rows that were kept all the same."""

from collections.abc import Sequence
from typing import Any

from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import table_of
from mdm.bulk.writing import insert_rows
from mdm.quality.models import IssueState, QualityIssue
from mdm.quality.rules import Finding, Severity
from mdm.subjects import Bundle

TABLE = table_of(QualityIssue, frozenset({"id"}))


def raise_issues(
    customer_ids: Sequence[int], bundles: Sequence[Bundle], findings: Sequence[Sequence[Finding]], stamp: Stamp
) -> int:
    """Open an issue for each finding. Returns how many."""
    rows = [
        _row(customer_id, bundle, finding, stamp)
        for customer_id, bundle, found in zip(customer_ids, bundles, findings, strict=True)
        for finding in found
        if finding.severity is not Severity.BLOCK
    ]
    insert_rows(TABLE, rows)
    return len(rows)


def _row(customer_id: int, bundle: Bundle, finding: Finding, stamp: Stamp) -> tuple[Any, ...]:
    """One issue in the order of the table's columns."""
    return (
        customer_id,
        bundle.source_system,
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


def replace_issues(customer_id: int, bundle: Bundle, findings: Sequence[Finding], stamp: Stamp) -> None:
    """Bring a customer's open issues to what is found now; what is still found stays as it was raised."""
    still = {(f.facet, f.slot, f.field, f.rule) for f in findings}
    known = set()
    for issue in QualityIssue.objects.filter(customer_id=customer_id, state=IssueState.OPEN):
        place = (issue.facet, issue.slot, issue.field, issue.rule)
        known.add(place)
        if place not in still:
            QualityIssue.objects.filter(pk=issue.pk).update(state=IssueState.RESOLVED, resolved_at=stamp.at)
    fresh = [f for f in findings if (f.facet, f.slot, f.field, f.rule) not in known]
    raise_issues([customer_id], [bundle], [fresh], stamp)
