"""Nothing of a customer is stored in clear, not even once: known values are looked for in everything that is kept.

Scanned are PostgreSQL's files and write-ahead log, Valkey's append-only file, the object store and the logs, after
loads, rejects, changes, consolidation, screens and the API have handled the values. A control plants one value in
clear in each of these places and must be found, so that a scan that finds nothing says something.
"""

import base64
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from batch.services.loading import run_load, submit
from batch.synthetic.generator import Recipe, customers
from consolidation.services.matching import consolidate
from customers.models import Customer, Phone
from customers.services.revealing import Why, reveal
from mdm.errors import Invalid
from mdm.logs import ScrubbingFormatter
from security.audit.log import record
from security.content.kinds import PDF
from security.services import accounts
from tests.factories import documents
from tests.factories.customers import DAY, HOME, bank
from tests.factories.files import Line, write
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff
from tests.support import cluster
from tests.support.api import Api
from tests.support.clear_text import in_files, in_rows, spellings
from tests.support.database_roles import database_role
from tests.support.screens import Screens

PEOPLE, ROWS, REJECTED = 100, 300, 15
_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "慕容", "令狐", "皇甫", "尉迟")
_SIGNS = [chr(code) for code in range(0x4E8C, 0x9EA0, 7)]
AREAS = ("postgres", "valkey", "s3", "log")


@dataclass
class Canaries:
    """Values that nobody else has, by kind."""

    names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return [*self.names, *self.numbers, *self.phones, *self.addresses, *self.papers]


def population(chance: random.Random) -> tuple[list[Line], Canaries]:
    """Rows of generated customers, a hundred of them with values that are watched, and rows that are refused."""
    made = customers(Recipe(rows=ROWS, seed=chance.randrange(10**6), duplicates=0, errors=0))
    rows = [{**one.fields, "source_key": one.source_key, "branch_code": HOME} for one in made]
    known = Canaries()
    people = [row for row in rows if row.get("id_type") == "P01"]  # a company's credit code is public
    for row in people[:PEOPLE]:
        watch(row, chance, known)
    known.papers += [f"{word}{chance.randrange(10**12):012}" for word in ("PAPER", "标题", "NAME")]
    refused = [
        watch({**row, "source_key": f"R{n}"}, chance, known) for n, row in enumerate(people[:REJECTED])
    ]
    return rows + [{**row, "party_type": "??"} for row in refused], known


def watch(row: Line, chance: random.Random, known: Canaries) -> Line:
    """Give a row values of its own, and remember them."""
    signs = "".join(chance.sample(_SIGNS, 6))
    row["name"] = chance.choice(_SURNAMES) + signs[:2]
    row["mobile"] = f"1{chance.randrange(3, 10)}{chance.randrange(10**9):09}"
    row["residence_detail"] = (
        f"{signs[2:4]}路{chance.randrange(1, 999)}号{signs[4:]}大厦{chance.randrange(99)}室"
    )
    row.setdefault("id_number", f"{chance.randrange(10**17):017}X")
    known.names.append(row["name"])
    known.numbers.append(row["id_number"])
    known.phones.append(row["mobile"])
    known.addresses.append(row["residence_detail"])
    return row


@pytest.fixture
def log_file() -> Iterator[Path]:
    """The product's log as the product writes it, in the folder that is scanned."""
    path = cluster.services() / "log" / f"product-{cluster.worker()}.log"
    handler = logging.FileHandler(path, encoding="utf-8")
    written = [
        h.formatter for h in logging.getLogger().handlers if isinstance(h.formatter, ScrubbingFormatter)
    ]
    handler.setFormatter(written[0] if written else None)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    yield path
    logging.getLogger().setLevel(level)
    logging.getLogger().removeHandler(handler)
    handler.close()


def by_file(rows: list[Line], folder: Path) -> None:
    """Two deliveries through the worker's door: the second changes telephones and refuses rows again."""
    with database_role("engine"):
        for name in ("first", "second"):
            path = write(folder / f"{name}.csv", rows)
            run = submit(everything("load"), path, "core_customer", mode=None, business_date=None, at=NOW)
            run_load(run.pk)
            run.refresh_from_db()
            assert run.counts["rejected"] == REJECTED
            for row in rows[:50]:
                row["residence_postcode"] = "100000"
        consolidate(everything("desk"), business_date=DAY, full=True, at=NOW)


def at_the_screens(known: Canaries) -> None:
    """A teller searches for what is watched, and looks at what is found."""
    screens = Screens(member_of_staff("watcher", "teller", org=branch(HOME)))
    for value in [known.names[0], known.numbers[0], known.phones[0], known.names[1]]:
        seen = screens.search(value)
        assert seen.status == 200
        assert value not in seen.html
    with database_role("engine"):
        number = Customer.objects.earliest("pk").customer_no
    assert screens.get(f"/customer/{number}/").status == 200
    assert screens.post("/search/", term=known.addresses[0]).status in (200, 303)


def by_the_api(known: Canaries) -> None:
    """A system creates, searches, and sends what is refused."""
    api = Api(client_system("canary", org=branch(HOME))[1])
    told = {
        "source_key": "API-1",
        "party_type": "PERSON",
        "customer_names": [{"kind": "LEGAL", "full_name": known.names[2] + "儿"}],
        "credentials": [{"type": "P01", "number": known.numbers[2], "issuing_country": "CHN"}],
        "phones": [{"kind": "MOBILE", "number": known.phones[2]}],
    }
    made = api.post("customers", told, key="canary-key")
    assert made.status == 201
    assert api.post("customers", told, key="canary-key").status == 201
    put_on_file(api, made.body["customer_no"], known)
    assert api.post("customers", {**told, "source_key": "API-2", "party_type": known.names[3]}).status == 422
    assert api.post("customers", {**told, known.numbers[3]: known.phones[3]}).status == 422
    assert api.post("customers:search", {"text": known.numbers[1]}, key=None).status == 200
    assert api.get(f"customers/{known.numbers[4]}").status == 404
    assert api.get(f"customers?party_type={known.phones[4]}").status in (200, 422)


def as_a_reason(known: Canaries) -> None:
    """Numbers typed where somebody is asked why: before a showing, in an account's change, in an emergency."""
    said, teller = f"asked by {known.phones[5]}", member_of_staff("typist", "teller", org=branch(HOME))
    with database_role("engine"):
        row = Phone.objects.earliest("pk")
    for why in (Why("JUDICIAL", said, "No. 7"), Why("JUDICIAL", "asked by the court", known.phones[5])):
        with pytest.raises(Invalid, match=r"reason\.sensitive"):
            reveal(everything(), "phone", row.pk, ["number"], why, at=NOW)
    with pytest.raises(Invalid, match=r"reason\.sensitive"):
        accounts.change_user(everything(), teller.pk, {"display_name": "T"}, reason=said, at=NOW)


def put_on_file(api: Api, number: str, known: Canaries) -> None:
    """A document whose content, title and file name are watched: taken in, looked at, replaced, refused."""
    text, title, name = known.papers
    data = documents.pdf(1, text)
    assert text.encode() in data
    told = {"kind": "AGREEMENT", "title": title, "file": SimpleUploadedFile(f"{name}.pdf", data, PDF)}
    made = api.upload(f"customers/{number}/documents", told, key="canary-paper")
    assert made.status == 201
    paper = f"customers/{number}/documents/{made.body['id']}"
    assert api.get(f"{paper}/preview").status == 200
    again = {"change_reason": "again", "file": SimpleUploadedFile(f"{name}.pdf", documents.pdf(2, text), PDF)}
    assert api.upload(f"{paper}:replace", again, key=None, version=1).status == 200
    refused = {**told, "file": SimpleUploadedFile(f"{name}.pdf", data + text.encode(), PDF)}
    assert api.upload(f"customers/{number}/documents", refused).status == 422


def flushed() -> None:
    """Bring what the services hold in memory to their files."""
    told, server = cluster.own_instance().addresses, connection.settings_dict
    login = {"user": "postgres", "password": told["DB_PASSWORD_SUPERUSER"], "dbname": server["NAME"]}
    with psycopg.connect(host=server["HOST"], port=server["PORT"], autocommit=True, **login) as superuser:
        superuser.execute("CHECKPOINT")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):  # one that writes to a test's screen may be closed
            handler.flush()


def scan(values: list[str]) -> dict[str, dict[str, set[str]]]:
    """Where values are found, by area."""
    services = cluster.services()
    found: dict[str, dict[str, set[str]]] = {area: in_files(services / area, values) for area in AREAS}
    return {**found, "rows": in_rows(values)}


def plant(value: str, log_file: Path) -> None:
    """The mistakes that the scan is there to find."""
    with database_role("engine"):
        record(everything(), "canary.control", NOW, fields={"typed": value})
    cache.set("canary:control", value.encode(), 60)
    filler = random.Random(1).randbytes(200_000)
    default_storage.save("canary/control", ContentFile(filler + value.encode() + filler))
    with log_file.open("a", encoding="utf-8") as file:
        file.write(f"control {value}\n")


@pytest.mark.django_db(transaction=True)
def test_what_is_known_of_a_hundred_people_is_found_nowhere(
    tmp_path: Path, objects: dict[str, str], log_file: Path
) -> None:
    chance = random.Random()  # values that no other test has
    rows, known = population(chance)
    with database_role("engine"):
        bank()
    by_file(rows, tmp_path)
    at_the_screens(known)
    by_the_api(known)
    as_a_reason(known)
    flushed()

    assert len(known.names) == PEOPLE + REJECTED
    assert scan(known.all) == {area: {} for area in (*AREAS, "rows")}

    control = watch({}, chance, Canaries())["residence_detail"]
    plant(control, log_file)
    flushed()
    found = scan([control])
    assert {area for area, values in found.items() if values} == {*AREAS, "rows"}, found
    assert log_file.stat().st_size > 0


@pytest.mark.parametrize(
    "leave",
    [
        lambda v: v.encode("gb18030"),
        lambda v: v.encode("utf-16-le"),
        lambda v: v.encode().hex().encode(),
        lambda v: b"x" + base64.b64encode(b"ab" + v.encode() + b"cde"),
        lambda v: json.dumps({"a": v}).encode(),
        lambda v: f"/find?q={quote(v)}".encode(),
    ],
    ids=["GB18030", "UTF-16", "hexadecimal", "Base64", "JSON", "address"],
)
def test_the_scan_knows_the_spelling(tmp_path: Path, leave: Any) -> None:
    value = "欧阳二十路7号三四大厦8室"
    (tmp_path / "left.bin").write_bytes(b"\0\xff" + leave(value) + b"\0")

    assert in_files(tmp_path, [value, "司马青云"]) == {value: {"left.bin"}}
    assert len(spellings(value)) > 20
