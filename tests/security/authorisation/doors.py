"""Every door of the product with the rule it declares: read off the resolver and the view classes.

A new endpoint declares its scope in its `Operation`, a new page its permission in `@page`, a new admin
its `view_right`, `add_right` and `change_right`: all of them land here by themselves. What is open to
everybody, or to everybody who is signed in, is named in OPEN below with the reason. Anything else has no
rule, and the test that counts such doors fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, get_resolver

from customers.admin.facets import FacetAdmin
from mdm.backoffice.pages import PAGES
from mdm.rest.operations import PUBLIC, SIGNED_IN, Operation, operation_of
from mdm.rest.views import ApiView

#: Rules that are no permission.
NOBODY = "nobody"
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")

#: URL name, or the route where it has none -> who may, and why that is right.
OPEN: dict[str, tuple[str, str]] = {
    "api/v1/problems": (PUBLIC, "explains refusals; holds nothing of the bank"),
    "api/v1/oauth/token": (PUBLIC, "where a client system proves who it is"),
    "description": (PUBLIC, "the description of the API"),
    "api_docs": (SIGNED_IN, "the description of the API, for staff"),
    "api/problems/<str:code>": (PUBLIC, "explains one refusal"),
    "api/": (PUBLIC, "answers 404 as a problem"),
    "healthz/live": (PUBLIC, "for balancers"),
    "healthz/ready": (PUBLIC, "for balancers"),
    "unseal": (PUBLIC, "custodians unseal the root key while nobody can sign in; a share proves itself"),
    "metrics": (PUBLIC, "counts only; bound to its own listener in production"),
    "admin/": (PUBLIC, "leads to the front page"),
    "login": (PUBLIC, "signing in"),
    "account_login": (PUBLIC, "signing in"),
    "logout": (PUBLIC, "signing out"),
    "mfa_authenticate": (PUBLIC, "the second step of signing in; without the first it leads back"),
    "passkey_sign_in": (PUBLIC, "signing in"),
    "openid_connect_login": (PUBLIC, "signing in elsewhere"),
    "openid_connect_callback": (PUBLIC, "coming back from signing in elsewhere"),
    "language": (PUBLIC, "the reader's language"),
    "display": (PUBLIC, "light or dark"),
    "index": (SIGNED_IN, "home: each panel asks for its own right"),
    "stay": (PUBLIC, "keeps one's own session; without one it answers empty"),
    "prove": (SIGNED_IN, "fresh proof of oneself"),
    "branches": (SIGNED_IN, "codes and names of branches, no data of customers"),
    "own_security": (SIGNED_IN, "one's own factors and sessions"),
    "own_app": (SIGNED_IN, "one's own factors"),
    "own_passkey": (SIGNED_IN, "one's own factors"),
    "own_factor_remove": (SIGNED_IN, "one's own factors"),
    "own_codes_renew": (SIGNED_IN, "one's own factors"),
    "own_codes": (SIGNED_IN, "one's own factors"),
    "own_session_end": (SIGNED_IN, "one's own sessions"),
    "password_change": (SIGNED_IN, "one's own password"),
    "password_change_done": (SIGNED_IN, "one's own password"),
    "(?P<url>.*)$": (SIGNED_IN, "answers 404 as a page"),
}


@dataclass(frozen=True)
class Door:
    """One route. `rule(method)` is a permission, PUBLIC, SIGNED_IN or NOBODY; None where none is declared."""

    route: str
    name: str
    callback: Any

    @property
    def view(self) -> Any:
        return getattr(self.callback, "view_class", None)

    @property
    def is_api(self) -> bool:
        """Whether systems call it."""
        return isinstance(self.view, type) and issubclass(self.view, ApiView)

    def operation(self, method: str) -> Operation | None:
        return operation_of(self.view, method) if self.is_api else None

    def rule(self, method: str) -> str | None:
        """Who may come in with this method."""
        if self.name in OPEN or self.route in OPEN:
            return OPEN.get(self.name, OPEN.get(self.route, ("", "")))[0]
        if self.is_api:
            declared = self.operation(method)
            return declared.scope if declared else NOBODY
        return _page_rule(self.name) or _admin_rule(self.name)


def _page_rule(name: str) -> str | None:
    found = [page for page in PAGES if page.name == name]
    return found[0].permission or None if found else None


def _admin_rule(name: str) -> str | None:
    """The right that an admin's page asks for, by Django's naming `app_model_page`."""
    label, _line, page = name.rpartition("_")
    for model, held in admin.site._registry.items():
        if f"{model._meta.app_label}_{model._meta.model_name}" == label:
            return _right_of(held, page)
    return None


def _right_of(held: Any, page: str) -> str | None:
    if isinstance(held, FacetAdmin):
        view, change = held.view_right, held.facet.permission
        facet = {
            "changelist": view,
            "change": view,
            "end": view,
            "history": "customer.history",
            "add": change,
        }
        return facet.get(page)
    plain = type(held).__mro__
    own = {vars(kind).get(f"{page}_view") is not None for kind in plain[: plain.index(_base())]}
    rights = {"changelist": held.view_right, "add": held.add_right, "change": held.change_right}
    return rights.get(page, NOBODY) or NOBODY if True in own or page == "changelist" else NOBODY


@cache
def _base() -> type:
    from mdm.backoffice.admins import ServiceAdmin

    return ServiceAdmin.__mro__[1]


@cache
def doors() -> tuple[Door, ...]:
    """Every route of the product."""
    return tuple(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Any, before: str) -> Iterator[Door]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Door(route, pattern.name or "", pattern.callback)
        else:
            yield from _walk(pattern.url_patterns, route)
