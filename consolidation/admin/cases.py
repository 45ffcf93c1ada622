"""Duplicate cases: pairs that a person must look at."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from consolidation.admin.words import VETOES
from consolidation.models import ReviewCase
from consolidation.selectors.listing import CaseLine, list_cases, open_cases
from customers.admin.links import customer_url
from mdm.backoffice import menu
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.home import Panel, add_panel
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.paging import Page
from security.access.actor import Actor

VIEW = "case.view"
CLASSES = {"A2": _("strong"), "B": _("possible")}
#: Cases are counted up to here; more are “1,000+”.
COUNTED = 1000


@admin.register(ReviewCase)
class ReviewCaseAdmin(ReadOnlyAdmin[ReviewCase]):
    """Open cases, newest first."""

    view_right = VIEW
    empty = _("All clear: no open case")
    empty_next = _("Cases come with loaded files and with new customers that look like known ones.")
    filters = (Filter("outcome", _("Class"), choices=CLASSES.items),)
    columns = (
        Column(_("Case"), lambda line: Cell(f"#{line.case.pk}", url=case_url(line.case.pk), main=True)),
        Column(_("Customer"), lambda line: _customer(line, "one")),
        Column(_("Possibly the same"), lambda line: _customer(line, "other")),
        Column(
            _("Class"),
            lambda line: Cell(CLASSES.get(line.case.outcome, line.case.outcome), "tag", _tone(line)),
        ),
        Column(_("Score"), lambda line: Cell(f"{line.case.score:.3f}", "num"), "num"),
        Column(_("Rule"), lambda line: Cell(line.case.rule, "mono")),
        Column(_("Veto"), lambda line: Cell(VETOES.get(line.case.veto, line.case.veto) or "—")),
        Column(_("Opened"), lambda line: Cell(line.case.opened_at, "time")),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return list_cases(actor, at=at, after=query.after_id, size=query.size, filters=query.filters)


def case_url(case_id: int) -> str:
    """The page on which a case is decided."""
    return reverse("admin:case", args=[case_id])


def _customer(line: CaseLine, side: str) -> Cell:
    hit = line.one if side == "one" else line.other
    url = customer_url(hit.customer_no)
    return Cell(hit.display_name or "—", url=url, note=hit.customer_no)


def _tone(line: CaseLine) -> str:
    return "warn" if line.case.outcome == "A2" else ""


def _open(actor: Actor, at: datetime) -> dict[str, Any]:
    """How many cases wait."""
    found = open_cases(actor, COUNTED + 1)
    return {"count": min(found, COUNTED), "more": found > COUNTED}


add_panel(Panel("cases", VIEW, "panorama/home/cases.html", _open, size="tile", order=10))
menu.add(
    menu.Item(
        "consolidation",
        _("Duplicate cases"),
        "admin:consolidation_reviewcase_changelist",
        "pair",
        VIEW,
        "g d",
        10,
    )
)
