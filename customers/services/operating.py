"""What operations with a name of their own (verify, renew, transfer …) have in common.

They write what no form may fill in: the row is locked at its version, saved with history, what is derived
follows, the operation log has its row; all in one transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.ports import settled
from customers.services import rescreening
from customers.services.facets import ONLINE, Teller, locked_row, stamped
from mdm.bulk.changing import refresh
from mdm.bulk.reading import read_bundles
from mdm.bulk.rows import insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.writing import allocate_ids
from mdm.history.models import SubjectModel
from mdm.history.writing import save_with_history
from mdm.quality.issues import replace_issues
from mdm.quality.screening import refuse_blocked, screened
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record


@dataclass(frozen=True, slots=True)
class Held:
    """A row that an operation works on: locked, with the customer it came with and the golden one it counts for."""

    facet: Facet
    row: Any
    owner: int
    golden: Customer
    stamp: Stamp

    @property
    def family(self) -> list[int]:
        """The golden customer and those merged into it."""
        return [self.golden.pk, *self.golden.members]

    def save(self, row: SubjectModel | None = None, **values: Any) -> None:
        """Set columns of the row (or another row of the same family) and save it with its history row."""
        told = row or self.row
        for name, value in values.items():
            setattr(told, name, value)
        save_with_history(told, self.stamp)

    def add(self, facet: Facet, values: Row, source: str = ONLINE, teller: Teller | None = None) -> int:
        """A new row of the customer that the held row came with, told by somebody at a screen or by `teller`. Returns
        its id."""
        return add_rows(facet, [(self.owner, values)], self.stamp, source, teller)[0]

    def done(self, verb: str, **fields: Any) -> None:
        """Bring along what follows from the rows, and write the operation log."""
        rescreening.note(self.golden.pk, self.facet.name, fields.get("fields", ()), self.row, self.stamp)
        settle(self.family, self.stamp)
        settled(self.golden.pk, self.facet.name, self.stamp)
        record(
            self.stamp.actor,
            f"{self.facet.name}.{verb}",
            self.stamp.at,
            subject=self.facet.name,
            object_id=self.row.pk,
            customer_id=self.golden.pk,
            fields={**fields, "version": self.row.version},
            reason=self.stamp.reason,
        )


@contextmanager
def held(
    actor: Actor, facet_name: str, row_id: int, version: int, *, reason: str, at: datetime
) -> Iterator[Held]:
    """A transaction with one row locked at its version. Raises NotFound, Stale, Duplicate, Invalid
    `reason.missing`."""
    facet = registry.facet(facet_name)
    with in_scope(actor, facet.permission):
        row, owner, golden = locked_row(actor, facet, row_id, version)
        customer = Customer.objects.select_related("org").get(pk=golden)
        yield Held(facet, row, owner, customer, stamped(actor, at, reason))


def add_rows(
    facet: Facet,
    told: Sequence[tuple[int, Row]],
    stamp: Stamp,
    source: str = ONLINE,
    teller: Teller | None = None,
) -> list[int]:
    """New rows, each with the customer it is about; their key in the source is the customer's number, unless a source
    tells them by itself."""
    ids = allocate_ids(facet.model._meta.db_table, len(told))
    rows = [
        {
            **values,
            "id": row_id,
            "customer_id": customer,
            "source_system": teller.system if teller else source,
            "source_key": teller.key if teller else Customer(pk=customer).customer_no,
            "slot": teller.slot if teller else f"{source}-{row_id}",
        }
        for row_id, (customer, values) in zip(ids, told, strict=True)
    ]
    insert_with_history(facet, rows, stamp)
    return ids


def settle(customer_ids: Sequence[int], stamp: Stamp) -> None:
    """Recompute what is derived from customers' rows, and the issues that the rules find on them."""
    refresh(customer_ids)
    for customer, bundle in zip(customer_ids, read_bundles(customer_ids)[0], strict=True):
        replace_issues(customer, bundle, screened(bundle, stamp.business_date), stamp)


def refuse_unfit(customer_id: int, facet: Facet, values: Row, stamp: Stamp) -> Row:
    """A new row as screening corrects it. Invalid `record.refused` where a rule blocks the customer with it."""
    bundle = read_bundles([customer_id])[0][0]
    told = dict(values)
    bundle.facets.setdefault(facet.name, []).append(told)
    refuse_blocked(bundle, screened(bundle, stamp.business_date))
    return {name: told.get(name) for name in values}
