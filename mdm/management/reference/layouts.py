"""`layouts.md`: every file interface with its columns, read off the layouts and, behind them, the models."""

from collections.abc import Iterator
from typing import Any

from batch.layouts.facet import HEAD, FacetLayout
from batch.layouts.layout import Column, Layout
from batch.layouts.registry import layouts
from mdm.management.reference.markdown import both, chinese, code, codes, english, table, whole

_LEAD = """\
Files that `load_file --layout NAME`, the page *Load a file* and `POST /api/v1/load-runs` take. Dates are written
20260302, 2026-03-02 or 2026/3/2; yes and no are Y and N, 1 and 0, 是 and 否; a code may be spelt as its list knows it
([data dictionary](data-dictionary.md)). Codes of refusals are in [errors](errors.md); how to deliver is told in
[load your own file](../howto/load-your-own-file.md) and [deliver a facet file](../howto/deliver-a-facet-file.md)."""
_HEAD = """\
One layout for each facet that a source may tell, made from its model: a new field is a new column. Every file names
`operation`, `source_system` and one of `source_key` and `customer_no`; of the other columns it names those that it
tells. Separator `,`, values in double quotes where they hold one, UTF-8, first line with the names; a control file is
checked where there is one. A row of a facet of several rows has a `slot`, else its kind stands for it."""


def page() -> str:
    """Customer files with all columns, then those of single facets."""
    every = layouts()
    customers = [_customers(known) for known in every if not isinstance(known, FacetLayout)]
    single = [_facet(known) for known in every if isinstance(known, FacetLayout)]
    head = (
        "## Files of single facets\n\n"
        + _HEAD
        + "\n\n"
        + table(_HEADS[:1] + _HEADS[3:], _rows(HEAD, short=True))
    )
    return whole("File layouts", _LEAD, "## Files of customers", *customers, head, *single)


_HEADS = ("column", "needed", "kind", "中文", "English")


def _customers(known: Layout) -> str:
    rows = (
        (code(c.name), _kind(c), c.person, c.organisation, chinese(c.label), english(c.label))
        for c in known.columns
    )
    heads = ("column", "kind", "of a person", "of an organisation", "中文", "English")
    return f"### {both(known.label)} (`{known.name}`)\n\n{_form(known)}\n\n" + table(heads, rows)


def _form(known: Layout) -> str:
    profile = known.profile
    control = (
        "a control file is needed"
        if known.control_required
        else "a control file is checked where there is one"
    )
    header = "with" if profile.header else "without"
    return f"{profile.encoding.upper()}, separator {code(profile.separator)}, {header} a header; {control}."


def _facet(known: FacetLayout) -> str:
    """Operations, and the columns behind those that every file has."""
    told = [column for column in known.columns if column not in HEAD]
    lead = f"Operations: {codes(known.operations)}."
    if known.together:
        lead += f" Rows that follow one another with the same {codes(known.together)} are one thing."
    rows = _rows(told, known.needed)
    return f"### {both(known.label)} (`{known.name}`)\n\n{lead}\n\n" + table(_HEADS, rows)


def _rows(columns: Any, needed: tuple[str, ...] = (), *, short: bool = False) -> Iterator[tuple[str, ...]]:
    for column in columns:
        names = (chinese(column.label), english(column.label))
        more = () if short else ("yes" if column.name in needed else "", _kind(column))
        yield (code(column.name), *more, *names)


def _kind(column: Column) -> str:
    return f"code of {code(column.codes)}" if column.codes else column.kind
