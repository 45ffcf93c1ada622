"""Beneficial owners through chains of ownership: pure arithmetic over edges, no database.

Criteria of the order on beneficial owner information (中国人民银行 国家市场监督管理总局令〔2024〕第3号, article 6):
at least 25 % of equity; else at least 25 % of income or voting rights; else actual control; if nobody, the
person in charge. A chain's share is the product of its links; chains to the same person add up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

#: Per cent from which somebody is a beneficial owner.
THRESHOLD = Decimal(25)
_WHOLE = Decimal(100)


class Criterion(StrEnum):
    """Why somebody is a beneficial owner, strongest first."""

    EQUITY = "EQUITY"
    RIGHTS = "RIGHTS"
    CONTROL = "CONTROL"
    IN_CHARGE = "IN_CHARGE"


@dataclass(frozen=True, slots=True)
class Edge:
    """`owner` holds shares of `owned` (per cent, None where not told), or controls or runs it.

    `indirect` shares are told of the whole way and not of one link; `group` says that `owner` heads the group.
    """

    owner: str
    owned: str
    equity: Decimal | None = None
    voting: Decimal | None = None
    income: Decimal | None = None
    controls: bool = False
    in_charge: bool = False
    indirect: bool = False
    group: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A natural person found: effective shares in per cent, why, and the chains from owner down to the root."""

    person: str
    criterion: Criterion
    equity: Decimal
    voting: Decimal
    income: Decimal
    chains: tuple[tuple[str, ...], ...]


def beneficial_owners(root: str, edges: Iterable[Edge], persons: frozenset[str]) -> list[Owner]:
    """The beneficial owners of `root`, largest share first; those of the first criterion that finds any.

    A chain that comes back to itself is not followed round again; `cycles` names it.
    """
    holders = _settled(root, [edge for edge in edges if not edge.group])
    chains = [chain for chain in _chains(root, holders) if chain[-1].owner in persons]
    owners = [_owner(person, chains) for person in dict.fromkeys(chain[-1].owner for chain in chains)]
    return sorted(
        _qualified(owners) or _running(root, holders, persons), key=lambda one: (-one.equity, one.person)
    )


def cycles(root: str, edges: Iterable[Edge]) -> list[tuple[str, ...]]:
    """Chains of ownership, or of groups, above `root` that come back to one of their own links, each told once."""
    told = list(edges)
    owning = [edge for edge in told if edge.equity is not None]
    heading = [edge for edge in told if edge.group]
    loops = [loop for kind in (owning, heading) for loop in _loops(root, _by_owned(kind), (root,))]
    return sorted({_canonical(loop) for loop in loops})


def _by_owned(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    holders: dict[str, list[Edge]] = {}
    for edge in edges:
        holders.setdefault(edge.owned, []).append(edge)
    return holders


def _settled(root: str, edges: Sequence[Edge]) -> dict[str, list[Edge]]:
    """Edges by whom they own, indirect ones cut to what no chain through others shows: else the same share would
    count twice. Those farthest from `root` come first, so that a nearer one meets them as they count."""
    holders = _by_owned(edges)
    depth = {edge.owned: len(chain) for chain in _chains(root, holders) for edge in chain[-1:]}
    for edge in sorted((one for one in edges if one.indirect), key=lambda one: -depth.get(one.owned, 0)):
        own = holders[edge.owned]
        others = [chain for chain in _chains(edge.owned, holders) if len(chain) > 1]
        shown = [chain for chain in others if chain[-1].owner == edge.owner]
        own[own.index(edge)] = _remaining(edge, shown)
    return holders


def _remaining(edge: Edge, shown: Sequence[tuple[Edge, ...]]) -> Edge:
    """An indirect edge less what chains show of it, but never less than nothing."""

    def left(name: str) -> Decimal | None:
        told: Decimal | None = getattr(edge, name)
        return None if told is None else max(Decimal(0), told - _total(shown, name))

    return replace(edge, equity=left("equity"), voting=left("voting"), income=left("income"))


def _chains(root: str, holders: dict[str, list[Edge]]) -> Iterator[tuple[Edge, ...]]:
    """Every simple chain upward from `root`."""
    stack: list[tuple[Edge, ...]] = [(edge,) for edge in holders.get(root, ())]
    while stack:
        chain = stack.pop()
        passed = {root, *(edge.owner for edge in chain[:-1])}
        if chain[-1].owner in passed:
            continue
        yield chain
        stack += [(*chain, edge) for edge in holders.get(chain[-1].owner, ())]


def _owner(person: str, chains: Sequence[tuple[Edge, ...]]) -> Owner:
    mine = [chain for chain in chains if chain[-1].owner == person]
    equity, voting, income = (_total(mine, name) for name in ("equity", "voting", "income"))
    controls = any(all(edge.controls for edge in chain) for chain in mine)
    told = tuple((*(edge.owner for edge in reversed(chain)), chain[0].owned) for chain in mine)
    return Owner(person, _criterion(equity, voting, income, controls), equity, voting, income, told)


def _total(chains: Iterable[tuple[Edge, ...]], name: str) -> Decimal:
    """The effective share over all chains; voting and income rights follow equity where they are not told."""
    return sum((_product(chain, name) for chain in chains), Decimal(0))


def _product(chain: tuple[Edge, ...], name: str) -> Decimal:
    share = _WHOLE
    for edge in chain:
        told = getattr(edge, name)
        share = share * (told if told is not None else edge.equity or Decimal(0)) / _WHOLE
    return share


def _criterion(equity: Decimal, voting: Decimal, income: Decimal, controls: bool) -> Criterion:
    if equity >= THRESHOLD:
        return Criterion.EQUITY
    if max(voting, income) >= THRESHOLD:
        return Criterion.RIGHTS
    return Criterion.CONTROL if controls else Criterion.IN_CHARGE


def _qualified(owners: Sequence[Owner]) -> list[Owner]:
    """All who meet one of the three criteria: each stands for persons that the ones before it do not name."""
    return [owner for owner in owners if owner.criterion is not Criterion.IN_CHARGE]


def _running(root: str, holders: dict[str, list[Edge]], persons: frozenset[str]) -> list[Owner]:
    none = Decimal(0)
    return [
        Owner(edge.owner, Criterion.IN_CHARGE, none, none, none, ((edge.owner, root),))
        for edge in holders.get(root, ())
        if edge.in_charge and edge.owner in persons
    ]


def _loops(node: str, holders: dict[str, list[Edge]], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for edge in holders.get(node, ()):
        if edge.owner in path:
            yield path[path.index(edge.owner) :]
        else:
            yield from _loops(edge.owner, holders, (*path, edge.owner))


def _canonical(loop: tuple[str, ...]) -> tuple[str, ...]:
    start = loop.index(min(loop))
    return loop[start:] + loop[:start]
