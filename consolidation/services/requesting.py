"""Deciding and un-merging through the doors: done at once, or asked for as the bank's rules want."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from consolidation.models import Merge, ReviewCase
from consolidation.selectors import requests
from consolidation.selectors.comparing import RIGHT as DECIDE
from consolidation.selectors.comparing import open_case, sides_of
from consolidation.services import deciding, merging
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.registry import Operation, register
from security.approvals.requests import Done, perform

Arguments = Mapping[str, Any]


def decide(actor: Actor, case_id: int, verdict: str, standing: str, *, reason: str, at: datetime) -> Done:
    """Decide a case, or ask for it. Raises what `deciding.decide` raises, Duplicate `approval.open`."""
    arguments = {"case": case_id, "verdict": verdict, "standing": standing}
    return perform(actor, deciding.OPERATION, arguments, reason=reason, at=at)


def unmerge(actor: Actor, merge_id: int, *, reason: str, at: datetime) -> Done:
    """Take a merge back, or ask for it. Raises what `merging.unmerge` raises, Duplicate `approval.open`."""
    return perform(actor, merging.UNDO, {"merge": merge_id}, reason=reason, at=at)


def do_decide(actor: Actor, told: Arguments, reason: str, at: datetime) -> ReviewCase:
    """The decision that a request asked for."""
    return deciding.decide(actor, told["case"], told["verdict"], told["standing"], reason=reason, at=at)


def do_unmerge(actor: Actor, told: Arguments, reason: str, at: datetime) -> Merge:
    """The un-merge that a request asked for."""
    return merging.unmerge(actor, told["merge"], reason=reason, at=at)


def on_what_stands(actor: Actor, told: Arguments) -> Arguments:
    """The same decision on the records of now."""
    with in_scope(actor, DECIDE):
        return {**told, "standing": sides_of(open_case(actor, told["case"])).standing}


def register_operations() -> None:
    """Tell the engine of approvals of these operations (`AppConfig.ready`)."""
    words: dict[str, Any] = {"title": requests.case_title, "fields": requests.no_fields}
    register(
        Operation(
            deciding.OPERATION,
            _("Decision about a duplicate case"),
            DECIDE,
            do_decide,
            requests.show_case_request,
            rebase=on_what_stands,
            bulk=True,
            **words,
        )
    )
    register(
        Operation(
            merging.UNDO,
            _("Taking a merge back"),
            merging.RIGHT,
            do_unmerge,
            requests.show_undo_request,
            **words,
        )
    )
