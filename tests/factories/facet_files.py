"""Small files of single facets, as a source system sends them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batch.formats.syntax import join_line
from batch.formats.writer import create
from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layout as layout_named
from batch.services.loading import Loaded, load_file, loader
from mdm.runs import JobRun
from tests.factories.customers import DAY
from tests.factories.files import promise
from tests.factories.security import NOW
from tests.support.database_roles import database_role

Line = dict[str, str]


def row(operation: str = "add", key: str = "P-1", source: str = "core_customer", **columns: str) -> Line:
    """A row about the customer of a source key."""
    return {"operation": operation, "source_system": source, "source_key": key, **columns}


def facet_file(path: Path, layout_name: str, *lines: Line) -> Path:
    """Write a file that names the columns which its lines tell."""
    layout = layout_named(layout_name)
    assert isinstance(layout, FacetLayout)
    told = {name for line in lines for name in line}
    columns = [name for name in layout.names if name in told] + sorted(told - set(layout.names))
    with create(path, layout.profile, columns) as writer:
        writer.write_lines(
            [join_line([line.get(name, "") for name in columns], layout.profile) for line in lines]
        )
    return path


def deliver(folder: Path, layout_name: str, *lines: Line, **options: Any) -> Loaded:
    """Deliver rows as an operator does, in this process, at `NOW` unless told."""
    path = facet_file(folder / f"{layout_name}.csv", layout_name, *lines)
    with database_role("engine"):
        return load_file(loader(), path, layout_name, **{"at": NOW, "business_date": DAY, **options})


def counts(loaded: Loaded) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected."""
    told = loaded.counts
    return told.created, told.updated, told.unchanged, told.rejected


def rejects(loaded: Loaded) -> Sequence[tuple[int, str, str]]:
    """Line, field, code of what was refused."""
    from batch.models import RejectedRow

    with database_role("engine"):
        rows = RejectedRow.objects.filter(run_id=loaded.run).order_by("line", "id")
        return list(rows.values_list("line", "field", "code"))


def run_of(loaded: Loaded) -> JobRun:
    with database_role("engine"):
        return JobRun.objects.get(pk=loaded.run)


def promised(path: Path, layout_name: str, **wrong: Any) -> None:
    """Write the control file of a facet file; `wrong` replaces promises by others."""
    promise(path, layout=layout_named(layout_name), **wrong)
