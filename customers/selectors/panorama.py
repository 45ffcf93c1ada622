"""The panorama: everything known of one customer, masked for who asks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW, CustomerView, resolve
from customers.selectors.gathering import Gathered, gather
from customers.selectors.history import recent_changes
from customers.survivorship import distinct, golden_values
from mdm.bulk.tables import field_of, own_fields
from mdm.codes import get as code_list
from mdm.display import sensitive, shown
from mdm.quality.models import IssueState, QualityIssue
from mdm.quality.rules import book
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

#: Days before its end from which a document is shown as expiring (domain 1.11).
EXPIRY_NOTICE = 90

Json = dict[str, Any]


def panorama(actor: Actor, number: str, *, at: datetime) -> Json:
    """All subjects of a golden customer, gathered from its members. NotFound out of scope; logged."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        sight = actor.sight(view.customer)
        record(actor, "customer.panorama", at, subject="customer", customer_id=view.golden_id)
        found = gather(view.member_ids)
        return {
            **header(view.customer, found, sight),
            "redirected_from": view.redirected_from,
            "members": [customer_no(member) for member in view.customer.members],
            "subjects": [_subject(subject, found, sight) for subject in registry.subjects],
            "obligations": obligations(found, timezone.localtime(at).date()),
            "quality": _quality(view.member_ids),
            "recent_changes": recent_changes(view.member_ids, sight)
            if actor.may_on("customer.history", view.customer)
            else [],
            "cases": _cases(view, actor),
        }


def header(customer: Customer, found: Gathered, profile: str) -> Json:
    """What stands at the top of every page about a customer."""
    told = golden_values(registry.facet("customer"), found["customer"])
    opened = told["opened_on"]
    return {
        "customer_no": customer.customer_no,
        "party_type": _code("party_type", customer.party_type),
        "lifecycle_status": _code("lifecycle_status", customer.lifecycle_status),
        "display_name": display_name(found, profile),
        "org": {"code": customer.org.code, "name": str(customer.org)},
        "opened_on": opened.isoformat() if opened else None,
        "version": customer.version,
    }


def _code(name: str, code: str) -> Json:
    return {"code": code, "label": code_list(name).label(code)}


def display_name(found: Gathered, profile: str) -> str:
    """The name to show: an organisation's registered name, a person's legal name masked."""
    firms = found.get("organisation_profile", [])
    if firms and firms[0]["registered_name"]:
        return str(firms[0]["registered_name"])
    facet = registry.facet("customer_name")
    names = sorted(found.get("customer_name", []), key=lambda row: row["kind"] != "LEGAL")
    field = field_of(facet, "full_name")
    return str(shown(facet.model, field, names[0]["full_name"], names[0], profile)["text"]) if names else ""


def _subject(subject: Any, found: Gathered, sight: str) -> Json:
    return {
        "number": subject.number,
        "name": subject.name,
        "label": str(subject.label),
        "facets": [_facet(facet, found[facet.name], sight) for facet in subject.facets],
    }


def _facet(facet: Facet, rows: Sequence[Row], sight: str) -> Json:
    fields = own_fields(facet.model)
    return {
        "name": facet.name,
        "label": str(facet.model._meta.verbose_name),
        "multiple": facet.multiple,
        "fields": [
            {"name": f.attname, "label": str(f.verbose_name), "sensitive": sensitive(facet.model, f)}
            for f in fields
        ],
        "rows": [_row(facet, group, sight) for group in distinct(facet, rows)],
    }


def _row(facet: Facet, group: Sequence[Row], sight: str) -> Json:
    """One row as shown: the best of those that say the same, with every source that says it."""
    best = group[0]
    owner = best["id"] if facet.name == "customer" else best["customer_id"]
    told = best if facet.multiple else golden_values(facet, group)
    values = {f.attname: shown(facet.model, f, told[f.attname], told, sight) for f in own_fields(facet.model)}
    return {
        "id": best["id"],
        "version": best["version"],
        "status": best["status"],
        "customer_no": customer_no(owner),
        "values": values,
        "sources": [{"system": row["source_system"], "key": row["source_key"]} for row in group],
        "verified_at": best["verified_at"].isoformat() if best["verified_at"] else None,
        "updated_at": best["updated_at"].isoformat(),
        "updated_by": best["updated_by"],
    }


def obligations(found: Gathered, today: date) -> list[Json]:
    """What must be done about this customer, with its date: expiring and expired documents, missing ones."""
    due: list[Json] = []
    documents = found.get("credential", [])
    for row in documents:
        expiry = row["expiry_date"]
        if expiry is None or expiry > today + timedelta(days=EXPIRY_NOTICE):
            continue
        kind = code_list("credential_type").label(row["type"])
        text = _("%s has expired") % kind if expiry < today else _("%s expires soon") % kind
        code = "credential.expired" if expiry < today else "credential.expiring"
        due.append({"code": code, "text": text, "due": expiry.isoformat()})
    if not documents:
        due.append({"code": "credential.missing", "text": _("No document is on file"), "due": None})
    return due


def _quality(member_ids: Sequence[int]) -> Json:
    """Open issues and a score: 100 less 10 for each warning and 2 for each note, not below 0."""
    found = QualityIssue.objects.filter(customer_id__in=member_ids, state=IssueState.OPEN).order_by("id")[
        :100
    ]
    issues = list({(issue.rule, issue.facet, issue.slot, issue.field): issue for issue in found}.values())
    score = 100 - sum(10 if issue.severity == "WARN" else 2 for issue in issues)
    return {"score": max(0, score), "issues": [_issue(issue) for issue in issues]}


def _issue(issue: QualityIssue) -> Json:
    rule = book.rules.get(issue.rule)
    return {
        "rule": issue.rule,
        "facet": issue.facet,
        "field": issue.field,
        "severity": issue.severity,
        "text": str(rule.message) if rule else issue.rule,
        "raised_at": issue.raised_at.isoformat(),
    }


def _cases(view: CustomerView, actor: Actor) -> list[Json]:
    """Open duplicate cases; consolidation, which stands above, adds them through the registry."""
    return [case for panel in registry.panels for case in panel(actor, view.member_ids)]
