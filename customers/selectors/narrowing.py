"""Narrowing whom a name has found by what else is known of them.

Birth date, place and branch are compared in the database. Ends and beginnings of numbers are sealed and have no index,
so that nobody can count them: they are compared for the few that are left, and for nobody beyond these. A field that
is hidden from the reader narrows to nobody: whoever may not see it cannot ask for it either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import islice
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Identifier

from customers.models import Customer
from customers.rules.search_text import Piece, born, places, stem
from mdm.bulk.slots import table
from mdm.bulk.tables import field_of
from mdm.errors import Text
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.prepared import IDS, fetch
from security.crypto.fields import SealedField

#: Whom a name finds at most before they are narrowed, unless more are wanted.
MOST = 500
#: How many of them are compared at a time: who asks for the first page waits for no more than it shows.
SLICE = 250
#: Of how many at most numbers are opened to be compared.
OPENED = 200
#: What each piece is read as.
LABELS: Mapping[str, Text] = {
    "born": _("born %s"),
    "ends": _("number ending in %s"),
    "phone": _("telephone beginning with %s"),
    "place": _("in %s"),
    "branch": _("branch %s"),
    "year_or_ends": _("born %(text)s or number ending in %(text)s"),
}
#: The fields that a piece asks for, of which one at least must not be hidden from the reader.
_NUMBERS = (("credential", "number"), ("phone", "number"))
_ASKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "born": (("person_profile", "birth_date"),),
    "place": (("address", "region_code"), ("address", "city")),
    "ends": _NUMBERS,
    "phone": _NUMBERS[1:],
}


@dataclass(slots=True)
class Namesake:
    """What is read of a golden customer that a name has found: whose rows are theirs, and how the reader sees them
    (`security.access.rights.Placed`)."""

    pk: int
    golden_id: int | None
    members: list[int]
    org_path: list[int]
    scope_tags: list[str]
    guarded: list[str]


Golden = Mapping[int, Namesake]
_NAMESAKES = (
    SQL("SELECT t.id, {} FROM {} t WHERE t.id = ANY({})")
    .format(SQL(", ").join(Identifier("t", one.name) for one in fields(Namesake)[1:]), table(Customer), IDS)
    .as_string()
)


def label(piece: Piece) -> str:
    """How a piece was read, in words."""
    text = str(LABELS[piece.kind])
    return text % ({"text": piece.value} if piece.kind == "year_or_ends" else piece.value)


def most(known: Sequence[Piece], limit: int) -> int:
    """How many whom a name finds are worth looking at where `limit` are wanted: where numbers have to be opened, one
    more than can be."""
    return max(MOST, limit) if _clear(known) else OPENED + 1


def narrowed_by(
    actor: Actor, ids: Sequence[int], known: Sequence[Piece], limit: int
) -> tuple[list[int], bool]:
    """Which of some golden customers everything known is true of, inside `in_scope`, in their order, some more than
    `limit` at most; and whether more might be, were they not too many to compare."""
    clear = _clear(known)
    dear = [piece for piece in known if piece.kind not in _CLEAR]
    found: list[int] = []
    left, many = OPENED, False
    for start in range(0, len(ids), SLICE):
        golden = _fitting(actor, ids[start : start + SLICE], clear)
        if dear and golden:
            many = len(golden) > left
            golden = dict(islice(golden.items(), left))
            left -= len(golden)
            for piece in dear:
                golden = _only(golden, _numbered(actor, golden, piece))
        found += golden
        if many or len(found) >= limit:
            break
    return found, many


def _clear(known: Sequence[Piece]) -> list[Piece]:
    """Those that the database compares."""
    return [piece for piece in known if piece.kind in _CLEAR]


def _fitting(actor: Actor, ids: Sequence[int], known: Sequence[Piece]) -> Golden:
    """Those of some golden customers of whom all this is true, and whom the reader may ask it of; in their order."""
    fitting = ids
    for piece in known:
        fitting = _CLEAR[piece.kind](fitting, piece.value)
    rows = {row[0]: row for row in fetch(_NAMESAKES, {"ids": list(fitting)})} if fitting else {}
    golden: Golden = {pk: Namesake(*rows[pk]) for pk in ids if pk in rows}
    for piece in known:
        golden = _only(golden, _seen(actor, golden, piece.kind, set(golden)))
    return golden


def _only(golden: Golden, found: set[int]) -> Golden:
    return {pk: row for pk, row in golden.items() if pk in found}


def _seen(actor: Actor, golden: Golden, kind: str, found: set[int]) -> set[int]:
    """Those of whom the reader sees at least one of the fields that were asked for."""
    asks = _ASKS.get(kind)
    if asks is None:
        return found
    return {pk for pk in found if any(not actor.sight(golden[pk]).hides(*ask) for ask in asks)}


def _born(ids: Sequence[int], text: str) -> list[int]:
    days = born(text)
    return [] if days is None else _found(_BORN, ids, first=days[0], last=days[1])


def _placed(ids: Sequence[int], text: str) -> list[int]:
    return _found(_PLACED, ids, name=stem(text), codes=list(places(text)))


def _branched(ids: Sequence[int], text: str) -> list[int]:
    return _found(_BRANCHED, ids, code=text)


def _found(statement: str, ids: Sequence[int], **told: Any) -> list[int]:
    return [pk for (pk,) in fetch(statement, {"ids": list(ids), **told})] if ids else []


#: Of golden customers those who have, or one of whose members has, such a row in force.
_HAVING = SQL("""
SELECT DISTINCT g.id FROM customers_customer g CROSS JOIN LATERAL unnest(g.id || g.members) AS m(id)
JOIN {} t ON t.customer_id = m.id WHERE g.id = ANY({}) AND t.status = 'ACTIVE' AND ({})""")
_BORN = _HAVING.format(
    Identifier("customers_personprofile"), IDS, SQL("t.birth_date BETWEEN %(first)s AND %(last)s")
).as_string()
_PLACED = _HAVING.format(
    Identifier("customers_address"),
    IDS,
    SQL("""starts_with(upper(t.city), upper(%(name)s)) OR starts_with(upper(t.province), upper(%(name)s))
    OR starts_with(upper(t.district), upper(%(name)s))
    OR EXISTS (SELECT FROM unnest(%(codes)s::text[]) AS begins WHERE starts_with(t.region_code, begins))"""),
).as_string()
_BRANCHED = (
    SQL("""
SELECT g.id FROM customers_customer g JOIN security_organisation o ON o.id = g.org_id
WHERE g.id = ANY({}) AND upper(o.code) = upper(%(code)s)""")
    .format(IDS)
    .as_string()
)
#: Which of some golden customers each piece is true of.
_CLEAR: Mapping[str, Callable[[Sequence[int], str], list[int]]] = {
    "born": _born,
    "place": _placed,
    "branch": _branched,
}


def _numbered(actor: Actor, golden: Golden, piece: Piece) -> set[int]:
    """Those one of whose numbers ends or begins so; a year may be that of the birth instead."""
    asks = _ASKS["phone" if piece.kind == "phone" else "ends"]
    found = {pk for ask in asks for pk in _having(actor, golden, piece, *ask)}
    if piece.kind == "year_or_ends":
        found |= _seen(actor, golden, "born", set(_born(list(golden), piece.value)))
    return found


def _having(actor: Actor, golden: Golden, piece: Piece, facet: str, name: str) -> set[int]:
    """Those of whom a number in force, of their own or of a member, ends or begins so; it is opened where the reader
    sees it only."""
    seen = {pk: row for pk, row in golden.items() if not actor.sight(row).hides(facet, name)}
    owners = {member: pk for pk, row in seen.items() for member in (pk, *row.members)}
    rows = fetch(_numbers(facet, name), {"ids": list(owners)}) if owners else []
    ids, customers, stored = zip(*rows, strict=True) if rows else ((), (), ())
    numbers = _sealed(facet, name).open_column(ids, [bytes(one) for one in stored])
    return {owners[who] for who, number in zip(customers, numbers, strict=True) if _fits(piece, number)}


@cache
def _numbers(facet: str, name: str) -> str:
    """The row, whose it is and the number as stored: no more is read of hundreds of namesakes."""
    column = Identifier(str(_sealed(facet, name).column))
    return _NUMBERS_OF.format(column, table(registry.facet(facet).model), IDS).as_string()


def _sealed(facet: str, name: str) -> SealedField:
    return cast(SealedField, field_of(registry.facet(facet), name))


_NUMBERS_OF = SQL(
    "SELECT t.id, t.customer_id, t.{} FROM {} t WHERE t.customer_id = ANY({}) AND t.status = 'ACTIVE'"
)


def _fits(piece: Piece, number: str) -> bool:
    if piece.kind == "phone":
        return number.removeprefix("+86").removeprefix("+").startswith(piece.value)
    return number.upper().endswith(piece.value)
