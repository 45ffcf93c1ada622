"""As which sources a client system may deliver: a file says of itself whose word it is, so it is held to its scopes."""

from typing import Any

from batch.layouts.facet import FacetLayout
from batch.layouts.layout import Layout
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.client import client_sources, require_source
from security.models import ApiClient


def sources_of(actor: Actor, layout: Layout) -> dict[str, Any]:
    """What a run keeps of a client's sources: the rows of a facet file each name one. Nothing for anybody else.

    NotAllowed `access.source` for a layout of another source; `access.denied` without the right to the facet.
    """
    if actor.kind != "client":
        return {}
    sources = client_sources(ApiClient.objects.get(user_id=actor.user_id or 0))
    if isinstance(layout, FacetLayout):
        actor.require(registry.facet(layout.facet).permission)
    else:
        require_source(layout.source_system, sources)
    return {"sources": sorted(sources)}
