"""The panorama: everything known of one customer, masked for who asks."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from customers.selectors.completeness import asked_of, completeness
from customers.selectors.customer import VIEW, CustomerView, whole
from customers.selectors.gathering import Gathered, Whole, gather_whole
from customers.selectors.history import recent_changes
from customers.selectors.keeping import kept_json, versioned
from customers.survivorship import distinct, golden_values, tellers, why
from mdm.bulk.tables import field_of, own_fields
from mdm.codes import get as code_list
from mdm.codes.tables.credential import GONE_STATES
from mdm.display import sensitive, shown
from mdm.extension.attributes import Stamp, current
from mdm.quality.rules import book
from mdm.subjects import Expected, Facet, Row, Subject, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import Sight
from security.audit.log import record

#: Days before its end from which a document is shown as expiring (domain 1.11).
EXPIRY_NOTICE = 90

Json = dict[str, Any]


def panorama(actor: Actor, number: str, *, at: datetime) -> Json:
    """All subjects of a golden customer, gathered from its members. NotFound out of scope; logged."""
    body, own = _read(actor, number, at)
    return {**json.loads(body), **own}


def panorama_json(actor: Actor, number: str, *, at: datetime) -> bytes:
    """The same as the text of a JSON object, as it was kept."""
    body, own = _read(actor, number, at)
    return body[:-1] + b"," + _as_json(own)[1:]


def _read(actor: Actor, number: str, at: datetime) -> tuple[bytes, Json]:
    """What all who see as much of a customer are shown, perhaps kept; and what only this reader is."""
    with in_scope(actor, VIEW):
        view, version = versioned(actor, number)
        sight, may_history = actor.sight(view.customer), actor.may_on("customer.history", view.customer)
        seen_as = (
            sight,
            may_history,
            get_language(),
            timezone.localtime(at).date(),
            view.customer.pk,
            current().stamp,
        )

        def compute() -> bytes:
            return _as_json(told(whole(view), sight, at, history=may_history))

        body = kept_json(view.golden_id, version, seen_as, compute)
        cases = _cases(view, actor)
        others = [id_of(case["other"]) or 0 for case in cases]
        record(actor, "customer.panorama", at, subject="customer", customer_id=view.golden_id, shown=others)
        return body, {"redirected_from": view.redirected_from, "cases": cases}


def _as_json(told: Json) -> bytes:
    """Compact JSON in UTF-8, as REST framework writes it."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def told(view: CustomerView, profile: Sight, at: datetime, *, history: bool) -> Json:
    """What is shown of a customer to everybody who sees it in this way, with or without its history."""
    day = timezone.localtime(at).date()
    found = gather_whole(view.member_ids, history=history)
    return {
        **header(view.customer, found.rows, profile),
        "members": [customer_no(member) for member in view.customer.members],
        "subjects": subjects_told(found, profile, day),
        "obligations": obligations(found.rows, day),
        "quality": quality_told(found.issues),
        "recent_changes": recent_changes(view.member_ids, found, profile) if history else [],
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


#: The facets that a customer is named by.
NAMED = ("customer_name", "organisation_profile")


def display_name(found: Gathered, profile: str) -> str:
    """The name to show: an organisation's registered name, a person's legal name masked."""
    firms = found.get("organisation_profile", [])
    if firms and firms[0]["registered_name"]:
        return str(firms[0]["registered_name"])
    facet = registry.facet("customer_name")
    names = sorted(found.get("customer_name", []), key=lambda row: row["kind"] != "LEGAL")
    field = field_of(facet, "full_name")
    return str(shown(facet.model, field, names[0]["full_name"], names[0], profile)["text"]) if names else ""


def subjects_told(whole: Whole, profile: str, day: date) -> list[Json]:
    """The subjects with their facets and rows, for one way of seeing the customer, and how complete each is."""
    asked = asked_of(whole, day)
    return [_subject(subject, whole, profile, asked) for subject in registry.subjects]


def _subject(subject: Subject, whole: Whole, profile: str, asked: Sequence[Expected]) -> Json:
    facets = [_facet(facet, whole, profile) for facet in subject.facets]
    return {
        "number": subject.number,
        "name": subject.name,
        "label": str(subject.label),
        "count": sum(len(facet["rows"]) for facet in facets),
        "completeness": completeness(subject, asked),
        "facets": facets,
    }


def _facet(facet: Facet, whole: Whole, profile: str) -> Json:
    rows = whole.rows[facet.name]
    shown_rows = [_row(facet, group, whole, profile) for group in distinct(facet, rows)] if rows else []
    return {**_head(facet, get_language() or "", current().stamp), "rows": shown_rows}


@lru_cache(maxsize=512)
def _head(facet: Facet, _language: str, _stamp: Stamp) -> Json:
    """What a facet is called and has, in one language and by one model dictionary; the same for every customer."""
    return {
        "name": facet.name,
        "label": str(facet.model._meta.verbose_name),
        "multiple": facet.multiple,
        "fields": [
            {"name": f.attname, "label": str(f.verbose_name), "sensitive": sensitive(facet.model, f)}
            for f in own_fields(facet.model)
        ],
    }


def _row(facet: Facet, group: Sequence[Row], whole: Whole, profile: str) -> Json:
    """One row as shown: the best of those that say the same, with every source that says it; of several records that
    are one, each value says which of them it comes from."""
    best = group[0]
    shown_values = _as_told(facet, group, whole, profile)
    return {
        "id": best["id"],
        "version": best["version"],
        "status": best["status"],
        "valid_from": best["valid_from"].isoformat() if best["valid_from"] else None,
        "values": shown_values,
        **source_told(facet, best),
        "sources": [
            {"system": row["source_system"], "key": row["source_key"], **source_told(facet, row)}
            for row in group
        ],
        "why": why(group),
    }


def _as_told(facet: Facet, group: Sequence[Row], whole: Whole, profile: str) -> Json:
    """The values of one row by field; where several records tell them, with the source that won and why."""
    told, fields = group[0], own_fields(facet.model)
    if facet.multiple or len(group) == 1:
        return {f.attname: whole.shown(facet, f, told, profile) for f in fields}
    telling, places = tellers(facet, group), {row["id"]: at for at, row in enumerate(group)}
    values = {name: found[0][name] if found else None for name, found in telling.items()}
    shown_values = {f.attname: whole.shown(facet, f, values, profile) for f in fields}
    for name, value in shown_values.items():
        if value["value"] is not None:
            found = telling[name]
            value["source"] = places[found[0]["id"]]
            value["why"] = why(found, name, earliest=name in facet.model.EARLIEST)
    return shown_values


def source_told(facet: Facet, row: Row) -> Json:
    """Whose row it is, and who verified and changed it: when and how."""
    return {
        "customer_no": customer_no(row["id"] if facet.name == "customer" else row["customer_id"]),
        "verified_at": row["verified_at"].isoformat() if row["verified_at"] else None,
        "verified_by": row["verified_by"],
        "verified_how": row["verified_how"],
        "updated_at": row["updated_at"].isoformat(),
        "updated_by": row["updated_by"],
    }


def obligations(found: Gathered, today: date) -> list[Json]:
    """What must be done about this customer, with its date: expiring and expired documents, missing ones."""
    due: list[Json] = []
    documents = found.get("credential", [])
    for row in documents:
        expiry = row["expiry_date"]
        if row["lifecycle_state"] in GONE_STATES:
            continue
        if expiry is None or expiry > today + timedelta(days=EXPIRY_NOTICE):
            continue
        kind = code_list("credential_type").label(row["type"])
        text = _("%s has expired") % kind if expiry < today else _("%s expires soon") % kind
        code = "credential.expired" if expiry < today else "credential.expiring"
        due.append({"code": code, "text": text, "due": expiry.isoformat()})
    if not documents:
        due.append({"code": "credential.missing", "text": _("No document is on file"), "due": None})
    return due + [told for more in registry.obligations for told in more(found, today)]


def quality_told(found: Sequence[Row]) -> Json:
    """Open issues and a score: 100 less 10 for each warning and 2 for each note, not below 0."""
    issues = list({(i["rule"], i["facet"], i["slot"], i["field"]): i for i in found}.values())
    score = 100 - sum(10 if issue["severity"] == "WARN" else 2 for issue in issues)
    return {"score": max(0, score), "issues": [_issue(issue) for issue in issues]}


def _issue(issue: Row) -> Json:
    rule = book.rules.get(issue["rule"])
    return {
        "rule": issue["rule"],
        "facet": issue["facet"],
        "field": issue["field"],
        "severity": issue["severity"],
        "text": str(rule.message) if rule else issue["rule"],
        "raised_at": issue["raised_at"].isoformat(),
    }


def _cases(view: CustomerView, actor: Actor) -> list[Json]:
    """Open duplicate cases; consolidation, which stands above, adds them through the registry."""
    return [case for panel in registry.panels for case in panel(actor, view.member_ids)]
