"""Typed search: the box recognises what was typed, and each kind of term has its own index."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from customers.models import Customer
from customers.models.derived import TOKEN_KIND
from customers.rules.contact import recognise as recognise_contact
from customers.rules.names import query_terms, query_words
from customers.rules.number import customer_id
from customers.rules.search_text import Pieces, says_what_it_is, take_apart
from customers.selectors import narrowing
from customers.selectors.customer import VIEW
from customers.selectors.gathering import Gathered, gather_each
from customers.selectors.panorama import NAMED, display_name
from customers.selectors.watching import asked_in_vain, searched_in_vain
from mdm.bulk.attributes import KIND, attribute_readings
from mdm.bulk.linking import KIND as SOURCE_KEY
from mdm.bulk.models import SOURCE_KEY_KIND
from mdm.bulk.tables import field_of
from mdm.codes import get as code_list
from mdm.dictionary.indexing import unfinished
from mdm.display import shown
from mdm.errors import Invalid
from mdm.extension.attributes import Attribute
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import Sight
from security.audit.log import record
from security.crypto.blind_index import candidates, searched, token_column

#: The largest number of hits one search gives.
LARGEST = 50
#: A source system and its key, as people write it.
_SOURCE_KEY = re.compile(r"([a-z][a-z0-9_]{1,31})[:|](\S{1,120})")
#: The facets that a found customer is shown by.
_SHOWN = (*NAMED, "credential")
#: Shortest text that is searched for as a name.
SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way in which the typed text was read."""

    kind: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Hit:
    """One found customer, masked for who asks."""

    customer_no: str
    display_name: str
    party_type: str
    org: str
    credential: str
    status: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How the text was read, who was found, whether there are more."""

    interpretations: list[Interpretation]
    hits: list[Hit]
    more: bool


#: (recognised kind, lookup kind, normalised text); credentials adds its own (idea 6: the engine knows nobody).
Reading = tuple[Interpretation, str, str]
Reader = Callable[[str], Sequence[Reading]]
_readers: list[Reader] = []
#: A search function of the database with marks for its arguments, and these.
Step = tuple[LiteralString, list[Any]]


def register_reader(reader: Reader) -> None:
    """Add a way of reading a typed text as something in the lookup index (`AppConfig.ready`)."""
    if reader not in _readers:
        _readers.append(reader)


def read_contact(text: str) -> Sequence[Reading]:
    """The text as a telephone number or an e-mail address."""
    labels = {"PHONE": _("telephone"), "EMAIL": _("e-mail")}
    return [
        (Interpretation(found.kind, labels[found.kind]), found.kind, found.normalised)
        for found in recognise_contact(text)
    ]


def read_source_key(text: str) -> Sequence[Reading]:
    """The text as a system's own key of a customer, written `core_customer:4711`; empty where it is not one."""
    told = _SOURCE_KEY.fullmatch(text)
    return (
        [(Interpretation(SOURCE_KEY, _("key in the source")), SOURCE_KEY, "|".join(told.groups()))]
        if told
        else []
    )


def read_attributes(text: str) -> Sequence[Reading]:
    """The text as a value of each attribute that the bank has made searchable; said of one that is not all in the
    index yet."""
    found = list(attribute_readings(text))
    filling = unfinished() if found else {}
    return [
        (Interpretation("attribute", _told_label(one, one.told.facet in filling)), KIND, value)
        for one, value in found
    ]


def _told_label(attribute: Attribute, filling: bool) -> str:
    label = str(attribute.label)
    return str(_("%s (being indexed: not every entry is found yet)") % label) if filling else label


def search(actor: Actor, text: str, *, at: datetime, size: int = 20) -> SearchResult:
    """Customers that a typed text means: number, document, telephone, e-mail, name, pinyin; or one of these and what
    else is known (`customers.rules.search_text`).

    Invalid `search.short` under two characters. Only who is in scope is found; the search is logged
    with how it was read and how many it found, never with what was typed.
    """
    typed = text.strip()
    if len(typed) < SHORTEST_NAME:
        raise Invalid("search.short", _("Type at least two characters."))
    size = min(size, LARGEST)
    with in_scope(actor, VIEW):
        readings, ids, many = _found(actor, typed, size + 1)
        if not ids:
            _watch(actor, typed, at)
        customers = Customer.objects.select_related("org").defer("name_tokens").in_bulk(ids[:size])
        seen = [pk for pk in ids[:size] if pk in customers]
        found = hits(actor, [customers[pk] for pk in seen])
        kinds = [reading.kind for reading in readings]
        fields = {"read_as": kinds, "found": len(found)}
        record(actor, "customer.search", at, subject="customer", fields=fields, shown=seen)
        return SearchResult(readings, found, many or len(ids) > size)


def matching(actor: Actor, typed: str, limit: int) -> list[int]:
    """The golden customers that a typed text means, at most so many, inside `in_scope`; which the caller narrows."""
    return _found(actor, typed.strip(), limit)[1]


def _found(actor: Actor, typed: str, limit: int) -> tuple[list[Interpretation], list[int], bool]:
    """How the text can be read, whom it finds, and whether more were left aside. What finds nobody as a whole may be
    a name and something else that is known; where it says so itself (`born:1980`), it is never asked for as a whole,
    which of a long name would find the beginning and leave the rest unheard."""
    pieces = take_apart(typed) if says_what_it_is(typed) else None
    if pieces:
        return _narrowed(actor, pieces, limit)
    readings, ids = _find(typed, limit)
    pieces = None if ids else take_apart(typed)
    return _narrowed(actor, pieces, limit) if pieces else (readings, ids, False)


def _narrowed(actor: Actor, pieces: Pieces, limit: int) -> tuple[list[Interpretation], list[int], bool]:
    """Whom the name finds of whom all the rest is true, as `_found` tells it."""
    most = narrowing.most(pieces.known, limit)
    readings, named = _find(pieces.words, most)
    ids, many = narrowing.narrowed_by(actor, named, pieces.known, limit)
    told = [Interpretation(piece.kind, narrowing.label(piece)) for piece in pieces.known]
    return [*readings, *told], ids[:limit], many or len(named) >= most


def _find(typed: str, limit: int) -> tuple[list[Interpretation], list[int]]:
    """How the text can be read, and the golden customers found, exact readings first."""
    number = customer_id(typed)
    if number is not None:
        told = [Interpretation("customer_no", _("customer number"))]
        return told, _look([("panorama_golden(%s::bigint[], %s)", [[number], limit])])[1]
    readings = _read(typed)
    exact, told = _by_digest(readings, limit), [reading[0] for reading in readings]
    by_name = [step for terms in (query_terms(typed), query_words(typed)) for step in _by_terms(terms, limit)]
    step, ids = _look([*exact, *by_name])
    if by_name and (not ids or step >= len(exact)):
        told.append(Interpretation("name", _("name")))
    return told, ids[:limit]


def _read(typed: str) -> list[Reading]:
    return [reading for reader in _readers for reading in reader(typed)]


def _watch(actor: Actor, typed: str, at: datetime) -> None:
    """Nobody was found: somebody may have asked for a protected customer."""
    pieces = take_apart(typed)
    typed = pieces.words if pieces else typed
    number = customer_id(typed)
    if number is not None:
        asked_in_vain(actor, number, at)
    else:
        searched_in_vain(actor, _digests(_read(typed)), at)


def _digests(readings: Sequence[Reading]) -> list[tuple[int, bytes]]:
    """Kind and digest of what was read, under every version that may be stored."""
    told = [(kind, text) for _told, kind, text in readings if text and not text.isspace()]
    return [(_number_of(kind), digest) for kind, text in told for digest in candidates(kind, text)]


def _by_digest(readings: Sequence[Reading], limit: int) -> list[Step]:
    """Golden customers in scope one of whose values has the digest of a reading."""
    wanted = _digests(readings)
    if not wanted:
        return []
    kinds, digests = ([*column] for column in zip(*wanted, strict=True))
    return [("panorama_lookup(%s::smallint[], %s::bytea[], %s)", [kinds, digests, limit])]


def _number_of(kind: str) -> int:
    """The number under which a kind is stored in the lookup index; source keys are the index's own."""
    return SOURCE_KEY_KIND if kind == SOURCE_KEY else registry.lookup(kind).number


def _by_terms(terms: Sequence[str], limit: int) -> list[Step]:
    """Golden customers in scope that have, or whose members have, all the terms among their name tokens; asked
    under every version while the key is rotated."""
    asked = [token_column(TOKEN_KIND, terms, version) for version in searched(TOKEN_KIND)]
    wanted = [tokens for each in asked if (tokens := [token for token in each if token is not None])]
    if not wanted:
        return []
    again = " UNION SELECT panorama_search(%s::bigint[], %s)" * (len(wanted) - 1)
    return [(f"panorama_search(%s::bigint[], %s){again}", [a for tokens in wanted for a in (tokens, limit)])]


def _look(steps: Sequence[Step]) -> tuple[int, list[int]]:
    """The first step that finds somebody, and whom, in one statement: a later step is not begun after that.

    The functions of the database narrow to the scope themselves (migration 0003).
    """
    if not steps:
        return 0, []
    parts = sql.SQL(", ").join(_part(at, function) for at, (function, _told) in enumerate(steps))
    found = sql.SQL(" UNION ALL ").join(_FOUND.format(at, _name(at)) for at in range(len(steps)))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("WITH {} {}").format(parts, found), [one for _function, told in steps for one in told]
        )
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), [row[1] for row in rows]


_FOUND = sql.SQL("SELECT {}, id FROM {}")
_PART = sql.SQL("{} AS MATERIALIZED (SELECT id FROM (SELECT {}) AS f(id) WHERE {})")


def _part(at: int, function: LiteralString) -> sql.Composed:
    """One step as a part of the statement, idle where one before it found somebody."""
    others: list[sql.Composable] = [
        sql.SQL("NOT EXISTS (SELECT FROM {})").format(_name(before)) for before in range(at)
    ]
    return _PART.format(_name(at), sql.SQL(function), sql.SQL(" AND ").join(others or [sql.SQL("true")]))


def _name(at: int) -> sql.Identifier:
    return sql.Identifier(f"step{at}")


def hits(actor: Actor, customers: Sequence[Customer]) -> list[Hit]:
    """Golden customers as lists show them, in the given order, inside `in_scope`; their branch comes with them."""
    gathered = gather_each({golden.pk: (golden.pk, *golden.members) for golden in customers}, _SHOWN)
    return [_hit(actor, golden, gathered[golden.pk]) for golden in customers]


def _hit(actor: Actor, customer: Customer, found: Gathered) -> Hit:
    sight = actor.sight(customer)
    return Hit(
        customer.customer_no,
        display_name(found, sight),
        code_list("party_type").label(customer.party_type),
        str(customer.org),
        _main_credential(sight, found.get("credential", [])),
        code_list("lifecycle_status").label(customer.lifecycle_status),
    )


def _main_credential(sight: Sight, rows: list[dict[str, object]]) -> str:
    """The main document as shown: its kind and its masked number."""
    if not rows:
        return ""
    best = min(rows, key=lambda row: (not row["is_primary"], str(row["id"])))
    model = registry.facet("credential").model
    number = shown(model, field_of(registry.facet("credential"), "number"), best["number"], best, sight)[
        "text"
    ]
    return f"{code_list('credential_type').label(str(best['type']))} {number}"
