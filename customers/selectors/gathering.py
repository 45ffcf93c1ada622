"""Gathering all rows of golden customers' members in one SQL statement, built from the registry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from psycopg import sql

from mdm.bulk.reading import open_rows
from mdm.bulk.slots import Branch, Union, table
from mdm.bulk.tables import AnyField
from mdm.display import Shown, shown
from mdm.history.models import SubjectModel
from mdm.quality.models import QualityIssue
from mdm.subjects import Facet, Row, registry
from security.access.prepared import IDS, fetch
from security.access.sight import sight_of
from security.models import Organisation

#: facet name -> rows in clear, attname -> value
Gathered = dict[str, list[Row]]
#: Newest history rows read of each facet; where a facet has more, the whole of it is asked for.
MOST_HISTORY = 40
_ISSUES, _BRANCHES, _HISTORY = "issues*", "branches*", "history*"


@dataclass(slots=True)
class Whole:
    """All that a panorama tells of one customer, as stored: rows in clear, open issues, branches by id, and the
    newest history rows of each facet, still sealed."""

    rows: Gathered
    issues: list[Row]
    branches: dict[int, Organisation]
    history: Gathered = field(default_factory=dict)

    def shown(self, facet: Facet, own: AnyField, values: Row, profile: str) -> Shown:
        """A value as shown; a branch by the name that came with the customer."""
        value = values.get(own.attname)
        if (
            own.related_model is Organisation
            and value in self.branches
            and not sight_of(profile).hides(facet.name, own.attname)
        ):
            return {"value": value, "text": str(self.branches[value])}
        return shown(facet.model, own, value, values, profile)


def gather(member_ids: Sequence[int], facets: Collection[str] = ()) -> Gathered:
    """The rows in force of these customers, sealed values opened, by facet (of some facets only if named);
    oldest first."""
    union = _rows(frozenset(facets))
    return _opened(union.apart(fetch(union.statement, {"ids": list(member_ids)})))


def gather_each(families: Mapping[int, Sequence[int]], facets: Collection[str]) -> dict[int, Gathered]:
    """The same for several customers at once, in one statement: `families` maps each to its members."""
    owners = {member: golden for golden, members in families.items() for member in members}
    each: dict[int, Gathered] = {golden: {} for golden in families}
    for name, rows in gather(list(owners), facets).items():
        for row in rows:
            each[owners[row["id" if name == "customer" else "customer_id"]]].setdefault(name, []).append(row)
    return each


def gather_whole(member_ids: Sequence[int], *, history: bool) -> Whole:
    """Everything about the members of one customer, in one statement; `history` as well if asked."""
    union = whole(history=history)
    found = union.apart(fetch(union.statement, {"ids": list(member_ids)}))
    issues, branches = found.pop(_ISSUES), found.pop(_BRANCHES)
    past = {name.removeprefix(_HISTORY): found.pop(name) for name in list(found) if name.startswith(_HISTORY)}
    orgs = {row["id"]: Organisation(**row) for row in branches}
    return Whole(_opened(found), issues, orgs, past)


def _opened(found: Gathered) -> Gathered:
    """The same rows, by id, with sealed values opened in place."""
    for name, rows in found.items():
        rows.sort(key=lambda row: int(row["id"]))
        open_rows(registry.facet(name), rows)
    return found


@cache
def _rows(facets: frozenset[str] = frozenset()) -> Union:
    return Union([_in_force(facet) for facet in registry.facets() if not facets or facet.name in facets])


@cache
def whole(*, history: bool) -> Union:
    """The one statement of a panorama."""
    past = [_past(facet) for facet in registry.facets()] if history else []
    return Union([*_rows().branches, _issues(), _branches(), *past])


def _owner(facet: Facet) -> sql.Identifier:
    return sql.Identifier("t", "id" if facet.name == "customer" else "customer_id")


def _in_force(facet: Facet) -> Branch:
    """The rows of a facet that hold, without what is computed for search and scope."""
    tail = sql.SQL("WHERE {} = ANY({}) AND t.status = 'ACTIVE'").format(_owner(facet), IDS)
    fields = tuple(f for f in facet.model._meta.concrete_fields if f.name not in facet.model.DERIVED)
    return Branch(facet.name, table(facet.model), fields, tail)


def _past(facet: Facet) -> Branch:
    """The newest history rows of a facet."""
    model: type[SubjectModel] = facet.model.history.model
    tail = sql.SQL("WHERE {} = ANY({}) ORDER BY t.history_date DESC, t.history_id DESC LIMIT {}").format(
        _owner(facet), IDS, sql.Literal(MOST_HISTORY)
    )
    return Branch(_HISTORY + facet.name, table(model), _all(model), tail)


def _issues() -> Branch:
    tail = sql.SQL("WHERE t.customer_id = ANY({}) AND t.state = 'OPEN' ORDER BY t.id LIMIT 100").format(IDS)
    return Branch(_ISSUES, table(QualityIssue), _all(QualityIssue), tail)


def _branches() -> Branch:
    """The branches that manage them or did, for their names."""
    tail = sql.SQL(
        "WHERE t.id IN (SELECT c.org_id FROM customers_customer c WHERE c.id = ANY({ids}) "
        "UNION SELECT h.org_id FROM customers_historicalcustomer h WHERE h.id = ANY({ids}))"
    ).format(ids=IDS)
    return Branch(_BRANCHES, table(Organisation), _all(Organisation), tail)


def _all(model: Any) -> tuple[AnyField, ...]:
    return tuple(model._meta.concrete_fields)
