"""`permissions.md`: every permission, who holds it as shipped, and what asks for it."""

import re
from collections import defaultdict
from collections.abc import Iterator

from django.contrib import admin
from django.urls import URLPattern

from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.pages import PAGES
from mdm.jobs import jobs
from mdm.management.reference.markdown import code, codes, table, whole
from mdm.rest.facets import path_part
from mdm.rest.operations import Operation, operation_of
from mdm.rest.urls import version_1
from mdm.subjects import registry
from security.access.roles import PERMISSIONS, ROLES

_LEAD = """\
A service asks the actor for one of these permissions and nothing else (`security/access/roles.py`). A
role is a set of permissions; it is granted to a user at a branch and holds there and at every branch
below. Of several roles the widest mask counts. For a client system each permission counts only if it is
among the scopes of its token too."""
_NOTHING = "no screen, endpoint or job yet"
METHODS = ("GET", "POST", "PATCH")


def page() -> str:
    """Permissions, roles, and what asks for them."""
    return whole("Permissions and roles", _LEAD, _permissions(), _roles(), _uses())


def _permissions() -> str:
    rows = [
        (code(name), said, ", ".join(role.code for role in ROLES if name in role.permissions) or "nobody")
        for name, said in PERMISSIONS.items()
    ]
    return "## Permissions\n\n" + table(("permission", "allows", "held by"), rows)


def _roles() -> str:
    rows = [(code(r.code), r.name_zh, r.name_en, r.mask_profile, codes(r.permissions)) for r in ROLES]
    lead = "Seeded where missing (`seed_roles`); afterwards they are data and edited ones stay as they are."
    heads = ("role", "中文", "English", "mask profile", "permissions")
    return f"## Roles as shipped\n\n{lead}\n\n" + table(heads, rows)


def _uses() -> str:
    """Screens, endpoints, jobs and facets by permission."""
    asked: dict[str, list[str]] = defaultdict(list)
    for permission, use in [*_screens(), *_endpoints(), *_works(), *_facets()]:
        asked[permission].append(use)
    said = {name: "; ".join(dict.fromkeys(asked[name])) or _NOTHING for name in PERMISSIONS}
    rows = [(code(name), uses) for name, uses in said.items()]
    return "## What asks for them\n\n" + table(("permission", "screens, endpoints, jobs, facets"), rows)


def _screens() -> Iterator[tuple[str, str]]:
    for page_ in PAGES:
        yield page_.permission, f"page `/{_general(page_.route)}`"
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ReadOnlyAdmin):
            yield shown.view_right, f"list `/{model._meta.app_label}/{model._meta.model_name}/`"


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Every endpoint of the API: method, address, declaration."""
    for route in version_1:
        if isinstance(route, URLPattern):
            view = getattr(route.callback, "view_class", None) or getattr(route.callback, "cls", None)
            for method in METHODS:
                declared = operation_of(view, method) if view else None
                if declared:
                    yield method, f"/api/v1/{route.pattern}", declared


def _endpoints() -> Iterator[tuple[str, str]]:
    for method, address, declared in operations():
        yield declared.scope, f"`{method} {_general(address)}`"


def _general(address: str) -> str:
    """An address with names in braces; the entries of all facets are spelt alike."""
    named = re.sub(r"<\w+:(\w+)>", r"{\1}", address)
    for facet in registry.facets():
        named = named.replace(f"}}/{path_part(facet)}", "}/{entries}")
    return named


def _works() -> Iterator[tuple[str, str]]:
    for job in jobs():
        for right in job.rights:
            yield right, f"job `{job.name}`"


def _facets() -> Iterator[tuple[str, str]]:
    for facet in registry.facets():
        yield facet.permission, f"writing `{facet.name}`"
