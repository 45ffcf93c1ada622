"""Checking the integrity of one customer now, and reading the figures of the last checks of many."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from credentials.models import IntegrityResult
from credentials.rules.integrity import INCONSISTENT, WEIGHTS, Found, Report, judge
from credentials.selectors.radar import day_of
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW, resolve
from customers.selectors.gathering import Gathered, gather, gather_each
from customers.selectors.panorama import NAMED, display_name, header
from customers.selectors.relations import in_circles
from mdm.errors import Invalid
from mdm.paging import LARGEST, number_in
from mdm.quality.models import IssueState, QualityIssue
from mdm.quality.rules import AcrossRule, book
from mdm.subjects import Bundle, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record

Json = dict[str, Any]
KINDS = tuple(WEIGHTS)
_SHARED_CODE = _("Another customer has a number with the same organisation code.")
_CIRCLE = _("The customer owns itself through others, or heads its own group.")
#: The same number on both is U01. A credit code is in the index under its organisation code too.
_SHARING_CODE = """
SELECT DISTINCT r.customer_id FROM mdm_lookupentry r
JOIN credentials_credential c ON c.id = r.row_id AND c.status = 'ACTIVE' AND c.type IN ('O01', 'O02')
JOIN mdm_lookupentry l ON l.digest = r.digest AND l.kind = r.kind AND l.customer_id <> r.customer_id
JOIN credentials_credential o ON o.id = l.row_id AND o.type IN ('O01', 'O02') AND o.type <> c.type
WHERE r.kind = %(kind)s AND r.customer_id = ANY(%(ids)s)
AND panorama_golden_of(l.customer_id) <> panorama_golden_of(r.customer_id) ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """One customer as checked: what stands at its head, and the report."""

    head: Json
    report: Report
    day: Any


@dataclass(frozen=True, slots=True)
class Results:
    """A page of figures, worst first, and what they come to for all that the actor sees."""

    rows: list[Json]
    next: str | None
    summary: Json


def check(actor: Actor, number: str, *, at: datetime) -> Checked:
    """Check one customer now; the read is logged. NotFound out of scope."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        rows = gather(view.member_ids)
        report = judge(bundle_of(rows), day_of(at), across({view.golden_id: view.member_ids})[view.golden_id])
        fields = {"score": report.score}
        record(actor, "customer.integrity", at, subject="customer", customer_id=view.golden_id, fields=fields)
        return Checked(header(view.customer, rows, actor.sight(view.customer)), report, day_of(at))


def bundle_of(rows: Gathered) -> Bundle:
    """The rows in force of all members as one bundle; its kind is that of the oldest member."""
    first = rows["customer"][0]
    told = {name: [dict(row) for row in found] for name, found in rows.items()}
    return Bundle(first["source_system"], first["source_key"], first["party_type"], told)


def across(families: Mapping[int, Collection[int]]) -> dict[int, list[Found]]:
    """What rules that look at other customers have found of these, as the last writer left it."""
    owners = {member: golden for golden, members in families.items() for member in members}
    issues = QualityIssue.objects.filter(customer_id__in=owners, state=IssueState.OPEN, rule__in=_rules())
    found: dict[int, list[Found]] = defaultdict(list)
    for issue in issues.order_by("id"):
        text = book.rules[issue.rule].message
        told = Found(INCONSISTENT, issue.facet, issue.slot, issue.field, issue.rule, text)
        found[owners[issue.customer_id]].append(told)
    for member in _sharing_code(sorted(owners)):
        found[owners[member]].append(Found(INCONSISTENT, "credential", "", "number", "U03", _SHARED_CODE))
    for golden in in_circles(families):
        found[golden].append(Found(INCONSISTENT, "relationship", "", "other_no", "K07", _CIRCLE))
    return found


def _sharing_code(ids: Sequence[int]) -> list[int]:
    """Those of these customers whose organisation code another one has within a credit code, or the other way round."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARING_CODE, {"ids": list(ids), "kind": registry.lookup("NUMBER").number})
        return [customer for (customer,) in cursor.fetchall()]


def _rules() -> list[str]:
    return [code for code, rule in book.rules.items() if isinstance(rule, AcrossRule)]


def results(
    actor: Actor,
    *,
    at: datetime,
    org: str = "",
    kind: str = "",
    run: int | None = None,
    after: str = "",
    size: int = 25,
) -> Results:
    """The figures of the last checks. `kind` narrows to customers with findings of that kind, `run` to those whom a run
    checked last. Invalid `filter.unknown`."""
    if kind and kind not in KINDS:
        raise Invalid("filter.unknown", _("There is no filter “%s”.") % kind)
    size = max(1, min(size, LARGEST))
    with in_scope(actor, VIEW):
        rows = scoped(IntegrityResult.objects.all(), actor, VIEW, path="customer__org_path")
        rows = rows.filter(customer__org__code=org) if org else rows
        rows = rows if run is None else rows.filter(run_id=run)
        summary = _summary(rows)
        rows = rows.filter(**{f"{kind.lower()}__gt": 0}) if kind else rows
        found = list(
            _beyond(rows, after).select_related("customer__org").order_by("score", "customer_id")[: size + 1]
        )
        told = _rows(actor, found[:size])
        shown = [row.customer_id for row in found[:size]]
        record(
            actor, "customer.integrity_list", at, subject="customer", fields={"shown": len(told)}, shown=shown
        )
    last = found[size - 1] if len(found) > size else None
    return Results(told, f"{last.score}-{last.customer_id}" if last else None, summary)


def _beyond(rows: QuerySet[IntegrityResult], after: str) -> QuerySet[IntegrityResult]:
    score, customer = map(number_in, after.partition("-")[::2])
    if score is None or customer is None:
        return rows
    return rows.filter(Q(score__gt=score) | Q(score=score, customer_id__gt=customer))


def _summary(rows: QuerySet[IntegrityResult]) -> Json:
    """How many customers were checked, their mean score, and how many have findings of each kind."""
    told = rows.aggregate(
        customers=Count("pk"),
        score=Avg(F("score")),
        missing=Count("pk", filter=Q(missing__gt=0)),
        invalid=Count("pk", filter=Q(invalid__gt=0)),
        inconsistent=Count("pk", filter=Q(inconsistent__gt=0)),
        unverified=Count("pk", filter=Q(unverified__gt=0)),
        expired=Count("pk", filter=Q(expired__gt=0)),
    )
    score = told["score"]
    return {**told, "score": round(float(score), 1) if score is not None else None}


def _rows(actor: Actor, found: list[Any]) -> list[Json]:
    owners = {row.customer_id: row.customer for row in found}
    names = gather_each({pk: (pk, *one.members) for pk, one in owners.items()}, NAMED)
    return [
        {
            "customer_no": customer_no(row.customer_id),
            "display_name": display_name(names[row.customer_id], actor.sight(row.customer)),
            "org": row.customer.org.code,
            "branch": str(row.customer.org),
            "score": row.score,
            "checked_at": row.checked_at,
            "elements": row.elements,
            **{kind.lower(): getattr(row, kind.lower()) for kind in KINDS},
        }
        for row in found
    ]
