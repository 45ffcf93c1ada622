"""Small customer files as a core banking system would send them, with their control files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from batch.formats.control import Control, Mode, control_path, write_control
from batch.formats.survey import survey
from batch.formats.syntax import join_line
from batch.formats.writer import create
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.layout import Layout
from batch.services.loading import Loaded, load_file
from tests.factories.customers import DAY
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

Line = dict[str, str]


def line(key: str, **columns: str) -> Line:
    """A person as the core system tells of one; every document number is a vector of GB 11643."""
    return {
        "source_key": key,
        "party_type": "PERSON",
        "name": "欧阳知远",
        "sex": "2",
        "birth_date": "19491231",
        "nationality": "CHN",
        "id_type": "P01",
        "id_number": "11010519491231002X",
        "id_country": "CHN",
        "mobile": "13912345670",
        "email": "zhiyuan@example.com",
        "residence_country": "CHN",
        "residence_region": "110105",
        "residence_detail": "望京西路9号院6号楼1203",
        "residence_postcode": "100102",
        "branch_code": "1100",
        "opened_on": "20150520",
        "status": "ACTIVE",
        **columns,
    }


def firm(key: str, **columns: str) -> Line:
    """A company as the core system tells of one; its credit code is a vector of GB 32100."""
    return {
        "source_key": key,
        "party_type": "CORPORATE",
        "name": "北京星辰科技有限公司",
        "id_type": "O01",
        "id_number": "91350100M000100Y43",
        "id_country": "CHN",
        "branch_code": "1100",
        "status": "ACTIVE",
        **columns,
    }


def write(
    path: Path,
    lines: Sequence[Line],
    *,
    layout: Layout = CORE_CUSTOMER,
    mode: Mode = "delta",
    day: date = DAY,
) -> Path:
    """Write lines as they are, sound or not, and the control file that promises them."""
    texts = [join_line([row.get(name, "") for name in layout.names], layout.profile) for row in lines]
    with create(path, layout.profile, layout.names) as writer:
        writer.write_lines(texts)
    promise(path, layout=layout, mode=mode, day=day)
    return path


def promise(
    path: Path, *, layout: Layout = CORE_CUSTOMER, mode: Mode = "delta", day: date = DAY, **wrong: Any
) -> None:
    """Write the control file of a data file as it is now; `wrong` replaces promises by others."""
    found = survey(path, layout.profile)
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    control = Control(path.name, found.rows, found.bytes, found.sm3, day, mode, at, "tests")
    write_control(control_path(path), replace(control, **wrong))


def load(path: Path, layout: Layout = CORE_CUSTOMER, **options: Any) -> Loaded:
    """Load a file as the loader does, in this process, at `NOW` unless told."""
    with database_role("engine"):
        return load_file(everything("load"), path, layout.name, **{"at": NOW, **options})
