"""Files that people and client systems deliver: what the matrix asks a second person for waits sealed, and is loaded
once that person agrees, or goes (domain 5.3)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from batch.layouts.registry import layouts
from batch.services.loading import asking_rights, enter, ordered, sealed
from batch.services.orders import OPERATION, RIGHT, Delivered, How
from mdm.errors import Gone, Text
from mdm.runs import JobRun
from mdm.storage.models import StoredObject
from mdm.storage.objects import discard_object
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform

Arguments = Mapping[str, Any]
_MODES: dict[str, Text] = {
    "delta": _("changes since the last file"),
    "full": _("everything the source has"),
}


def deliver(actor: Actor, path: Path, layout_name: str, **how: Unpack[How]) -> Done:
    """Have a file loaded, or ask for it: the run that a worker takes, or the request that waits, its file sealed.

    Raises as `loading.submit`; Duplicate `approval.open` where the same file waits already.
    """
    at = how["at"]
    with transaction.atomic():
        order = ordered(actor, path, layout_name, **how)

        def waiting() -> dict[str, Any]:
            kept = sealed(actor, path, order, at)
            return {"order": asdict(order), "object": kept.name, "rights": sorted(asking_rights(actor))}

        def direct() -> JobRun:
            with transaction.atomic():
                return enter(actor, order, lambda: sealed(actor, path, order, at), at=at)

        return perform(actor, OPERATION, waiting, reason=order.file, at=at, direct=direct)


def do_load(actor: Actor, told: Arguments, reason: str, at: datetime) -> JobRun:
    """Have the file of a request loaded. Gone `object.destroyed` where it is there no more."""
    kept = StoredObject.objects.filter(name=told["object"], destroyed_at=None).first()
    if kept is None:
        raise Gone("object.destroyed", _("The file is there no more: deliver it again."))
    run = enter(actor, Delivered(**told["order"]), lambda: kept, at=at, rights=frozenset(told["rights"]))
    if run.params["object"] != kept.name:  # the same order came in otherwise meanwhile
        discard_object(kept.name, at)
    return run


def drop(told: Arguments, at: datetime) -> None:
    """Destroy the file of a request that will never be carried out."""
    discard_object(told["object"], at)


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return _("Load a file of %s rows") % f"{request.facts['rows']:,}"


def fields(request: ChangeRequest) -> list[Text]:
    """The layout of the file."""
    return [_label(request.facts["layout"])]


def _label(name: str) -> Text:
    return next((known.label for known in layouts() if known.name == name), name)


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Which file, how much, how it is taken; never what is in it: who approves loads sees no customers."""
    facts = request.facts
    told: list[tuple[Text, Text]] = [
        (_("Layout"), _label(facts["layout"])),
        (_("file"), facts["file"]),
        (_("Business date"), facts["day"]),
        (_("The file holds"), _MODES[facts["mode"]]),
        (_("rows"), f"{facts['rows']:,}"),
        (_("bytes"), f"{facts['bytes']:,}"),
        (_("digest (SM3)"), facts["sm3"]),
    ]
    return Shown(title(request), [Line(label, "", str(value)) for label, value in told])


def register_operations() -> None:
    """Tell the engine of approvals (`AppConfig.ready`)."""
    register(
        Operation(OPERATION, _("Load a file"), RIGHT, do_load, show, title=title, fields=fields, dropped=drop)
    )
