"""The documents of one customer as operations look at them: those of all members, and what takes whose place."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.rules.lifecycle import IDENTIFYING, IN_FORCE, REFUSALS, refusal, target
from mdm.codes import get as code_list
from mdm.errors import Duplicate, FieldError, Invalid, Text
from mdm.history.models import Status

#: States of a document that came in another's place and still may take it.
_LIVE = IDENTIFYING | {"DRAFT", "VERIFY_FAILED", "LOST"}


def step(row: Any, trigger: str) -> str:
    """Where a step leads from the row's state. Duplicate, with the code of the table, where it is forbidden."""
    found = target(row.lifecycle_state, trigger)
    if found is None:
        raise refused(refusal(row.lifecycle_state, trigger), row.lifecycle_state)
    return found


def refused(code: str, state: str) -> Duplicate:
    """The refusal of a forbidden step; it says the state that stands in the way."""
    told = code_list("credential_state").label(state)
    return Duplicate(code, REFUSALS[code], [FieldError("/lifecycle_state", code, _("It is: %s.") % told)])


def invalid(code: str, field: str, text: Text) -> Invalid:
    """A guard that what was told does not satisfy."""
    return Invalid(code, text, [FieldError(f"/{field}", code, text)])


def documents_of(family: Sequence[int]) -> list[Any]:
    """The documents in force of a golden customer's members, oldest first."""
    rows = Credential.objects.filter(customer_id__in=list(family), status=Status.ACTIVE)
    return list(rows.order_by("pk"))


def successor_of(row: Any, family: Sequence[int]) -> Any | None:
    """The document that came in the place of this one and still counts."""
    rows = Credential.objects.filter(customer_id__in=list(family), replaces=row.pk, status=Status.ACTIVE)
    return rows.filter(lifecycle_state__in=_LIVE).order_by("pk").first()


def refuse_second_main(row: Any, family: Sequence[int]) -> None:
    """Raise Duplicate where another verified main document of the type of `row` is there, which it does not replace."""
    others = Credential.objects.filter(
        customer_id__in=list(family),
        type=row.type,
        is_primary=True,
        lifecycle_state__in=IN_FORCE,
        status=Status.ACTIVE,
    ).exclude(pk__in=[row.pk, row.replaces or 0])
    if others.exists():
        raise refused("credential.second_primary", row.lifecycle_state)


def ever_verified(row_id: int) -> bool:
    """Whether a document was in force at any time, by its history."""
    return bool(Credential.history.filter(id=row_id, lifecycle_state__in=IN_FORCE).exists())
