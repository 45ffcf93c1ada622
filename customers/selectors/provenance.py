"""Where each value of a customer comes from: who tells it, which of them won and why, and what lost. On demand, for
the panorama shows what holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.selectors.customer import VIEW, resolve
from customers.selectors.gathering import gather
from customers.selectors.panorama import source_told
from customers.survivorship import distinct, tellers, why
from mdm.bulk.tables import AnyField, own_fields
from mdm.display import sensitive, shown
from mdm.errors import NotFound
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import sight_of
from security.audit.log import record

Json = dict[str, Any]


def provenance(actor: Actor, number: str, facet_name: str = "", *, at: datetime) -> Json:
    """The rows of every facet (of one, if named) as the panorama shows them, and of each field all who tell it, the one
    that holds first; masked for the actor. Raises NotFound out of scope and `facet.unknown`; the read is logged."""
    facets = [facet for facet in registry.facets() if facet_name in ("", facet.name)]
    if not facets:
        raise NotFound("facet.unknown", _("There is no such kind of information."))
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        found = gather(view.member_ids, {facet_name} - {""})
        record(actor, "customer.provenance", at, subject=facet_name or "customer", customer_id=view.golden_id)
        profile = actor.sight(view.customer)
        told = [_facet(facet, found[facet.name], profile) for facet in facets]
        return {"customer_no": view.customer.customer_no, "facets": told}


def _facet(facet: Facet, rows: Sequence[Row], profile: str) -> Json:
    return {
        "name": facet.name,
        "label": str(facet.model._meta.verbose_name),
        "rows": [_row(facet, group, profile) for group in distinct(facet, rows)],
    }


def _row(facet: Facet, group: Sequence[Row], profile: str) -> Json:
    """The fields that somebody tells and the reader may see."""
    telling, sight = tellers(facet, group), sight_of(profile)
    fields = [
        f for f in own_fields(facet.model) if telling[f.attname] and not sight.hides(facet.name, f.attname)
    ]
    return {"id": group[0]["id"], "fields": [_field(facet, f, telling[f.attname], profile) for f in fields]}


def _field(facet: Facet, field: AnyField, rows: Sequence[Row], profile: str) -> Json:
    return {
        "name": field.attname,
        "label": str(field.verbose_name),
        "sensitive": sensitive(facet.model, field),
        "why": why(rows, field.attname, earliest=field.attname in facet.model.EARLIEST),
        "told": [_told(facet, field, row, profile) for row in rows],
    }


def _told(facet: Facet, field: AnyField, row: Row, profile: str) -> Json:
    return {
        **shown(facet.model, field, row[field.attname], row, profile),
        "system": row["source_system"],
        "key": row["source_key"],
        **source_told(facet, row),
    }
