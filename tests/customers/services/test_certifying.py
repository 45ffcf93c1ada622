"""Certificates of history: masked, complete, in Chinese; a digest that anybody computes again and nothing forges."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from pypdf import PdfReader

from customers.models import HistoryCertificate
from customers.rules.number import customer_no
from customers.selectors.certified import FORM, Extent, changes_of, digest_of
from customers.services import certifying, facets
from customers.services.certifying import issue, read, verify
from mdm.erasure import Erased
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.access.sight import Sight
from security.crypto.algorithms import sm3
from security.models import OperationLog
from tests.factories.attributes import defined
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import NOW, branch, staff
from tests.support.database_roles import append_only_lifted, database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects", "contacts_alone")]
LATER, LATEST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


@pytest.fixture
def customer() -> int:
    bank()
    found = stored(person())
    row = the_row("phone", found, "MOBILE")
    teller = staff("wang", "teller", org=branch("1100"))
    facets.change(
        teller, "phone", row.pk, row.version, {"number": "+8613800138000"}, reason="来电更正", at=LATER
    )
    return found


@pytest.fixture
def auditor(customer: int) -> Actor:
    return staff("auditor", "auditor", org=branch("1100"))


@pytest.fixture
def made(auditor: Actor, customer: int) -> HistoryCertificate:
    with translation.override("zh-hans"):
        return issue(auditor, customer_no(customer), reason="年度审计", at=LATEST)


def file_of(actor: Actor, made: HistoryCertificate) -> bytes:
    return read(actor, customer_no(made.customer_id), made.pk, at=LATEST)[1].read()


def wrong(actor: Actor, made: HistoryCertificate, **more: Any) -> tuple[str, ...]:
    return verify(actor, customer_no(made.customer_id), made.pk, at=LATEST, **more).findings


def test_the_file_tells_everything_and_no_clear_value(auditor: Actor, made: HistoryCertificate) -> None:
    data = file_of(auditor, made)
    pages = PdfReader(io.BytesIO(data)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")

    for said in (
        str(made),
        customer_no(made.customer_id),
        "auditor",
        "年度审计",
        "来电更正",
        "wang",
        made.sm3,
    ):
        assert said in text, said
    assert f"1 / {len(pages)}" in text
    for clear in ("13912345670", "13800138000", "11010519491231002X", "欧阳知远", "望京西路"):
        assert clear not in text
    assert sm3(data).hex() == made.file_sm3


def test_chinese_is_set_in_a_font_that_every_reader_brings(auditor: Actor, made: HistoryCertificate) -> None:
    """And a page is drawn: marks on it, dark ones, not a blank sheet."""
    data = file_of(auditor, made)
    assert b"/STSong-Light" in data
    assert b"/UniGB-UCS2-H" in data
    shown = pypdfium2.PdfDocument(data)[0].render(scale=1).to_pil().convert("L")
    assert shown.getextrema()[0] < 100


def test_the_digest_is_that_of_the_canonical_rows_in_any_language(
    auditor: Actor, made: HistoryCertificate
) -> None:
    extent = Extent(tuple(made.customer_ids), made.upto, Sight(made.profile, frozenset(made.hidden)))
    looser = Extent(extent.customer_ids, extent.upto, Sight("standard"))
    with database_role("engine"), translation.override("en"):
        assert digest_of(extent) == (made.rows, made.sm3)
        assert made.rows == len(changes_of(extent))
        assert digest_of(looser)[1] != made.sm3
    assert made.form == FORM


def test_it_holds_while_the_history_grows(auditor: Actor, customer: int, made: HistoryCertificate) -> None:
    teller = staff("li", "teller", org=branch("1100"))
    row = the_row("phone", customer, "MOBILE")
    backdated = LATER - timedelta(minutes=1)
    facets.change(
        teller, "phone", row.pk, row.version, {"number": "+8613900139000"}, reason="again", at=backdated
    )

    assert wrong(auditor, made) == ()
    again = issue(auditor, customer_no(customer), reason="again", at=LATEST)
    assert again.rows == made.rows + 1
    assert again.sm3 != made.sm3


def test_it_holds_when_the_bank_masks_an_attribute_otherwise(auditor: Actor, customer: int) -> None:
    defined("person_profile", "club_no")
    row = the_row("person_profile", customer)
    teller = staff("li", "teller", org=branch("1100"))
    facets.change(
        teller, "person_profile", row.pk, row.version, {"x_club_no": "12345678"}, reason="told", at=LATER
    )
    made = issue(auditor, customer_no(customer), reason="audit", at=LATEST)
    by_then = Extent(tuple(made.customer_ids), made.upto, Sight(made.profile), made.dictionary)
    defined("person_profile", "club_no", at=LATEST, mask="other_id")

    assert digest_of(replace(by_then, dictionary=made.dictionary + 1))[1] != made.sm3
    assert wrong(auditor, made) == ()


def as_owner(statement: str, *params: Any) -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(statement, params)


FORGERIES: dict[str, Callable[[HistoryCertificate], None]] = {
    "certificate.rows": lambda made: as_owner(
        "UPDATE customers_historicalphone SET history_change_reason = 'nothing' WHERE history_change_reason = %s",
        "来电更正",
    ),
    "certificate.seal": lambda made: as_owner(
        "UPDATE customers_historycertificate SET seal = 9, seal_digest = 'ff' WHERE id = %s", made.pk
    ),
    "certificate.form": lambda made: as_owner(
        "UPDATE customers_historycertificate SET form = 'other' WHERE id = %s", made.pk
    ),
}


@pytest.mark.parametrize("code", sorted(FORGERIES))
def test_what_was_tampered_with_is_named(auditor: Actor, made: HistoryCertificate, code: str) -> None:
    FORGERIES[code](made)
    assert wrong(auditor, made) == (code,)


def test_a_forged_digest_is_betrayed_by_the_log(auditor: Actor, made: HistoryCertificate) -> None:
    as_owner("UPDATE customers_historycertificate SET sm3 = repeat('0', 64) WHERE id = %s", made.pk)
    assert wrong(auditor, made) == ("certificate.rows", "certificate.log")


def test_an_operation_that_is_gone_is_missed(auditor: Actor, made: HistoryCertificate) -> None:
    with database_role("owner"), append_only_lifted():
        OperationLog.objects.filter(pk=made.log_row).delete()
    assert wrong(auditor, made) == ("certificate.log",)


def test_the_console_verifies_certificate_and_file(
    auditor: Actor, made: HistoryCertificate, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given.pdf"
    file.write_bytes(file_of(auditor, made))
    call_command("verify_certificate", made.pk, "--file", str(file), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["certificate"], told["sm3"], told["checked"], told["broken"]) == (
        made.pk,
        made.sm3,
        made.rows,
        0,
    )

    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_certificate", made.pk, "--file", str(file))
    assert ended.value.code == 1
    assert "certificate.file" in capsys.readouterr().err


def test_who_may_not_gets_none(customer: int, made: HistoryCertificate) -> None:
    number = customer_no(customer)
    with pytest.raises(NotAllowed):
        issue(staff("teller", "teller", org=branch("1100")), number, reason="x", at=LATEST)
    far = staff("far", "auditor", org=branch("1200"))
    for ask in (
        lambda: issue(far, number, reason="x", at=LATEST),
        lambda: read(far, number, made.pk, at=LATEST),
        lambda: verify(far, number, made.pk, at=LATEST),
    ):
        with pytest.raises(NotFound) as hidden:
            ask()
        assert hidden.value.code == "customer.unknown"


def test_the_file_goes_to_readers_of_the_same_sight_only(auditor: Actor, made: HistoryCertificate) -> None:
    number = customer_no(made.customer_id)
    alike = staff("alike", "auditor", org=branch("1100"))
    assert sm3(file_of(alike, made)).hex() == made.file_sm3
    assert certifying.readable(alike, number, [made]) == {made.pk}

    (right,) = alike.rights
    hidden = replace(alike, rights=(replace(right, hidden=frozenset({"phone.*"})),))
    other = replace(alike, rights=(replace(right, profile="surname"),))
    for reader in (hidden, other):
        with pytest.raises(NotAllowed) as refused:
            read(reader, number, made.pk, at=LATEST)
        assert refused.value.code == "certificate.sight"
        assert certifying.readable(reader, number, [made]) == set(), "no button for what is refused"
        assert [one.pk for one in certifying.certificates(reader, number, at=NOW).rows] == [made.pk]
        assert wrong(reader, made) == ()
    assert OperationLog.objects.filter(action="history.certificate_read").count() == 1


def test_refusals(auditor: Actor, customer: int) -> None:
    number = customer_no(customer)
    with pytest.raises(Invalid) as silent:
        issue(auditor, number, reason=" ", at=LATEST)
    assert silent.value.code == "reason.missing"
    with pytest.raises(NotFound) as unknown:
        read(auditor, number, 4711, at=LATEST)
    assert unknown.value.code == "certificate.unknown"
    assert not HistoryCertificate.objects.exists()


def test_every_step_is_logged_and_an_erasure_takes_the_file(auditor: Actor, made: HistoryCertificate) -> None:
    file_of(auditor, made)
    wrong(auditor, made)
    logged = OperationLog.objects.filter(subject="certificate", object_id=made.pk).order_by("id")
    assert [(row.action, row.customer_id) for row in logged] == [
        ("history.certify", made.customer_id),
        ("history.certificate_read", made.customer_id),
        ("history.certificate_verify", made.customer_id),
    ]
    assert logged[0].fields == {"certificate": made.pk, "rows": made.rows, "sm3": made.sm3}
    with database_role("engine"):
        gone = certifying.forget(Erased((made.customer_id,), (), frozenset()), LATEST)
    assert gone == {made.object_name}
