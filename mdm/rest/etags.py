"""Entity tags: a row's version as a strong tag, required on every change (RFC 9110, 8.8.3 and 13.1)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from mdm.errors import Stale
from mdm.rest.refusals import Refusal

_STRONG = re.compile(r'"v([1-9][0-9]{0,8})"')


def etag(version: int) -> str:
    """The strong entity tag of a row version: `"v17"`."""
    return f'"v{version}"'


def matched_version(request: Request) -> int:
    """The row version that `If-Match` names; Refusal 428 without it, 400 for anything but one strong tag.

    `*` is not accepted: it would overwrite a change that the caller never saw.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise Refusal("precondition.required", _("Name the version that you have read with “If-Match”."))
    found = _STRONG.fullmatch(header.strip())
    if not found:
        raise Refusal("precondition.invalid", _("“If-Match” must hold one strong entity tag."))
    return int(found[1])


@contextmanager
def telling_version(version: Callable[[], int]) -> Iterator[None]:
    """What is refused as Stale inside is answered with the entity tag of the version that stands by then."""
    try:
        yield
    except Stale as stale:
        raise Refusal(stale.code, stale.message, headers={"ETag": etag(version())}) from None


def unchanged(request: Request, version: int) -> bool:
    """Whether `If-None-Match` names this version (weak comparison, as RFC 9110 13.1.2 asks)."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    return etag(version) in tags or "*" in tags
