"""Everything a bank holds about its customers, in clear, without what may differ between two ways to the same end.

Left out: ids, nonces, times, actor, door, request and reason. Two loads that tell the same have equal pictures.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import connection

from consolidation.matching.signature import from_bytes
from consolidation.models import Signature
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.bulk.reading import open_rows, read_rows
from mdm.bulk.tables import own_fields
from mdm.quality.models import QualityIssue
from mdm.subjects import Facet, registry
from tests.support.database_roles import database_role

Picture = dict[str, list[Any]]
_HISTORY = ("history_type", "version", "status", "slot", "valid_to")


def fingerprints(size: int = 1_000) -> dict[tuple[str, str], str]:
    """A picture of any size in little memory: a digest for each table and each `size` source keys in order."""
    with database_role("engine"):
        known = list(SourceRecord.objects.order_by("source_key").values_list("source_key", flat=True))
    found = {}
    for start in range(0, len(known), size):
        some = picture(known[start : start + size])
        for table, entries in some.items():
            found[(table, known[start])] = sha256(repr(entries).encode()).hexdigest()
    return found


def picture(source_keys: Sequence[str] | None = None) -> Picture:
    """What the database holds, by table, in the order of source keys; of these source keys only where told."""
    with database_role("engine"):
        records = SourceRecord.objects.order_by("source_system", "source_key")
        if source_keys is not None:
            records = records.filter(source_key__in=source_keys)
        keys = {r.customer_id: f"{r.source_system}/{r.source_key}" for r in records}
        found: Picture = {
            "source": [(keys[r.customer_id], bytes(r.content_digest), r.version) for r in records]
        }
        rows: dict[tuple[str, int], str] = {}
        theirs: dict[str, Any] = {} if source_keys is None else {"customer_id__in": list(keys)}
        for facet in registry.facets():
            found[facet.name] = _rows(facet, keys, rows)
            found[f"{facet.name} history"] = _history(facet, keys, rows)
        found["issues"] = sorted(
            (
                keys[i.customer_id],
                i.source_system,
                i.facet,
                i.slot,
                i.field,
                i.rule,
                i.rule_version,
                i.severity,
                i.state,
            )
            for i in QualityIssue.objects.filter(**theirs)
        )
        found["index"] = sorted(
            (e.kind, bytes(e.digest), keys[e.customer_id], rows.get((e.facet, e.row_id), ""))
            for e in LookupEntry.objects.filter(**theirs)
        )
        found["signatures"] = sorted(_signature(s, keys) for s in Signature.objects.filter(**theirs))
        return found


def _rows(facet: Facet, keys: dict[int, str], named: dict[tuple[str, int], str]) -> list[Any]:
    """The rows of a facet in clear; `named` learns what each row is called in every picture."""
    own = [field.attname for field in own_fields(facet.model)]
    derived = sorted(facet.model.DERIVED - {"members"})
    told = []
    for row in read_rows(facet, list(keys)):
        owner = keys[row["id" if facet.name == "customer" else "customer_id"]]
        named[(facet.name, row["id"])] = f"{owner} {row['slot']}"
        values = {name: row[name] for name in (*own, *derived, "slot", "status", "version", "valid_to")}
        told.append((owner, row["source_system"], row["slot"], {**values, "raw": row["raw_values"]}))
    return sorted(told, key=lambda entry: entry[:3])


def _history(facet: Facet, keys: dict[int, str], named: dict[tuple[str, int], str]) -> list[Any]:
    """The history rows of a facet in clear, oldest first within each row."""
    model = facet.model.history.model  # type: ignore[attr-defined]
    owned = {"id__in" if facet.name == "customer" else "customer_id__in": list(keys)}
    rows = list(model.objects.filter(**owned).order_by("id", "history_id").values())
    open_rows(facet, rows)
    names = [f.attname for f in own_fields(facet.model)]
    told = [
        (named[(facet.name, r["id"])], r["version"], {n: r[n] for n in (*names, *_HISTORY, "raw_values")})
        for r in rows
    ]
    return sorted(told, key=lambda entry: entry[:2])


def _signature(row: Signature, keys: dict[int, str]) -> tuple[str, bytes]:
    """A signature without the id inside it."""
    body = from_bytes(bytes(row.body)).copy()
    body["id"] = 0
    return keys[row.pk], body.tobytes()


def differences(one: Picture, other: Picture) -> dict[str, list[Any]]:
    """What only one of two pictures shows, by table; empty where they are equal."""
    found = {}
    for table in sorted(one.keys() | other.keys()):
        here, there = one.get(table, []), other.get(table, [])
        if here != there:
            found[table] = [e for e in here if e not in there][:3] + [e for e in there if e not in here][:3]
    return found


def whole_database() -> dict[str, int]:
    """Rows of every table, sessions of the web aside."""
    tables = [model._meta.db_table for model in apps.get_models()]
    counting = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(counting)
        return dict(cursor.fetchall())
