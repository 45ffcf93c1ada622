"""The versions of the model dictionary: kept, read, compared."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.dictionary.content import Difference, content, differences, digest
from mdm.errors import NotFound
from mdm.extension.attributes import Attribute, current, refresh
from mdm.extension.models import AttributeDefinition, DictionaryVersion
from mdm.paging import Page, newest_first
from security.access.actor import Actor
from security.audit.log import record

VIEW = "dictionary.view"
Json = dict[str, Any]


def now_told(actor: Actor, *, at: datetime) -> Json:
    """The dictionary as it is now, with the number of its version: 0 where the bank has added nothing yet."""
    actor.require(VIEW)
    dictionary = current()
    record(actor, "dictionary.read", at, subject="dictionary", fields={"version": dictionary.stamp[0]})
    return {"version": dictionary.stamp[0], **content(dictionary.attributes)}


def versions(
    actor: Actor, *, at: datetime, after: int | None = None, size: int = 25
) -> Page[DictionaryVersion]:
    """A page of versions, newest first, without their content."""
    actor.require(VIEW)
    record(actor, "dictionary.list", at, subject="dictionary")
    return newest_first(DictionaryVersion.objects.defer("content"), after, size)


def compared(actor: Actor, one: int, other: int, *, at: datetime) -> list[Difference]:
    """What differs from one version to another. NotFound `dictionary.version` for a number that is none."""
    actor.require(VIEW)
    record(actor, "dictionary.compare", at, subject="dictionary", fields={"versions": [one, other]})
    return differences(_content(one), _content(other))


def _content(number: int) -> Json:
    """Version 0 is the product without anything the bank added, as it is now."""
    if number == 0:
        return content(())
    found = DictionaryVersion.objects.filter(number=number).first()
    if found is None:
        raise NotFound("dictionary.version", _("There is no such version of the model dictionary."))
    return dict(found.content)


def masks_of(number: int) -> dict[str, str]:
    """The mask kind of each attribute (`facet.x_name`) in a version; empty where it is shown as it is."""
    found = (
        DictionaryVersion.objects.filter(number=number).values_list("content__attributes", flat=True).first()
    )
    return {place: told["mask"] for place, told in (found or {}).items()}


def keep(actor: Actor, about: str, *, reason: str, at: datetime) -> int:
    """Keep the dictionary as the definitions are now, as the next version, and go by it. Returns its number.

    Called in the transaction that changed a definition, which holds them locked.
    """
    number = (DictionaryVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    told = content(tuple(Attribute(one) for one in AttributeDefinition.objects.order_by("facet", "name")))
    DictionaryVersion.objects.create(
        number=number,
        digest=digest({"told": told, "at": at.isoformat()}),
        content=told,
        at=at,
        by=actor.name,
        reason=reason[:200],
        about=about,
    )
    refresh()
    return number
