"""Finding one customer by number, and listing customers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NoReturn, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Composable

from customers.models import Customer
from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from customers.selectors.erasing import refuse_erased
from mdm.bulk.slots import Branch, Union, table
from mdm.bulk.tables import AnyField
from mdm.errors import NotFound
from mdm.paging import Page, chosen_filters, estimated, newest_first
from mdm.subjects import Row
from security.access.actor import Actor
from security.access.prepared import fetch
from security.access.scope import in_scope, scoped
from security.access.sight import NOTHING, Sight
from security.audit.log import record
from security.audit.refusals import register_number
from security.models import Organisation

VIEW = "customer.view"
register_number("number", id_of)  # whom a refused address named
M = TypeVar("M", bound=Model)
#: The id of the golden customer that a number asks for.
_GOLDEN = SQL("(SELECT coalesce(a.golden_id, a.id) FROM customers_customer a WHERE a.id = %(pk)s)")
#: What a list may be narrowed by: filter name -> look-up.
FILTERS = {"party_type": "party_type", "lifecycle_status": "lifecycle_status", "org": "org_id"}


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A golden customer, and the number asked for where that was merged into it."""

    customer: Customer
    redirected_from: str | None

    @property
    def golden_id(self) -> int:
        return self.customer.pk

    @property
    def member_ids(self) -> list[int]:
        """The customer and those merged into it: whose rows make up what is known."""
        return [self.customer.pk, *self.customer.members]


def resolve(actor: Actor, number: str, permission: str = VIEW) -> CustomerView:
    """The golden customer of a number, inside `in_scope` of the permission, whose settings the database reads.

    A merged customer keeps answering with its survivor, whose scope then decides. NotFound where there is
    none or it is out of scope, Gone where it was erased; NotAllowed without the permission.
    """
    return resolve_by(_statement(), actor, number, permission)[0]


def resolve_by(
    statement: Union, actor: Actor, number: str, permission: str = VIEW
) -> tuple[CustomerView, Row]:
    """The same by a statement of `golden_row`, and what else it told of the customer; raises as `resolve`."""
    actor.require(permission)
    asked = id_of(number) or 0
    found = statement.apart(fetch(statement.statement, {"pk": asked}))
    if not found["customer"]:
        refuse_erased(actor, number, permission)
        _unknown()
    (row,) = found["customer"]
    customer = _instance(Customer, {name: row.pop(name) for name in _columns() if name in row})
    if "org" in found:
        customer.org = _instance(Organisation, found["org"][0])
    return CustomerView(customer, None if customer.pk == asked else customer_no(asked)), row


def whole(view: CustomerView) -> CustomerView:
    """The same with all columns and the branch, where not all were read; NotFound where it is out of scope by now."""
    if not view.customer.get_deferred_fields() - {"name_tokens"}:
        return view
    rows = Customer.objects.select_related("org").defer("name_tokens")
    customer = rows.filter(pk=view.golden_id).first()
    return replace(view, customer=customer) if customer else _unknown()


def _instance(model: type[M], row: Row) -> M:
    """A row as Django would have read it; columns left out are read when somebody asks for them."""
    return model.from_db("default", list(row), list(row.values()))


@cache
def _statement() -> Union:
    fields = tuple(field for field in Customer._meta.concrete_fields if field.name != "name_tokens")
    org = SQL("WHERE t.id = (SELECT g.org_id FROM customers_customer g WHERE g.id = {})").format(_GOLDEN)
    orgs = tuple(Organisation._meta.concrete_fields)
    return Union([golden_row(table(Customer), fields), Branch("org", table(Organisation), orgs, org)])


def golden_row(source: Composable, fields: tuple[AnyField, ...]) -> Branch:
    """Some columns of the golden customer, out of the table or what has all its columns, if it is in scope."""
    sees = "AND panorama_sees(t.id, t.org_path, t.guarded, t.scope_tags)"
    return Branch("customer", source, fields, SQL("WHERE t.id = {} {}").format(_GOLDEN, SQL(sees)))


@cache
def _columns() -> tuple[str, ...]:
    return tuple(field.attname for field in Customer._meta.concrete_fields)


def _unknown() -> NoReturn:
    raise NotFound("customer.unknown", _("There is no such customer."))


def visible(actor: Actor, customer_id: int, permission: str = VIEW) -> bool:
    """Whether the actor may see a customer, or the one it was merged into, inside `in_scope`."""
    golden = Customer.objects.filter(pk=customer_id).values(found=Coalesce("golden_id", "pk"))
    return scoped(Customer.objects.filter(golden=None, pk=golden[:1]), actor, permission).exists()


def sight_on(actor: Actor, customer_id: int, permission: str = VIEW) -> Sight:
    """How the actor sees one customer; as little as can be of one it does not see."""
    if actor.one_sight is not None:
        return actor.one_sight
    with in_scope(actor, permission):
        row = Customer.objects.filter(pk=customer_id).first()
        return actor.sight(row) if row else NOTHING


def rights_on(actor: Actor, number: str, permissions: Iterable[str]) -> frozenset[str]:
    """Which of some permissions the actor holds at a customer it may see: what buttons ask."""
    with in_scope(actor, VIEW):
        row = resolve(actor, number).customer
        return frozenset(permission for permission in permissions if actor.may_on(permission, row))


def get(actor: Actor, number: str, *, at: datetime) -> CustomerView:
    """One customer; the read is logged."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        record(actor, "customer.read", at, subject="customer", customer_id=view.golden_id)
        return view


def narrowed(actor: Actor, filters: Mapping[str, Any]) -> QuerySet[Customer]:
    """Golden customers in scope that the filters let through. Invalid `filter.unknown`."""
    chosen = chosen_filters(filters, FILTERS)
    rows = scoped(Customer.objects.filter(golden=None), actor, VIEW).select_related("org")
    if chosen.get("org") and not _reaches(actor, chosen["org"]):
        rows = rows.exclude(members=[])
    return rows.filter(**{FILTERS[name]: _sought(name, value) for name, value in chosen.items()})


def _reaches(actor: Actor, code: str) -> bool:
    """Whether the actor may see customers of a branch that have no record elsewhere; of a branch that it does not
    reach it sees those of several records only, one of them at a branch of its own."""
    path = Organisation.objects.filter(code=code).values_list("path", flat=True).first() or []
    return bool(actor.exceptions.opened(VIEW)) or actor.may_at(VIEW, path)


def _sought(name: str, value: Any) -> Any:
    """What a filter compares with: a branch by its id, for by its code the index of customers by branch is not met."""
    return Organisation.objects.filter(code=value).values("pk")[:1] if name == "org" else value


@contextmanager
def _by_index() -> Iterator[None]:
    """Inside, rows are read in the order of an index until a page is full.

    The planner cannot see how many customers a scope leaves, takes them for a handful, and would read and sort all
    that a branch has, or start parallel workers for a page.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0")
        yield
        cursor.execute(
            "SET LOCAL enable_sort TO DEFAULT; SET LOCAL max_parallel_workers_per_gather TO DEFAULT"
        )


def list_customers(
    actor: Actor,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: dict[str, Any] | None = None,
) -> Page[Customer]:
    """A page of golden customers, newest first. Invalid `filter.unknown` for a filter not on the list."""
    chosen = filters or {}
    with in_scope(actor, VIEW):
        rows = narrowed(actor, chosen)
        with _by_index():
            page = newest_first(rows, after, size)
        about = estimated(rows) if page.next is not None and after is None else None
        record(
            actor,
            "customer.list",
            at,
            subject="customer",
            fields={"shown": len(page.rows), "filters": sorted(chosen)},
            shown=[row.pk for row in page.rows],
        )
        return Page(page.rows, page.next, about)
