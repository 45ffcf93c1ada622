"""Keyset pages: a signed cursor says where the next page begins; there are no page numbers and no totals."""

from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from mdm.rest.operations import Answer, Call
from mdm.rest.refusals import Refusal

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
_SALT = "mdm.rest.pages"


def page_size(call: Call) -> int:
    """How many rows the caller asked for: 1 to 200, 50 unless told. Raises Refusal 400."""
    text = call.request.query_params.get("page_size", str(DEFAULT_SIZE))
    size = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= size <= LARGEST_SIZE:
        raise Refusal("request.parameter", _("A page has 1 to 200 rows."))
    return size


def after(call: Call) -> Any:
    """What the selector gave as `next`; None for the first page. Raises Refusal 400 for a foreign cursor."""
    cursor = call.request.query_params.get("cursor")
    if cursor is None:
        return None
    try:
        return signing.loads(cursor, salt=_salt(call.request))
    except signing.BadSignature:
        raise Refusal("request.cursor", _("The cursor was changed or belongs to another list.")) from None


def page(call: Call, items: list[Any], following: Any) -> Answer:
    """One page: its items, and where the next begins in the body and as `Link` (RFC 8288)."""
    link = _next(call.request, following) if following is not None else None
    headers = {"Link": f'<{link}>; rel="next"'} if link else {}
    return Answer({"items": items, "next": link}, headers=headers)


def _next(request: Request, following: Any) -> str:
    query = request.query_params.copy()
    query["cursor"] = signing.dumps(following, salt=_salt(request), compress=True)
    return f"{request.path}?{query.urlencode()}"


def _salt(request: Request) -> str:
    """Binds a cursor to its list and its filters."""
    filters = sorted(
        (name, value) for name, value in request.query_params.items() if name not in ("cursor", "page_size")
    )
    return f"{_SALT}:{request.path}:{filters}"


def page_fields(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.BaseSerializer[Any]]:
    """How a page of `item` looks, for the description."""
    members = {
        "__doc__": "One page of a list.",
        "items": item(many=True),
        "next": serializers.CharField(
            allow_null=True, help_text=_("Address of the next page; null on the last.")
        ),
    }
    return type(f"{item.__name__.removesuffix('Fields')}PageFields", (serializers.Serializer,), members)
