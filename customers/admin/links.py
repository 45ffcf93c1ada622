"""Addresses of the pages about customers and their rows."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import reverse

from customers.rules.number import customer_id, customer_no
from customers.selectors.evidence import LOG, source
from mdm.backoffice import objects
from mdm.backoffice.pages import open_page
from mdm.errors import Text
from mdm.subjects import Facet
from security.access.actor import Actor


def customer_url(number: str) -> str:
    """The panorama of a customer."""
    return reverse("admin:panorama", args=[number])


def row_url(facet: Facet, page: str, row_id: int | None = None) -> str:
    """A page of a facet's rows (changelist, add, change, history); empty where no admin is registered."""
    model: Any = facet.model
    if not admin.site.is_registered(model):
        return ""
    args = [] if row_id is None else [customer_no(row_id) if facet.name == "customer" else row_id]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@dataclass(frozen=True, slots=True)
class Action:
    """A button at the head of a customer's page: the page it leads to takes the customer's number."""

    url_name: str
    label: Text
    permission: str
    key: str = ""


#: What apps above add to the head of a customer's page.
ACTIONS: list[Action] = []


objects.register(
    "customer", objects.Naming(customer_no, lambda own_id: customer_url(customer_no(own_id)), customer_id)
)


def export_url(actor: Actor, what: str, query: str) -> str:
    """The page that exports a source as a query narrows it; empty for who would be refused there."""
    chosen = source(what)
    page = open_page("log_export_new" if chosen.kind == LOG else "list_export_new", actor, what)
    return page + query if page and all(map(actor.may, chosen.rights)) else ""
