"""What must always hold of customers, memberships and the lookup index (domain 2.9, 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from consolidation.matching.contradictions import GROUP, contradictions
from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.policies import current_policy
from consolidation.selectors.signatures import groups, never_matches, signatures_of_customers
from mdm.errors import Unavailable
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.crypto.fields import SealedField


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken promise: its code and the id of the row that breaks it."""

    code: str
    object_id: int


#: In place of a value that does not open: no value holds it.
_UNOPENED = "\0"
#: Problems told of one promise.
_MOST = 100
#: code -> SQL that selects the ids of rows that break the promise
_CHECKS = {
    "golden.dangling": "SELECT m.id FROM customers_customer m "
    "LEFT JOIN customers_customer g ON g.id = m.golden_id "
    "WHERE m.golden_id IS NOT NULL AND g.id IS NULL",
    "golden.chained": "SELECT m.id FROM customers_customer m JOIN customers_customer g ON g.id = m.golden_id "
    "WHERE g.golden_id IS NOT NULL",
    "golden.unknown_to_survivor": "SELECT m.id FROM customers_customer m "
    "JOIN customers_customer g ON g.id = m.golden_id "
    "WHERE NOT m.id = ANY(g.members)",
    "members.not_theirs": "SELECT g.id FROM customers_customer g, unnest(g.members) x "
    "LEFT JOIN customers_customer m ON m.id = x WHERE m.golden_id IS DISTINCT FROM g.id",
    "merged.with_members": "SELECT id FROM customers_customer "
    "WHERE golden_id IS NOT NULL AND members <> '{}'",
    "source.without_customer": "SELECT s.id FROM mdm_sourcerecord s "
    "LEFT JOIN customers_customer c ON c.id = s.customer_id "
    "WHERE c.id IS NULL",
    "source.twice": "SELECT max(id) FROM mdm_sourcerecord "
    "GROUP BY source_system, source_key HAVING count(*) > 1",
    "signature.missing": "SELECT c.id FROM customers_customer c LEFT JOIN consolidation_signature s "
    "ON s.customer_id = c.id WHERE s.customer_id IS NULL",
    "case.inside_customer": "SELECT k.id FROM consolidation_reviewcase k "
    "JOIN customers_customer a ON a.id = k.customer_id "
    "JOIN customers_customer b ON b.id = k.other_id WHERE k.state = 'OPEN' "
    "AND k.rule <> 'GROUP' AND coalesce(a.golden_id, a.id) = coalesce(b.golden_id, b.id)",
    "document.without_content": "SELECT d.id FROM customers_document d "
    "LEFT JOIN mdm_storedobject o ON o.id = d.object_id "
    "WHERE d.disposed_on IS NULL AND (o.id IS NULL OR o.destroyed_at IS NOT NULL)",
    "document.edition_lost": "SELECT DISTINCT h.id FROM customers_historicaldocument h "
    "JOIN customers_document d ON d.id = h.id LEFT JOIN mdm_storedobject o ON o.id = h.object_id "
    "WHERE d.disposed_on IS NULL AND (o.id IS NULL OR o.destroyed_at IS NOT NULL)",
    "document.left_behind": "SELECT o.id FROM mdm_storedobject o WHERE o.purpose = 'documents' "
    "AND o.destroyed_at IS NULL AND NOT EXISTS "
    "(SELECT FROM customers_historicaldocument h WHERE h.object_id = o.id)",
    "object.without_key": "SELECT id FROM mdm_storedobject "
    "WHERE purpose = 'documents' AND destroyed_at IS NULL AND object_key IS NULL",
    "object.key_left": "SELECT id FROM mdm_storedobject WHERE destroyed_at IS NOT NULL AND object_key IS NOT NULL",
    "path.wrong": "SELECT c.id FROM customers_customer c JOIN security_organisation o ON o.id = c.org_id "
    "WHERE NOT c.org_path @> o.path",
}


def check(actor: Actor) -> tuple[int, list[Problem]]:
    """How many promises were checked, and what breaks them (at most 100 rows each)."""
    actor.require("audit.view")
    checks = {**_CHECKS, **dict(_history_checks())}
    found = [Problem(code, row) for code, statement in checks.items() for row in _rows(statement)]
    sealed = _sealed_columns()
    found += [problem for column in sealed for problem in _told_otherwise(*column)]
    found += [Problem("group.vetoed", golden) for golden in _contradictory()]
    return len(checks) + len(sealed) + 1, found


def _contradictory() -> list[int]:
    """Golden customers whose members contradict each other while no open case tells anybody so."""
    given = groups()
    told = ReviewCase.objects.filter(rule=GROUP, state=CaseState.OPEN).values_list("customer_id", "other_id")
    waiting = {end for pair in told for end in pair}
    silent = [own for own in given if waiting.isdisjoint(own)]
    rows = signatures_of_customers([member for own in silent for member in own])
    golden = {member: own[0] for own in silent for member in own}
    found = contradictions(rows, silent, current_policy(), never_matches())
    return [golden[match.left] for match in found][:100]


def _history_checks() -> Iterator[tuple[str, str]]:
    """Every row's version is the one its newest history row tells."""
    for facet in registry.facets():
        table = facet.model._meta.db_table
        history = facet.model.history.model._meta.db_table
        statement = (
            f'SELECT t.id FROM "{table}" t LEFT JOIN (SELECT id, max(version) AS version '  # noqa: S608 (our own names)
            f'FROM "{history}" GROUP BY id) h ON h.id = t.id WHERE h.version IS DISTINCT FROM t.version'
        )
        yield f"history.{facet.name}", statement


def _sealed_columns() -> list[tuple[Facet, SealedField]]:
    return [
        (facet, field)
        for facet in registry.facets()
        for field in facet.model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    ]


def _told_otherwise(facet: Facet, field: SealedField) -> list[Problem]:
    """Rows whose sealed value is not the one that history tells of their version: an older value that was put
    back opens like any other. Only where the bytes differ, as after a rotation broken off, is anything opened; what
    does not open is not said to be the same, whatever the other is. The rows are read a few at a time."""
    table, history = facet.model._meta.db_table, facet.model.history.model._meta.db_table
    statement = (
        f'SELECT t.id, t."{field.column}", h."{field.column}" FROM "{table}" t '  # noqa: S608 (our own names)
        f'JOIN "{history}" h ON h.id = t.id AND h.version = t.version '
        f'WHERE t."{field.column}" IS DISTINCT FROM h."{field.column}"'
    )
    name = f"value.{facet.name}.{field.name}"
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        found = (Problem(name, row) for row, *both in cursor if not _same(field, row, *both))
        return list(islice(found, _MOST))


def _same(field: SealedField, row: int, now: bytes | None, then: bytes | None) -> bool:
    told = _clear(field, row, now)
    return told != _UNOPENED and told == _clear(field, row, then)


def _clear(field: SealedField, row: int, value: bytes | None) -> str | None:
    """The text; what does not open is nobody's: "\\0" is in no value."""
    try:
        return None if value is None else field.sealed_column.open_text(row, bytes(value))
    except Unavailable:
        return _UNOPENED


def _rows(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement}) x LIMIT {_MOST}")  # noqa: S608 (our own statements)
        return [row[0] for row in cursor.fetchall()]
