"""The loader: file on disk to committed golden rows, with screening, encryption, lookup index, tokens, history.

The floor is a binary COPY of the rows that the load left, into the same tables, emptied, with all indexes and
constraints in place. The peer is `bulk_create_with_history` of simple-history with the facets' rows and their
history only: made beforehand, sealed beforehand, without screening, lookup index, derived tables and issues.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from simple_history.utils import bulk_create_with_history

from batch.demo.bank import make_branches
from batch.pipeline.load import CHUNK
from batch.synthetic.generator import Recipe, generate
from benchmarks import final_rows
from benchmarks.measured import Measured
from customers.models import Customer
from mdm.conf import BASE_DIR
from mdm.console import OK, PARTIAL
from mdm.subjects import registry

ROWS = 100_000
#: Customers that the peer is measured with: it takes each batch alike, so its rate does not depend on how many.
PEER_ROWS = 10_000
#: Rows in one INSERT of the peer: from a thousand on it gains nothing.
PEER_BATCH = 1_000


def run(rows: int) -> Measured:
    """Rates in rows of the file a second."""
    make_branches()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = generate(Recipe(rows, seed=3), folder).file
        loads = {"one_worker": _load(file, 1)}
        final_rows.empty()
        loads["two_workers"] = _load(file, 2)
        kept = final_rows.keep(folder, CHUNK)
        peer = _peer()
        final_rows.empty()
        seconds = final_rows.take_back(kept)
        size = sum(path.stat().st_size for _, path in kept) / 2**20
    best = max(loads.values(), key=lambda load: float(load["rows_per_s"]))
    more = {**best, **loads, "final_mib": round(size), "floor_s": round(seconds, 2)}
    return Measured(rows, best["rows_per_s"], peer, rows / seconds, more)


def _load(file: Path, workers: int) -> dict[str, Any]:
    """The whole command in a process of its own, from its start to its end: what an operator waits for.

    CalledProcessError where it fails. The peak is of the greatest of its processes, in all loads until now.
    """
    command = [
        sys.executable,
        str(BASE_DIR / "manage.py"),
        "load_file",
        str(file),
        "--layout",
        "core_customer",
    ]
    connection.close()
    begun, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 (our own command line)
        [*command, "--workers", str(workers), "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in (OK, PARTIAL):
        done.check_returncode()
    seconds, after = perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout.splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "rows_per_s": round(told["rows"] / seconds, 1),
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu, 2),
        "peak_mib": round(after.ru_maxrss / 1024, 1),
        "rejected": told["rejected"],
    }


def _peer() -> float:
    """Customers a second of `bulk_create_with_history`, all in one transaction, their rows made beforehand."""
    customers = list(Customer.objects.order_by("pk")[:PEER_ROWS])
    held: list[list[Any]] = [customers]
    for facet in registry.facets():
        if facet.name != "customer":
            theirs = Q(customer_id__lte=customers[-1].pk)
            held.append(list(facet.model._default_manager.filter(theirs).order_by("pk")))
    final_rows.empty()
    begun = perf_counter()
    with transaction.atomic():
        for rows in filter(None, held):
            bulk_create_with_history(rows, type(rows[0]), batch_size=PEER_BATCH)
    return len(customers) / (perf_counter() - begun)
