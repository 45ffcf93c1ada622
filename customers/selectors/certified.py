"""The history of a customer as a certificate holds it: canonical rows, their digest, and how far they reach.

A canonical row is the JSON array `[history_id, at, actor, channel, reason, request_id, facet, row_id, version, type,
source, [[field, old, new], …]]`: the time in UTC to the microsecond, codes and not their labels, values masked as the
certificate's reader sees them. Rows stand oldest first, one a line, below a line that names the form. So who holds
the certificate can compute the digest, in whatever language it is, and no digest is one of clear values.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from customers.selectors.history import Show, diffs
from mdm.bulk.tables import AnyField
from mdm.dictionary.versions import masks_of
from mdm.display import Masks, shown
from mdm.errors import Invalid
from mdm.extension.attributes import current
from mdm.subjects import Facet, Row, registry
from security.access.sight import Sight
from security.crypto.algorithms import sm3
from security.crypto.masking import STARS

Json = dict[str, Any]
FORM = "panorama-history-1"
#: Changes of the largest certificate.
MOST = 5_000
_TOLD = ("actor", "channel", "reason", "request_id", "facet", "row_id", "version", "type", "source")


@dataclass(frozen=True, slots=True)
class Extent:
    """Whose history (the golden customer first), up to which history row of each facet, and how it is seen: by whom,
    with the masks of which version of the model dictionary (0: the bank had added nothing)."""

    customer_ids: tuple[int, ...]
    upto: dict[str, int]
    sight: Sight
    dictionary: int = 0


def extent_now(customer_ids: Sequence[int], sight: Sight) -> Extent:
    """All that is known now. The caller holds the customers' locks, so nobody is writing an earlier row."""
    found = {
        facet.name: _past(facet, customer_ids).aggregate(n=Max("history_id"))["n"] for facet in _facets()
    }
    upto = {name: n for name, n in found.items() if n}
    return Extent(tuple(customer_ids), upto, sight, current().stamp[0])


def changes_of(extent: Extent) -> list[Json]:
    """The changes as a reader sees them, oldest first. Invalid `certificate.large`."""
    return _ordered(change for facet in _facets() for change in _of_facet(facet, extent))


def digest_of(extent: Extent) -> tuple[int, str]:
    """How many canonical rows there are, and their SM3 digest (hexadecimal)."""
    show = partial(_plain, masks_of(extent.dictionary))
    found = _ordered(change for facet in _facets() for change in _of_facet(facet, extent, show))
    lines = [FORM, *(json.dumps(_canonical(one), ensure_ascii=False, separators=(",", ":")) for one in found)]
    return len(found), sm3("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")).hex()


def _facets() -> Iterator[Facet]:
    return iter(registry.facets())


def _past(facet: Facet, customer_ids: Sequence[int]) -> Any:
    key = "id__in" if facet.name == "customer" else "customer_id__in"
    return facet.model.history.filter(**{key: list(customer_ids)})


def _of_facet(facet: Facet, extent: Extent, *show: Show) -> Iterator[Json]:
    """The changes of one facet that the extent reaches."""
    last = extent.upto.get(facet.name)
    if last is None:
        return
    past = _past(facet, extent.customer_ids).filter(history_id__lte=last)
    if past.count() > MOST:
        raise Invalid("certificate.large", _("This customer has more changes than one certificate holds."))
    ids = sorted(set(past.values_list("id", flat=True)))
    yield from (one for one in diffs(facet, ids, extent.sight, *show) if one["history_id"] <= last)


def _ordered(changes: Iterator[Json]) -> list[Json]:
    found = sorted(changes, key=lambda one: (one["at"], one["facet"], one["history_id"]))
    if len(found) > MOST:
        raise Invalid("certificate.large", _("This customer has more changes than one certificate holds."))
    return found


def _plain(masks: Masks, facet: Facet, field: AnyField, row: Row, profile: str) -> Json:
    """A value without its label: the code, the masked text, stars for a hidden one."""
    told = shown(facet.model, field, row.get(field.attname), row, profile, masks)
    return {"text": told["value"] if told["value"] is not None else STARS if told["text"] else ""}


def _canonical(change: Json) -> list[Any]:
    at = datetime.fromisoformat(change["at"]).astimezone(UTC).isoformat(timespec="microseconds")
    fields = [[one["field"], one["old"], one["new"]] for one in change["changes"]]
    return [change["history_id"], at, *(change[name] for name in _TOLD), fields]
