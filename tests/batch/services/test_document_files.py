"""Documents by file: each line is applied or rejected with its reason; no name of a manifest leads out of its folder."""

import csv
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from batch.services.document_files import COLUMNS, RIGHTS, load_documents, loader
from customers.models import Customer, Document
from customers.rules.number import customer_no
from customers.selectors import documents as reading
from mdm.errors import Invalid
from mdm.runs import JobRun
from security.access.actor import Actor, Right
from security.content import admission
from security.crypto.algorithms import sm3
from security.models import Organisation
from tests.factories import documents as made
from tests.factories.customers import bank, company, person, store, the_row
from tests.factories.security import branch, staff
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)


@pytest.fixture
def customers() -> list[int]:
    bank()
    return store([person("K-1"), company("K-2")]).customer_ids


def delivery(folder: Path, *lines: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Path:
    """A folder with a manifest; each line's file is made unless it is there."""
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for told in lines:
            whole = dict.fromkeys(COLUMNS, "") | {"source_system": "core_customer"} | told
            path = folder / whole["file"]
            if whole["file"] and "/" not in whole["file"] and not path.exists():
                path.write_bytes(made.jpeg(whole["file"]))
            digest = sm3(path.read_bytes()).hex() if path.is_file() else ""
            writer.writerow([whole[name] or (digest if name == "sm3" else "") for name in COLUMNS])
    return folder


def line(key: str = "K-1", file: str = "a.jpg", **told: str) -> dict[str, str]:
    return {"source_key": key, "kind": "ID_FRONT", "file": file, **told}


def delivered(folder: Path) -> JobRun:
    with database_role("engine"):
        return load_documents(loader(), folder, business_date=DAY, at=AT)


def codes(run: JobRun) -> list[tuple[str, str]]:
    return [(problem["pointer"], problem["code"]) for problem in run.problems]


def test_a_delivery_is_put_on_file_for_persons_and_organisations(
    tmp_path: Path, customers: list[int]
) -> None:
    folder = delivery(
        tmp_path,
        line(dated_on="2020-01-02", title="身份证", credential="P01"),
        line("K-2", "licence.jpg", kind="LICENCE", credential="O01"),
    )
    run = delivered(folder)

    assert (run.state, run.counts) == ("SUCCEEDED", {"rows": 2, "created": 2, "unchanged": 0, "rejected": 0})
    own = the_row("credential", customers[0], "P01")
    (kept,) = reading.documents_about(
        staff("teller", "teller", org=branch("1100")), customer_no(customers[0]), "credential", own.pk, at=AT
    )
    assert (kept.kind, kept.dated_on, kept.created_channel) == ("ID_FRONT", date(2020, 1, 2), "BATCH")
    with database_role("engine"):
        data = reading.content_of(reading.edition_of(kept, None))
        assert Document.objects.filter(source_system="online").count() == 2
    assert data == admission.document(made.jpeg("a.jpg")).data


def test_delivered_again_nothing_is_added(tmp_path: Path, customers: list[int]) -> None:
    folder = delivery(tmp_path, line(), line("K-2", "b.jpg"))
    delivered(folder)
    again = delivered(folder)
    assert again.counts == {"rows": 2, "created": 0, "unchanged": 2, "rejected": 0}


def test_what_cannot_be_applied_is_rejected_with_line_and_code(tmp_path: Path, customers: list[int]) -> None:
    (tmp_path / "evil.pdf").write_bytes(made.acting("/Launch"))
    (tmp_path / "page.jpg").write_bytes(b"<svg onload=alert(1)>")
    folder = delivery(
        tmp_path,
        line(),
        line("K-9"),
        line(kind="PIGEON"),
        line(dated_on="yesterday"),
        line(sm3="00" * 32),
        line(credential="P02"),
        line(file="none.jpg", sm3="00"),
        line(file="evil.pdf"),
        line(file="page.jpg"),
        line("K-2", "b.jpg", kind="LICENCE"),
    )
    (tmp_path / "none.jpg").unlink()
    run = delivered(folder)

    assert (run.state, run.counts["created"], run.counts["rejected"]) == ("PARTIAL", 2, 8)
    assert codes(run) == [
        ("/3", "customer.unknown"),
        ("/4", "value.code"),
        ("/5", "value.date"),
        ("/6", "file.control_digest"),
        ("/7", "document.about"),
        ("/8", "file.missing"),
        ("/9", "content.active"),
        ("/10", "content.unknown"),
    ]


def test_customers_of_other_branches_are_not_there_whatever_they_have(
    tmp_path: Path, customers: list[int]
) -> None:
    """Also where the line names a credential: that they have none of its type would tell that they are there."""
    with database_role("engine"):
        home = Organisation.objects.get(code="1200")
        actor = Actor("zheng", "staff", (Right(frozenset(RIGHTS), home.pk),), user_id=7, org_code="1200")
        told = [line(credential=kind, file=f"{kind}.jpg") for kind in ("", "P01", "P03")]
        run = load_documents(actor, delivery(tmp_path, *told), business_date=DAY, at=AT)
    assert codes(run) == [(f"/{place}", "customer.unknown") for place in (2, 3, 4)]


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/etc/passwd", "sub/a.jpg", ".hidden", "", "a\0b", "link.jpg", "pipe", "sub"]
)
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, customers: list[int], name: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(made.jpeg())
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.jpg").write_bytes(made.jpeg())
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    os.mkfifo(folder / "pipe")
    digest = sm3(made.jpeg()).hex()
    text = ",".join(COLUMNS) + f"\r\ncore_customer,K-1,ID_FRONT,,,,{name},{digest}\r\n"
    (folder / "manifest.csv").write_text(text, newline="")

    run = delivered(folder)
    assert run.counts["rejected"] == 1
    assert codes(run)[0][1] in {"file.missing", "file.unreadable"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\r\n1,2\r\n", "file.header"),
        ("来源,键\r\n".encode("gb18030"), "file.encoding"),
        (",".join(COLUMNS).encode() + b'\r\n"a,b\r\n', "row.quote"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused_whole(
    tmp_path: Path, customers: list[int], content: bytes, code: str
) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(Invalid) as refused:
        delivered(tmp_path)
    assert refused.value.code == code
    assert JobRun.objects.filter(job="load_documents").count() == 0


def test_a_line_of_another_width_is_rejected_alone(tmp_path: Path, customers: list[int]) -> None:
    delivery(tmp_path, line())
    with (tmp_path / "manifest.csv").open("a") as file:
        file.write("one,two\r\n")
    run = delivered(tmp_path)
    assert (run.counts["created"], codes(run)) == (1, [("/3", "row.columns")])


def test_a_source_key_of_a_merged_customer_leads_to_the_one_it_counts_for(
    tmp_path: Path, customers: list[int]
) -> None:
    with database_role("owner"):
        Customer.objects.filter(pk=customers[1]).update(golden_id=customers[0])
        Customer.objects.filter(pk=customers[0]).update(members=[customers[1]])
    delivered(delivery(tmp_path, line("K-2")))
    with database_role("engine"):
        assert Document.objects.filter(source_system="online").get().customer_id == customers[0]
