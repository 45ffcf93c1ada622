"""The addresses of the panorama benchmark: the product's own, and beside them the peer, the floor, nothing."""

from functools import cache
from typing import Any

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import include, path
from rest_framework import serializers

from customers.models import Customer
from customers.selectors.gathering import whole
from customers.selectors.history import HISTORY, RECENT
from mdm import urls
from mdm.history.models import Status
from mdm.quality.models import QualityIssue
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.urls import version_1
from mdm.rest.views import ApiView
from mdm.subjects import Facet, registry
from security.access.prepared import fetch
from security.access.scope import in_scope
from security.crypto.fields import SealedField

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)


def _declared(name: str) -> Operation:
    return Operation(scope="customer.view", name=f"benchmark_{name}", summary=name, tag="benchmark")


class SealedText(serializers.CharField):
    """A sealed value as its mask."""

    def to_representation(self, value: Any) -> str:
        return str(value)


class FacetSerializer(serializers.ModelSerializer[Any]):
    """What REST framework makes of a model, sealed columns shown masked."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        SealedField: SealedText,
        models.BinaryField: SealedText,
    }


@cache
def serializer_of(model: type[models.Model], leave_out: tuple[str, ...] = ()) -> Any:
    """A serializer of all fields of a model."""
    meta = type("Meta", (), {"model": model, "exclude": list(leave_out)})
    return type(f"{model.__name__}Told", (FacetSerializer,), {"Meta": meta})


def _children() -> list[Facet]:
    return [facet for facet in registry.facets() if facet.name != "customer"]


@cache
def nested() -> Any:
    """The serializer of one record with the rows of its facets and its open issues."""
    told: dict[str, Any] = {
        facet.name: serializer_of(facet.model)(many=True, source=f"prefetched_{facet.name}")
        for facet in _children()
    }
    told["issues"] = serializer_of(QualityIssue)(many=True)
    base = serializer_of(Customer, ("name_tokens", "org_path"))
    return type("Nested", (base,), {**told, "Meta": base.Meta})


class PeerView(ApiView):
    """Nested serializers over prefetched rows: the customer and its members, the rows of each, open issues, and to
    who may see them the newest changes.

    It does less than ours: no labels of codes, no golden values, no differences between changes, no operation log.
    """

    @operation(_declared("peer"))
    def get(self, call: Call, pk: str) -> Answer:
        """Everything there is, as REST framework tells it."""
        with in_scope(call.actor, "customer.view"):
            family = list(_family(int(pk)))
            issues = list(QualityIssue.objects.filter(customer_id__in=[c.pk for c in family], state="OPEN"))
            for one in family:
                one.issues = [issue for issue in issues if issue.customer_id == one.pk]
            told = {"records": nested()(family, many=True).data}
            if call.actor.may(HISTORY):
                told["recent_changes"] = _recent([one.pk for one in family])
            return Answer(told)


def _recent(ids: list[int]) -> list[Any]:
    """The newest history rows: as many of each facet as are told, and the newest of these."""
    found = [row for facet in registry.facets() for row in _past(facet, ids)]
    found.sort(key=lambda row: (row.history_date, row.history_id), reverse=True)
    return [serializer_of(row._meta.model)(row).data for row in found[:RECENT]]


def _past(facet: Facet, ids: list[int]) -> Any:
    owner = "id__in" if facet.name == "customer" else "customer_id__in"
    rows = facet.model.history.model.objects.filter(**{owner: ids})
    return rows.order_by("-history_date", "-history_id")[:RECENT]


def _family(pk: int) -> Any:
    """The records that make up a golden customer, everything told of them prefetched."""
    rows = [
        Prefetch(
            f"{facet.model._meta.model_name}_set",
            facet.model._default_manager.filter(status=Status.ACTIVE),
            to_attr=f"prefetched_{facet.name}",
        )
        for facet in _children()
    ]
    found = Customer.objects.filter(Q(pk=pk) | Q(golden_id=pk)).select_related("org")
    return found.defer("name_tokens", "org_path").prefetch_related(*rows)


class FloorView(ApiView):
    """The rows that ours reads, by the same one statement, fetched and left as they are."""

    @operation(_declared("floor"))
    def get(self, call: Call, pk: str) -> Answer:
        """How many rows there are."""
        with in_scope(call.actor, "customer.view"):
            family = fetch(_FAMILY, {"pk": int(pk)})
            statement = whole(history=call.actor.may(HISTORY)).statement
            rows = fetch(statement, {"ids": [found for (found,) in family]})
            return Answer({"rows": len(rows)})


class EmptyView(ApiView):
    """Nothing at all."""

    @operation(_declared("empty"))
    def get(self, call: Call, pk: str) -> Answer:
        """Nothing."""
        return Answer({})


_FAMILY = "SELECT id FROM customers_customer WHERE id = %(pk)s OR golden_id = %(pk)s"
_VIEWS = {"peer": PeerView, "floor": FloorView, "empty": EmptyView}


def _beside() -> list[Any]:
    """The addresses of the API with those of the benchmark beside the panorama's: to find any takes as long."""
    at = next(at for at, route in enumerate(version_1) if str(route.pattern).endswith("/panorama"))
    own = [path(f"benchmark/{name}/<str:pk>", view.as_view()) for name, view in _VIEWS.items()]
    return [*version_1[:at], *own, *version_1[at:]]


urlpatterns = [path("api/v1/", include(_beside())), *urls.urlpatterns]
