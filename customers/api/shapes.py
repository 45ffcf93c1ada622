"""Putting what services and selectors give into the shapes of `customers.api.fields`."""

from typing import Any

from customers.models import Customer
from customers.rules.number import customer_no
from customers.services.onboarding import Onboarded, SuspectView
from mdm.quality.rules import Finding
from mdm.rest.facets import row_data, told_place
from mdm.subjects import registry

Json = dict[str, Any]


def customer_data(customer: Customer, profile: str, redirected_from: str | None = None) -> Json:
    """A customer's own row."""
    return {
        "customer_no": customer.customer_no,
        "redirected_from": redirected_from,
        "org": customer.org.code,
        "members": [customer_no(number) for number in customer.members],
        **row_data(registry.facet("customer"), customer, profile),
    }


def onboarded_data(made: Onboarded) -> Json:
    """What became of a new customer."""
    return {
        "customer_no": made.customer_no,
        "outcome": made.outcome,
        "suspects": [suspect_data(suspect) for suspect in made.suspects],
        "findings": [finding_data(finding) for finding in made.findings],
    }


def suspect_data(suspect: SuspectView) -> Json:
    """A customer that may be the same one."""
    return {
        "customer_no": suspect.customer_no,
        "org": suspect.org_code,
        "rule": suspect.rule,
        "outcome": suspect.outcome,
        "visible": suspect.visible,
    }


def finding_data(finding: Finding) -> Json:
    """A rule that was not kept."""
    return {
        "pointer": told_place(registry.facets(), finding.pointer),
        "rule": finding.rule,
        "severity": str(finding.severity.value),
        "text": finding.text,
    }
