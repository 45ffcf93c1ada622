"""An attribute of each kind, sensitive and not, followed through every place at which a field of the product stands.

`PLACES` is the list. Whoever writes code that walks the fields of a facet is told by the last test to add the place
that shows that attributes take part there.
"""

import ast
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from openpyxl import Workbook

from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.customer_rows import template
from batch.layouts.layout import Column
from batch.services.creating import run_batch
from consolidation.models import Merge, ReviewCase
from consolidation.selectors.side_by_side import side_by_side
from consolidation.services.merging import Grounds, merge, unmerge
from customers.rules.number import customer_id, customer_no
from customers.selectors.as_of import Moment, as_of
from customers.selectors.between import between
from customers.selectors.evidence import Wanted, source
from customers.selectors.history import row_history
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from customers.services import facets
from mdm.codes import get as code_list
from mdm.errors import Invalid
from security.access.roles import PERMISSIONS
from security.crypto.masking import mask
from tests.factories.attributes import defined
from tests.factories.batches import people, table
from tests.factories.customers import another, bank, person, rows_of, stamp, stored
from tests.factories.facet_files import deliver, rejects
from tests.factories.facet_files import row as file_row
from tests.factories.files import line, load, write
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff
from tests.support.api import Api
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
FACET, LATER = "person_profile", NOW + timedelta(hours=1)
SHORT = "/customers/personprofile/"


@dataclass(frozen=True)
class Case:
    """An attribute: its definition, a value as JSON and as a form or file has it, one that is refused, and by which
    code of its rules. `kind` is the type that the API describes."""

    told: dict[str, Any]
    value: Any
    typed: str
    wrong: Any
    rule: str
    kind: str = "string"

    @property
    def masked(self) -> bool:
        return bool(self.told.get("mask"))

    @property
    def stored(self) -> Any:
        """The value as Python has it."""
        match self.told["kind"]:
            case "amount":
                return Decimal(self.value)
            case "date":
                return date.fromisoformat(self.value)
        return self.value


CODES = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue"
CASES = {
    "note": Case({"kind": "text", "length": 12}, "Quiet room", "Quiet room", "x" * 13, "X02"),
    "club": Case(
        {"kind": "text", "mask": "free_text", "pattern": "[0-9]{8}", "searchable": True},
        *("80417263", "80417263", "8041726X", "X04"),
    ),
    "visits": Case({"kind": "whole", "maximum": "99"}, 42, "42", 100, "X03", "integer"),
    "points": Case(
        {"kind": "whole", "mask": "free_text", "maximum": "999999998"}, 748316295, "748316295", 999_999_999, "X03", "integer"
    ),
    "fee": Case({"kind": "amount", "maximum": "50.00"}, "12.30", "12.30", "50.01", "X03"),
    "worth": Case({"kind": "amount", "mask": "amount", "maximum": "9000000"}, "8273645.50", "8273645.50", "9000001", "X03"),
    "since": Case({"kind": "date", "minimum": "2000-01-01"}, "2019-04-05", "2019-04-05", "1999-12-31", "X03"),
    "feast": Case(
        {"kind": "date", "mask": "birth_date", "minimum": "1900-01-01"}, "1963-08-17", "1963-08-17", "1899-12-31", "X03"
    ),
    "tier": Case({"kind": "code", "codes": CODES}, "GOLD", "金卡", "RED", "X05"),
    "coin": Case({"kind": "code", "code_list": "currency"}, "CHF", "CHF", "QQQ", "X05"),
    "vip": Case({"kind": "flag"}, True, "Y", "maybe", "X06", "boolean"),
}  # fmt: skip
#: Texts of masked values, which stand nowhere in clear.
SECRETS = [case.typed for case in CASES.values() if case.masked]
KEYS = {f"x_{name}": case for name, case in CASES.items()}
#: Every value in the words of a column, a form, a body.
TYPED = {key: case.typed for key, case in KEYS.items()}
JSON = {key: case.value for key, case in KEYS.items()}


def label(key: str) -> str:
    return f"Label of {key.removeprefix('x_')}"


def expected(key: str) -> str:
    """The value as English readers who see it masked are shown it."""
    case = KEYS[key]
    if case.masked:
        return mask(case.told["mask"], str(case.stored), "standard")
    lists = {"x_tier": f"{FACET}.x_tier", "x_coin": "currency"}
    if key in lists:
        with override("en"):
            return code_list(lists[key]).label(case.value)
    return "yes" if case.value is True else str(case.value)


class World:
    """The bank with all attributes, one customer who has them all, one who has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bank()
        self.plain = stored(another(person("P-2"), source_key="P-2"))
        self.full = stored(person())
        for name, case in CASES.items():
            told = {"mask": "", "searchable": False, "severity": "BLOCK", **case.told}
            defined(FACET, name, label_zh=f"属性{name}", label_en=label(name), **told)
        row = self.row(self.full)
        values = {key: case.stored for key, case in KEYS.items()}
        facets.change(everything(), FACET, row.pk, row.version, values, reason="told", at=LATER)

    def row(self, pk: int) -> Any:
        (row,) = rows_of(FACET, pk)
        return row

    def held(self, pk: int) -> dict[str, Any]:
        """What is kept of a customer."""
        kept = self.row(pk).extension
        return dict(kept.open()) if kept else {}

    @cached_property
    def api(self) -> Api:
        scopes = (*PERMISSIONS, "source.core_customer")
        return Api(client_system("core-bank", scopes=scopes, org=branch("1000"))[1])

    @cached_property
    def teller(self) -> Screens:
        return Screens(member_of_staff("t", "teller", org=branch("1100")))


KEPT = {key: case.value if case.value is True else str(case.value) for key, case in KEYS.items()}


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    with override("en"):
        yield World(tmp_path)


def profile(told: dict[str, Any]) -> dict[str, Any]:
    """The facet in a panorama."""
    (found,) = [f for subject in told["subjects"] for f in subject["facets"] if f["name"] == FACET]
    return dict(found)


def assert_told(told: dict[str, Any]) -> None:
    """Every attribute stands in a panorama, under its label, masked where it is sensitive."""
    found = profile(told)
    fields = {field["name"]: field for field in found["fields"] if field["name"] in KEYS}
    wanted = {k: {"name": k, "label": label(k), "sensitive": case.masked} for k, case in KEYS.items()}
    assert fields == wanted
    values = {key: found["rows"][0]["values"][key]["text"] for key in KEYS}
    assert values == {key: expected(key) for key in KEYS}


def no_secret(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


# -- the places ---------------------------------------------------------------------------------------


def form(world: World) -> None:
    """A field in the form, refused at its place, kept."""
    row, page = world.row(world.plain), f"{SHORT}{world.row(world.plain).pk}/change/"
    seen = world.teller.get(page)
    assert [key for key in KEYS if label(key) not in seen.text] == []
    sent = {"version": str(row.version), "reason": "told"}
    sent |= {name: str(getattr(row, name)) for name in ("sex", "birth_date", "nationality")}
    good = {**TYPED, "x_tier": "GOLD", "x_vip": "on"}
    for key, case in KEYS.items():
        if case.kind != "boolean":
            wrong = world.teller.post(page, **sent, **{**good, key: str(case.wrong)})
            assert (wrong.status, f"id_{key}" in wrong.html) == (422, True), key
    done = world.teller.post(page, follow=True, **sent, **good)
    assert done.status == 200, done.text
    assert world.held(world.plain) == KEPT


def rest(world: World) -> None:
    """Members of bodies that are read and written, refused at their place."""
    row = world.row(world.plain)
    place = f"customers/{customer_no(world.plain)}/person-profiles/{row.pk}"
    for key, case in KEYS.items():
        wrong = world.api.patch(place, {key: case.wrong, "change_reason": "told"}, version=row.version)
        assert (wrong.status, {pointer for pointer, _code in wrong.places}) == (422, {f"/{key}"}), key
    done = world.api.patch(place, {**JSON, "change_reason": "told"}, version=row.version)
    assert done.status == 200
    told = world.api.get(place).body
    shown = {key: expected(key) if case.masked else case.value for key, case in KEYS.items()}
    assert {key: told[key] for key in KEYS} == shown
    assert world.held(world.plain) == KEPT


def description(world: World) -> None:
    """Members of the schemas of the API, of the type that they have."""
    schemas = world.api.get("openapi.json").body["components"]["schemas"]
    for name in ("PersonProfileChangeRequest", "PersonProfileTellRequest", "PersonProfile"):
        told = schemas[name]["properties"]
        kinds = {key: told[key]["type"] for key in KEYS}
        kinds = {key: kind[0] if isinstance(kind, list) else kind for key, kind in kinds.items()}
        read = name == "PersonProfile"  # which tells what is masked as a text
        assert kinds == {k: "string" if read and c.masked else c.kind for k, c in KEYS.items()}, name


def rules(world: World) -> None:
    """Rules of quality refuse what breaks a limit, at its place."""
    row = world.row(world.full)
    for key, case in KEYS.items():
        wrong: Any = {"amount": Decimal, "date": date.fromisoformat}.get(case.told["kind"], lambda v: v)(
            case.wrong
        )
        with pytest.raises(Invalid) as refused:
            facets.change(everything(), FACET, row.pk, row.version, {key: wrong}, reason="told", at=LATER)
        found = {(e.pointer.rpartition("/")[2], e.code) for e in refused.value.errors}
        assert (key, case.rule) in found, found


def history(world: World) -> None:
    """A change in the history of the row, old and new, masked."""
    newest = row_history(everything(), FACET, world.row(world.full).pk, at=LATER)[0]["changes"]
    told = {c["field"]: (c["label"], c["new"]) for c in newest}
    assert told == {key: (label(key), expected(key)) for key in KEYS}


def differences(world: World) -> None:
    """A difference between two moments."""
    told = between(everything(), customer_no(world.full), Moment(NOW), Moment(LATER), at=LATER)
    assert [key for key in KEYS if label(key) not in str(told)] == []
    no_secret(str(told))


def found(world: World) -> None:
    """A hit of a search, where it is searchable."""
    hits = search(everything(), KEYS["x_club"].typed, at=LATER).hits
    assert [hit.customer_no for hit in hits] == [customer_no(world.full)]
    assert search(everything(), KEYS["x_note"].typed, at=LATER).hits == []


def facet_file(world: World) -> None:
    """A column of a file of the facet, by its code; a wrong value is refused at its column."""
    told = {**TYPED, "x_since": "20190405", "x_feast": "19630817"}
    assert rejects(deliver(world.folder, FACET, file_row("change", "P-2", **told))) == []
    assert world.held(world.plain) == KEPT
    wrong = [file_row("change", "P-2", **{key: str(case.wrong)}) for key, case in KEYS.items()]
    places = {(field, code) for _line, field, code in _refused(world, wrong)}
    assert {field for field, _code in places} == set(KEYS), places


def _refused(world: World, lines: list[dict[str, str]]) -> list[tuple[int, str, str]]:
    """What is refused of files of one column each."""
    return [one for line in lines for one in rejects(deliver(world.folder, FACET, line))]


def customer_file(world: World) -> None:
    """A column of the file of customers, by its code and by its place; a wrong value is refused at its column."""
    names = [key if key != "x_fee" else f"{FACET}.x_fee" for key in KEYS]
    grown = Columns([Column(name, name) for name in names]).layout
    good = dict(zip(names, TYPED.values(), strict=True))
    wrong = {"x_note": "x" * 13, "x_tier": "RED", f"{FACET}.x_fee": "50.01", "x_feast": "none"}
    lines = [line("K-1", **good), *(line(f"W-{at}", **{n: v}) for at, (n, v) in enumerate(wrong.items()))]
    done = load(write(world.folder / "c.csv", lines, layout=grown))
    assert (done.counts.created, done.counts.rejected) == (1, 4)
    refused = rejects(done)
    assert {field for _line, field, _code in refused} == set(wrong), refused
    with database_role("engine"):
        (customer,) = [row for row in rows_of_all() if row.source_key == "K-1"]
        assert dict(customer.extension.open()) == KEPT


class Columns:
    """The file of the core system with columns more."""

    def __init__(self, columns: list[Column]) -> None:
        from dataclasses import replace

        self.layout = replace(CORE_CUSTOMER, columns=(*CORE_CUSTOMER.columns, *columns))


def rows_of_all() -> list[Any]:
    from mdm.subjects import registry

    return list(registry.facet(FACET).model._default_manager.all())


def batch_json(world: World) -> None:
    """Members of a row of a batch."""
    _batch(
        world,
        world.api.post("customers:batch-create", {"mode": "tolerant", "rows": _bodies()}),
        as_table=False,
    )


def batch_ndjson(world: World) -> None:
    """Members of a line of a batch."""
    _uploaded(world, "\n".join(map(json.dumps, _bodies())).encode(), "c.ndjson", as_table=False)


def batch_csv(world: World) -> None:
    """Columns of a table, by code, by label in either language; and in the template."""
    rows, columns = _table()
    _uploaded(world, table(rows, columns=columns).encode(), "c.csv", as_table=True)
    for language, heads in (("en", label), ("zh-hans", lambda key: f"属性{key.removeprefix('x_')}")):
        with override(language):
            assert [key for key in KEYS if heads(key) not in template().decode()] == []


def batch_xlsx(world: World) -> None:
    """Columns of a workbook, by label."""
    rows, columns = _table()
    book, target = Workbook(), io.BytesIO()
    sheet: Any = book.active
    sheet.append([label(column) if column in KEYS else column for column in columns])
    for row in rows:
        sheet.append([row.get(column, "") for column in columns])
    book.save(target)
    _uploaded(world, target.getvalue(), "c.xlsx", as_table=True)


#: What a row is refused for.
WRONG = ("x_note", "x_visits", "x_tier")


def _table() -> tuple[list[dict[str, str]], tuple[str, ...]]:
    good, *bad = people(1 + len(WRONG))
    rows = [
        {**good, **TYPED},
        *({**row, key: str(KEYS[key].wrong)} for row, key in zip(bad, WRONG, strict=True)),
    ]
    return rows, (*good, *KEYS)


def _bodies() -> list[dict[str, Any]]:
    from customers.api.examples import PERSON

    body: dict[str, Any] = PERSON.body
    good = {**body, "source_key": "N-0", FACET: {**body[FACET], **JSON}}
    bad = [{**body, "source_key": f"N-{key}", FACET: {**body[FACET], key: KEYS[key].wrong}} for key in WRONG]
    return [good, *bad]


def _uploaded(world: World, data: bytes, name: str, *, as_table: bool) -> None:
    kind = {"c.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}.get(
        name, "text/plain"
    )
    file = SimpleUploadedFile(name, data, kind)
    _batch(world, world.api.upload("customer-batches", {"mode": "tolerant", "file": file}), as_table=as_table)


def _batch(world: World, told: Any, *, as_table: bool) -> None:
    """The first row is created with all attributes, the others are refused at theirs."""
    assert told.status == 202, told.text
    with database_role("engine"):
        run_batch(told.body["run"])
    first, *refused = world.api.get(f"{told.headers['Location']}/rows").body["items"]
    assert first["errors"] == []
    assert world.held(customer_id(first["customer_no"]) or 0) == KEPT
    places = [(row["outcome"], {error["field"] for error in row["errors"]}) for row in refused]
    assert places == [("REJECTED", {key if as_table else f"/{FACET}/{key}"}) for key in WRONG]


def exported_list(world: World) -> None:
    """A column of a list that is let out."""
    listed = source("customers")
    with database_role("engine"):
        (rows,) = listed.read(everything(), LATER, Wanted({}, listed.standard()), LATER)
    told = [dict(zip(listed.standard(), row, strict=True)) for row in rows]
    (full,) = [row for row in told if row["customer_no"] == customer_no(world.full)]
    assert {key: full[f"{FACET}.{key}"] for key in KEYS} == {key: expected(key) for key in KEYS}


def exported_changes(world: World) -> None:
    """A row of the changes that are let out as evidence."""
    listed = source("changes")
    wanted = Wanted({}, listed.standard())
    with database_role("engine"):
        told = [
            row
            for rows in listed.read(everything(), LATER + timedelta(seconds=1), wanted, LATER)
            for row in rows
        ]
    fields = {row[listed.columns.index("field")]: row[-1] for row in told}
    assert {key: fields[key] for key in KEYS} == {key: expected(key) for key in KEYS}


def panorama_page(world: World) -> None:
    """A line of the page of a customer, on screen and on paper: one document is both."""
    seen = world.teller.get(f"/customer/{customer_no(world.full)}/")
    assert [key for key in KEYS if label(key) not in seen.text or expected(key) not in seen.text] == []
    no_secret(seen.html)


def panorama_endpoint(world: World) -> None:
    """A value of the panorama that systems read."""
    assert_told(world.api.get(f"customers/{customer_no(world.full)}/panorama").body)


def past(world: World) -> None:
    """A value as of a past moment, not there the moment before."""
    number = customer_no(world.full)
    assert_told(as_of(everything(), number, Moment(LATER), at=LATER))
    before = profile(as_of(everything(), number, Moment(LATER - timedelta(seconds=1)), at=LATER))
    assert {before["rows"][0]["values"][key]["value"] for key in KEYS} <= {None, False}


def merged(world: World) -> None:
    """A value of the customer that two records are, and of the one who had it once they are apart again."""
    grounds = [Grounds((world.plain, world.full), "M03", "1", 1.0)]
    with database_role("engine"):
        merge(everything(), grounds, stamp(at=LATER))
    for number in (customer_no(world.plain), customer_no(world.full)):
        assert_told(panorama(everything(), number, at=LATER))
    with database_role("engine"):
        unmerge(everything(), Merge.objects.get().pk, reason="two people", at=LATER + timedelta(hours=1))
    at = LATER + timedelta(hours=2)
    assert_told(panorama(everything(), customer_no(world.full), at=at))
    apart = profile(panorama(everything(), customer_no(world.plain), at=at))
    assert {apart["rows"][0]["values"][key]["value"] for key in KEYS} <= {None, False}
    assert (world.held(world.plain), world.held(world.full)) == ({}, KEPT)


def compared(world: World) -> None:
    """A line of two customers side by side, masked."""
    pair = {"customer_id": min(world.plain, world.full), "other_id": max(world.plain, world.full)}
    with database_role("engine"):
        case = ReviewCase.objects.create(
            **pair, rule="B1", policy="1", score=0.8, outcome="B", opened_at=LATER
        )
    found = str(side_by_side(everything(), case.pk, at=LATER))
    assert [key for key in KEYS if expected(key) not in found] == []
    no_secret(found)


PLACES: tuple[Callable[[World], None], ...] = (
    *(form, rest, description, rules, history, differences, found, facet_file, customer_file),
    *(batch_json, batch_ndjson, batch_csv, batch_xlsx, exported_list, exported_changes),
    *(panorama_page, panorama_endpoint, past, merged, compared),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_an_attribute_of_each_kind_takes_part(world: World, place: Callable[[World], None]) -> None:
    place(world)
    assert in_rows(SECRETS) == {}, "nor does it stand in clear in the database"


#: Who walks the fields of a facet, or asks which attributes there are, and the place above that shows it.
WALKERS = {
    "batch/layouts/attributes.py": "customer_file",
    "batch/layouts/customer_rows.py": "batch_csv",
    "batch/layouts/facet.py": "facet_file",
    "consolidation/selectors/side_by_side.py": "compared",
    "credentials/admin/documents.py": "form",
    "customers/admin/changes.py": "history",
    "customers/admin/conflicts.py": "form",
    "customers/admin/facets.py": "form",
    "customers/admin/intake.py": "form",
    "customers/admin/revealing.py": "panorama_page",
    "customers/selectors/certified.py": "history",
    "customers/selectors/explaining.py": "panorama_page",
    "customers/selectors/history.py": "history",
    "customers/selectors/list_columns.py": "exported_list",
    "customers/selectors/panorama.py": "panorama_page",
    "customers/selectors/provenance.py": "panorama_page",
    "customers/selectors/requests.py": "form",
    "customers/selectors/rows.py": "form",
    "customers/services/facets.py": "form",
    "customers/services/telling.py": "form",
    "customers/services/revealing.py": "panorama_page",
    "customers/survivorship.py": "merged",
    "mdm/backoffice/forms.py": "form",
    "mdm/bulk/attributes.py": "found",
    "mdm/bulk/changing.py": "merged",
    "mdm/bulk/reading.py": "merged",
    "mdm/bulk/tables.py": "rest",
    "mdm/dictionary/past.py": "past",
    "mdm/dictionary/versions.py": "description",
    "mdm/extension/values.py": "merged",
    "mdm/quality/attributes.py": "rules",
    "mdm/quality/coded.py": "rules",
    "mdm/quality/engine.py": "rules",
    "mdm/quality/in_force.py": "rules",
    "mdm/quality/limits.py": "rules",
    "mdm/quality/required.py": "rules",
    "mdm/rest/facets.py": "rest",
    "special_info/admin/pages.py": "panorama_page",
    "special_info/selectors/assessment.py": "panorama_page",
    "special_info/selectors/declaration.py": "panorama_page",
}
_WALKING = {"own_fields", "fields_of", "current"}


def _walks(path: Path) -> bool:
    """Whether a module imports what walks the fields of facets, attributes among them."""
    imports = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom))
    sources = {"mdm.bulk.tables", "mdm.extension.attributes"}
    return any(one.module in sources and _WALKING & {n.name for n in one.names} for one in imports)


def test_who_walks_fields_has_a_place() -> None:
    """Another module that does is a place more: say above how an attribute takes part there."""
    root = Path(settings.BASE_DIR)
    apps = ("batch", "consolidation", "credentials", "customers", "mdm", "security", "special_info")
    modules = (path for app in apps for path in (root / app).rglob("*.py"))
    walking = {str(path.relative_to(root)) for path in modules if _walks(path)}
    assert walking == set(WALKERS)
    assert set(WALKERS.values()) <= {place.__name__ for place in PLACES}
