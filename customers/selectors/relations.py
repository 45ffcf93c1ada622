"""Relations of a customer from both ends, the graph around it, and its beneficial owners."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Relationship
from customers.rules.number import customer_id, customer_no
from customers.rules.ownership import Criterion, Edge, Owner, beneficial_owners, cycles
from customers.rules.relationship import INVERSE
from customers.selectors.customer import VIEW, resolve
from customers.selectors.gathering import gather_each
from customers.selectors.panorama import NAMED, display_name
from mdm.bulk.models import LookupEntry
from mdm.bulk.tables import field_of
from mdm.codes import get as code_list
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.display import shown
from mdm.history.models import Status
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record
from security.crypto.blind_index import candidates

#: The lookup kind under which a relation is found from its other end.
RELATED = "RELATED"
#: How far a graph reaches, and how many customers it holds at most.
DEEPEST, LARGEST = 10, 300

Json = dict[str, Any]
#: Relations that say who heads a group, from either end.
_HEADING = ("GROUP_PARENT", "GROUP_MEMBER")
CRITERIA = {
    Criterion.EQUITY: _("at least 25 % of the equity"),
    Criterion.RIGHTS: _("at least 25 % of the income or voting rights"),
    Criterion.CONTROL: _("actual control"),
    Criterion.IN_CHARGE: _("in charge of daily business; nobody meets another criterion"),
}


@dataclass(slots=True)
class Web:
    """Customers by golden id, the relations among them, and whether everything asked for was visible and followed."""

    customers: dict[int, Customer] = field(default_factory=dict)
    rows: dict[int, Relationship] = field(default_factory=dict)
    complete: bool = True
    #: Each customer, golden or merged, to the golden one it counts for.
    counts_for: dict[int, int] = field(default_factory=dict)


def relations(actor: Actor, number: str, *, at: datetime) -> list[Json]:
    """The relations in force of a customer, each as it reads from its side. NotFound out of scope; logged."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        record(actor, "customer.relations", at, subject="relationship", customer_id=view.golden_id)
        web = _web(view.golden_id, 1)
        names = _names(web, actor)
        return [_told(row, web, view.golden_id, names) for row in web.rows.values()]


def graph(actor: Actor, number: str, *, at: datetime, depth: int = 2) -> Json:
    """`nodes`, `edges` and `complete`: the customers and others within `depth` steps. NotFound out of scope."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        record(actor, "customer.graph", at, subject="relationship", customer_id=view.golden_id)
        web = _web(view.golden_id, max(1, min(depth, DEEPEST)))
        names = _names(web, actor)
        return {
            "nodes": [_node(node, names, view.golden_id) for node in _nodes(web)],
            "edges": [_edge(row, web) for row in web.rows.values()],
            "complete": web.complete,
        }


def owners(actor: Actor, number: str, *, at: datetime) -> Json:
    """Who owns a customer in the end: `owners`, `cycles`, `complete`. NotFound out of scope; logged.

    `complete` is false where a holder in the chain is out of the reader's scope: then so is the answer.
    """
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        record(actor, "customer.owners", at, subject="relationship", customer_id=view.golden_id)
        web = _web(view.golden_id, DEEPEST, upward=True)
        names, root = _names(web, actor), customer_no(view.golden_id)
        edges = [edge for row in web.rows.values() if (edge := ownership(row, web)) is not None]
        found = beneficial_owners(root, edges, _persons(web))
        return {
            "owners": [_owner(owner, names) for owner in found],
            "cycles": [[names.get(node, node) for node in loop] for loop in cycles(root, edges)],
            "complete": web.complete,
        }


def in_circles(families: Mapping[int, Collection[int]]) -> list[int]:
    """Those of these golden customers, each with its members, that own themselves or head their own group, through
    whomever; as far as who asks may see, inside `in_scope`."""
    owners = {member: golden for golden, members in families.items() for member in members}
    tied = Relationship.objects.filter(
        customer_id__in=owners, kind__in=("SHAREHOLDER", *_HEADING), status=Status.ACTIVE
    ).exclude(other_no="")
    asked = {owners[member] for member in tied.values_list("customer_id", flat=True)}
    return [golden for golden in sorted(asked) if _circles(golden, _web(golden, DEEPEST, upward=True))]


def _circles(golden: int, web: Web) -> bool:
    """Whether a customer is itself one of the links of a chain that comes back."""
    root = customer_no(golden)
    edges = [edge for row in web.rows.values() if (edge := ownership(row, web)) is not None]
    return any(root in loop for loop in cycles(root, edges))


def ownership(row: Relationship, web: Web) -> Edge | None:
    """A relation as an edge of ownership, control or group; None for other kinds and for those that ended."""
    if row.kind not in ("SHAREHOLDER", "CONTROLLER", "IN_CHARGE", "LEGAL_REP", *_HEADING):
        return None
    ends = (_other(row, web), _owner_of(row, web))
    owner, owned = reversed(ends) if row.kind == "GROUP_MEMBER" else ends
    return Edge(
        owner=owner,
        owned=owned,
        equity=row.ownership_pct,
        voting=row.voting_pct,
        income=row.income_pct,
        controls=row.kind == "CONTROLLER",
        in_charge=row.kind in ("IN_CHARGE", "LEGAL_REP"),
        indirect=row.ownership_kind == "INDIRECT",
        group=row.kind in _HEADING,
    )


# -- walking ----------------------------------------------------------------------------------------


def _web(golden: int, depth: int, *, upward: bool = False) -> Web:
    """Relations breadth first; with `upward` only those that customers tell of their own holders."""
    web, level = Web(), {golden}
    for _step in range(depth):
        if not level:
            return web
        level = _wider(web, level, upward)
    web.complete = web.complete and (depth == 1 or not level)
    return web


def _wider(web: Web, level: set[int], upward: bool) -> set[int]:
    """Add the relations of the customers in `level`; the golden ids that are new at their other ends."""
    members = _members(web, level)
    rows = list(_in_force(customer_id__in=members))
    if not upward:
        rows += _in_force(pk__in=_naming(members))
    web.rows.update({row.pk: row for row in rows})
    ends = {row.customer_id for row in rows} | {i for row in rows if (i := customer_id(row.other_no))}
    found = _golden(ends)
    web.complete = web.complete and ends <= set(found)
    new = {found[one] for one in ends if one in found} - set(web.customers)
    if len(web.customers) + len(new) > LARGEST:
        web.complete = False
        return set()
    _members(web, new)
    return new


def _members(web: Web, golden: Iterable[int]) -> list[int]:
    """Take the golden customers into the web; their ids and those merged into them."""
    missing = [one for one in golden if one not in web.customers]
    web.customers.update(Customer.objects.in_bulk(missing))
    for pk in missing:
        if pk in web.customers:
            web.counts_for.update(dict.fromkeys((pk, *web.customers[pk].members), pk))
    return [i for one in golden if one in web.customers for i in (one, *web.customers[one].members)]


def _golden(ids: Iterable[int]) -> dict[int, int]:
    """Visible customer id -> the golden one it counts for."""
    return {
        pk: golden or pk for pk, golden in Customer.objects.filter(pk__in=ids).values_list("pk", "golden_id")
    }


def _in_force(**where: Any) -> Iterable[Relationship]:
    today = timezone.localdate()
    found = Relationship.objects.filter(status=Status.ACTIVE, **where).order_by("pk")
    return [row for row in found if not (row.ended_on and row.ended_on <= today)]


def _naming(members: Sequence[int]) -> list[int]:
    """Rows of others that name one of these customers."""
    digests = [digest for one in members for digest in candidates(RELATED, customer_no(one))]
    found = LookupEntry.objects.filter(kind=registry.lookup(RELATED).number, digest__in=digests)
    return list(found.values_list("row_id", flat=True).distinct())


# -- ends -------------------------------------------------------------------------------------------


def _owner_of(row: Relationship, web: Web) -> str:
    """The node of the customer that tells the relation: its golden number."""
    return customer_no(_counting(row.customer_id, web))


def _other(row: Relationship, web: Web) -> str:
    """The node at the other end: a golden number, or the row itself for somebody outside."""
    other = customer_id(row.other_no) if row.other_no else None
    return f"row-{row.pk}" if other is None else customer_no(_counting(other, web))


def _counting(one: int, web: Web) -> int:
    return web.counts_for.get(one, one)


def _nodes(web: Web) -> list[str]:
    ends = [node for row in web.rows.values() for node in (_owner_of(row, web), _other(row, web))]
    return list(dict.fromkeys([*(customer_no(pk) for pk in web.customers), *ends]))


def _persons(web: Web) -> frozenset[str]:
    """Nodes that are natural persons."""
    known = {customer_no(pk) for pk, c in web.customers.items() if c.party_type in PERSON_TYPES}
    outside = {_other(row, web) for row in web.rows.values() if row.other_is_person and not row.other_no}
    return frozenset(known | outside)


def _names(web: Web, actor: Actor) -> dict[str, str]:
    """What each node is called, masked for who asks."""
    found = gather_each({pk: (pk, *c.members) for pk, c in web.customers.items()}, NAMED)
    sights = {pk: actor.sight(customer) for pk, customer in web.customers.items()}
    named = {customer_no(pk): display_name(own, sights[pk]) for pk, own in found.items()}
    facet = registry.facet("relationship")
    name = field_of(facet, "other_name")
    for row in web.rows.values():
        if row.other_name and _other(row, web) not in named:
            told = {"other_name": row.other_name.open()}
            sight = sights.get(_counting(row.customer_id, web)) or actor.sight_anywhere()
            named[_other(row, web)] = str(shown(facet.model, name, told["other_name"], told, sight)["text"])
    return named


# -- telling ----------------------------------------------------------------------------------------


def _label(kind: str) -> str:
    return code_list("relation_kind").label(kind)


def _told(row: Relationship, web: Web, golden: int, names: dict[str, str]) -> Json:
    """A relation as it reads from the golden customer's side."""
    outward = _counting(row.customer_id, web) == golden
    node = _other(row, web) if outward else _owner_of(row, web)
    kind = row.kind if outward else INVERSE.get(row.kind, "")
    label = _label(kind) if kind else str(_("%s of")) % _label(row.kind)
    return {
        "id": row.pk,
        "direction": "OUT" if outward else "IN",
        "kind": row.kind,
        "label": label,
        "other_no": "" if node.startswith("row-") else node,
        "name": names.get(node, ""),
        **_shares(row),
        "begun_on": row.begun_on.isoformat() if row.begun_on else None,
    }


def _shares(row: Relationship) -> Json:
    return {
        name: None if getattr(row, name) is None else str(getattr(row, name))
        for name in ("ownership_pct", "voting_pct", "income_pct")
    }


def _node(node: str, names: dict[str, str], golden: int) -> Json:
    outside = node.startswith("row-")
    return {
        "id": node,
        "name": names.get(node, ""),
        "customer_no": "" if outside or node not in names else node,
        "centre": node == customer_no(golden),
    }


def _edge(row: Relationship, web: Web) -> Json:
    ends = {"from": _owner_of(row, web), "to": _other(row, web)}
    return {"id": row.pk, **ends, "kind": row.kind, "label": _label(row.kind), **_shares(row)}


def _owner(owner: Owner, names: dict[str, str]) -> Json:
    return {
        "customer_no": "" if owner.person.startswith("row-") else owner.person,
        "name": names.get(owner.person, ""),
        "criterion": owner.criterion.value,
        "reason": str(CRITERIA[owner.criterion]),
        **{name: str(round(getattr(owner, name), 2)) for name in ("equity", "voting", "income")},
        "chains": [[names.get(node, node) for node in chain] for chain in owner.chains],
    }
