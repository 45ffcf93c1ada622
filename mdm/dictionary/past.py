"""The model dictionary of a past moment, to tell what was known then in the words of then."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from mdm.dictionary.content import TOLD
from mdm.extension.attributes import PREFIX, Attribute, Dictionary, Stamp, current
from mdm.extension.models import AttributeDefinition, DictionaryVersion

_DAYS = ("valid_from", "valid_to")


def as_told(known: datetime, day: date) -> Dictionary:
    """The dictionary that the bank went by at a moment; in force is what was on the day.

    Labels, kinds and codes are those of then. Masks are today's: what has become sensitive since is masked.
    """
    version = DictionaryVersion.objects.filter(at__lte=known).order_by("-number").defer("content").first()
    if version is None:
        return Dictionary((0, "", day))
    return _read(version.number, version.digest, day, current().stamp)


@lru_cache(maxsize=32)
def _read(number: int, digest: str, day: date, now: Stamp) -> Dictionary:
    """One version, under the masks of today's dictionary, which its stamp names too."""
    masks = {(one.told.facet, one.told.name): one.told.mask for one in current().attributes}
    told = DictionaryVersion.objects.values_list("content__attributes", flat=True).get(number=number)
    attributes = [_attribute(place, values, number) for place, values in sorted(told.items())]
    for one in attributes:
        one.told.mask = masks.get((one.told.facet, one.told.name), one.told.mask)
    return Dictionary((number, f"{digest}@{now}", day), tuple(attributes))


def _attribute(place: str, values: dict[str, Any], number: int) -> Attribute:
    facet, _dot, name = place.partition(f".{PREFIX}")
    told = {member: values[member] for member in TOLD if member in values}
    days = {member: date.fromisoformat(told[member]) for member in _DAYS if told.get(member)}
    return Attribute(AttributeDefinition(facet=facet, name=name, **{**told, **days}), number)
