"""From the rows of a file to bundles that may be applied and rows that are refused; writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _

from batch.formats.errors import text
from batch.formats.lines import Record, Row, RowError
from batch.layouts.compile import Conversion
from batch.layouts.layout import Layout
from batch.pipeline.job import Reach
from batch.pipeline.lateness import STALE, late
from batch.pipeline.placing import FOREIGN, foreign, keep_unknown_branches
from customers.selectors.erasing import erased_keys
from mdm.extension.attributes import refresh
from mdm.quality.rules import Dimension, Finding, Severity
from mdm.quality.screening import blocked, screened
from mdm.subjects import Bundle

#: The code of a row that tells of somebody who was erased.
ERASED = "customer.erased"
#: Conversions that leave something out; of the others the text is among the raw values of its row.
_LEFT_OUT = frozenset({"value.not_applicable", "value.incomplete"})


@dataclass(slots=True)
class Prepared:
    """One chunk: bundles in file order with what was found on each, and the rows that are refused."""

    bundles: list[Bundle] = field(default_factory=list)
    findings: list[list[Finding]] = field(default_factory=list)
    rejects: list[RowError] = field(default_factory=list)
    rows: int = 0
    last_line: int = 0


def prepare(rows: Sequence[Row], layout: Layout, business_date: date, reach: Reach) -> Prepared:
    """Convert, place, cleanse and screen a chunk.

    Only structural errors, the key of an erased customer, a customer out of `reach`, an
    older state than the one known and severity BLOCK refuse a row.
    """
    refresh()  # an attribute that was approved meanwhile counts from here on
    records = [row for row in rows if isinstance(row, Record)]
    converted = layout.reading.bundles(records)
    prepared = Prepared(rows=len(rows), last_line=rows[-1].line if rows else 0)
    prepared.rejects = [row for row in rows if isinstance(row, RowError)] + converted.rejects
    raw = {record.line: record.raw_line for record in records}
    notes = _by_line(converted.findings)
    keep_unknown_branches(converted.bundles)
    erased = erased_keys([(bundle.source_system, bundle.source_key) for bundle in converted.bundles])
    elsewhere, older = foreign(converted.bundles, reach), late(converted.bundles, business_date)
    for at, bundle in enumerate(converted.bundles):
        if at in erased:
            prepared.rejects.append(_erased(layout, bundle))
            continue
        if at in elsewhere:
            prepared.rejects.append(_foreign(layout, bundle, raw[bundle.line]))
            continue
        if at in older:
            prepared.rejects.append(RowError(bundle.line, raw[bundle.line], "", STALE, text(STALE)))
            continue
        found = [*notes.get(bundle.line, ()), *screened(bundle, business_date)]
        refused = blocked(found)
        if refused:
            prepared.rejects += [_reject(layout, bundle, finding, raw[bundle.line]) for finding in refused]
        else:
            prepared.bundles.append(bundle)
            prepared.findings.append(found)
    prepared.rejects.sort(key=lambda reject: reject.line)
    return prepared


def _by_line(conversions: Sequence[Conversion]) -> dict[int, list[Finding]]:
    """What was left out of a line, as findings; what could not be read is with its row: rules find it."""
    found: dict[int, list[Finding]] = {}
    for c in conversions:
        if c.code not in _LEFT_OUT:
            continue
        finding = Finding(
            c.code, 1, Severity.WARN, Dimension.VALIDITY, c.facet, c.slot, 0, c.field, text(c.code)
        )
        found.setdefault(c.line, []).append(finding)
    return found


def _erased(layout: Layout, bundle: Bundle) -> RowError:
    """The refusal of a customer who was erased; the line is not kept, it would bring back what was erased."""
    return RowError(bundle.line, "", layout.key, ERASED, _("The customer of this key was erased."))


def _foreign(layout: Layout, bundle: Bundle, raw_line: str) -> RowError:
    column = layout.reading.column(bundle, "customer", 0, "org")
    told = _("The customer is outside your branches, or not yours to change.")
    return RowError(bundle.line, raw_line, column, FOREIGN, told)


def _reject(layout: Layout, bundle: Bundle, finding: Finding, raw_line: str) -> RowError:
    """The refusal with the column that the fault was read from; facet and field where no single one is."""
    read = finding.index < len(bundle.rows(finding.facet))
    column = layout.reading.column(bundle, finding.facet, finding.index, finding.field) if read else ""
    place = column or f"{finding.facet}.{finding.field}".strip(".")
    return RowError(bundle.line, raw_line, place, finding.rule, finding.text)


def waves(prepared: Prepared) -> list[tuple[list[Bundle], list[list[Finding]]]]:
    """The bundles in runs without a repeated source key: what a later line tells comes after the earlier."""
    result: list[tuple[list[Bundle], list[list[Finding]]]] = []
    level: dict[str, int] = {}
    for bundle, found in zip(prepared.bundles, prepared.findings, strict=True):
        turn = level.get(bundle.source_key, -1) + 1
        level[bundle.source_key] = turn
        if turn == len(result):
            result.append(([], []))
        result[turn][0].append(bundle)
        result[turn][1].append(found)
    return result
