"""Who changed what of a customer: a timeline of masked differences. Scope first, then history."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.changes import FILTERS as CHANGE_FILTERS
from customers.admin.links import customer_url
from customers.selectors.customer import get
from customers.selectors.history import history
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import with_approvals
from mdm.backoffice.lists import ListQuery
from mdm.backoffice.pages import open_page, page, render_page
from mdm.paging import number_in

#: Those of the change browser, for one customer.
FILTERS = tuple(one for one in CHANGE_FILTERS if one.name not in ("customer", "reason"))


@page("customer/<str:number>/history/", "customer_history", "customer.history")
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The changes of one customer and of those merged into it, newest first."""
    actor, at = actor_of(request), timezone.now()
    query = ListQuery.read(request.GET, FILTERS)
    offset = number_in(query.after, digits=6) or 0
    view = get(actor, number, at=at)
    found = history(actor, number, at=at, offset=offset, size=query.size, filters=query.filters)
    context = {
        "title": _("History"),
        "number": view.customer.customer_no,
        "redirected_from": view.redirected_from,
        "changes": with_approvals(found.rows),
        "query": query,
        "choices": [(known, query.filters.get(known.name, "")) for known in FILTERS],
        "next_url": query.url(after=found.next) if found.next is not None else "",
        "first_url": query.url() if offset else "",
        "compare_url": reverse("admin:customer_between", args=[view.customer.customer_no]),
        "certificates_url": open_page("certificates", actor, view.customer.customer_no),
        "crumbs": [{"url": customer_url(view.customer.customer_no), "label": view.customer.customer_no}],
    }
    return render_page(request, "panorama/customer_history.html", context)
