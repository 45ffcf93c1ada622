"""What screens say of writes that a second person has to approve, and of those that one has approved."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.paging import number_in
from security.approvals.models import ChangeRequest
from security.approvals.reading import request_of
from security.approvals.requests import Done

#: The parameter that names the request a form corrects.
CORRECTS = "corrects"


def went(done: Done, message: Text, target: str) -> tuple[str, str]:
    """The message and where to go on: for a request that waits, its page."""
    if done.request is None:
        return str(message), target
    told = _("%s waits for the approval of a second person. Nothing has changed yet.") % done.request.number
    return told, request_url(done.request.pk)


def request_url(request_id: int) -> str:
    """The page of a change request."""
    return reverse("admin:change_request", args=[request_id])


def corrected(request: HttpRequest) -> int | None:
    """The maker's own request that a form corrects, as its address names it."""
    told = request.GET.get(CORRECTS, "")
    return number_in(told)


_editors: dict[str, Callable[[ChangeRequest], str]] = {}


def edited_at(operation: str, address: Callable[[ChangeRequest], str]) -> None:
    """Say where the maker of a request for this operation corrects what is asked."""
    _editors[operation] = address


_pages: dict[str, Callable[[ChangeRequest], str]] = {}


def looked_at(operation: str, address: Callable[[ChangeRequest], str]) -> None:
    """Say where the thing that a request for this operation is about is looked at in full."""
    _pages[operation] = address


def look_url(request: ChangeRequest) -> str:
    """The page of what a request is about; empty where there is none besides the request's own."""
    found = _pages.get(request.operation)
    return found(request) if found else ""


_clear: dict[str, Callable[[ChangeRequest], str]] = {}


def shown_in_clear_at(operation: str, address: Callable[[ChangeRequest], str]) -> None:
    """Say where what a request for this operation asks for is shown in clear, to who may see that."""
    _clear[operation] = address


def clear_url(request: ChangeRequest) -> str:
    """Where a request is shown in clear; empty where it holds nothing that is masked."""
    found = _clear.get(request.operation)
    return found(request) if found else ""


def edit_url(request: ChangeRequest) -> str:
    """Where what is asked is corrected; empty where no form does."""
    found = _editors.get(request.operation)
    return found(request) if found else ""


def with_approvals(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of a history, each with the page of the request under which it was made and who approved that."""
    asked = [request_of(one["request_id"]) for one in changes]
    return [
        one if pk is None else {**one, "approval": {"url": request_url(pk), "by": one["approved_by"]}}
        for one, pk in zip(changes, asked, strict=True)
    ]
