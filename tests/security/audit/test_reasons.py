"""Why somebody does something is read by many for years: no number of a customer stands in it, whoever was told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from batch.services import batches
from credentials.services import lifecycle, verifying
from credentials.services.verifying import Check
from customers.rules.number import customer_no
from customers.services import certifying, marks, sharing
from customers.services.revealing import Why, reveal
from mdm.errors import Invalid
from security.access.actor import Actor
from security.approvals import deciding, delegating, requests
from security.audit.log import record, record_pairs
from security.audit.reasons import sensitive
from security.models import Alert, OperationLog, Role, User
from security.services import accounts, alerts, ceremonies, emergency, granting
from tests.factories.batches import people, told
from tests.factories.customers import the_row
from tests.factories.security import NOW, branch, everything
from tests.security.approvals.desk import LATER, Desk, actor

pytestmark = pytest.mark.django_db
#: A number of GB 11643.
NUMBER = "11010519491231002X"
SAID = f"rang about {NUMBER}"


@dataclass(frozen=True)
class Bank:
    """A branch at work, with everybody who is told reasons."""

    desk: Desk
    admin: Actor
    officer: Actor

    @property
    def number(self) -> str:
        return customer_no(self.desk.customer_id)

    @property
    def user(self) -> User:
        return User.objects.get(username="teller")


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank(
        Desk.open(),
        actor("admin", "administrator", org="1000"),
        replace(actor("officer", "key_officer", org="1000"), rights=everything().rights),
    )


def ask_for_a_role(bank: Bank) -> None:
    role, at = Role.objects.get(code="relationship_manager"), {"valid_from": None, "valid_to": None}
    granting.give(bank.admin, bank.user, role, branch("1100"), reason=SAID, at=NOW, **at)


def approve(bank: Bank) -> None:
    request = bank.desk.ask()
    deciding.approve(bank.desk.manager, request.pk, request.version, reason=SAID, at=LATER)


def give_back(bank: Bank) -> None:
    request = bank.desk.ask()
    deciding.give_back(bank.desk.manager, request.pk, request.version, reason=SAID, at=LATER)


def withdraw(bank: Bank) -> None:
    request = bank.desk.ask()
    requests.withdraw(bank.desk.teller, request.pk, request.version, reason=SAID, at=LATER)


def delegate(bank: Bank) -> None:
    other, times = actor("other", "branch_manager"), {"begins_at": NOW, "ends_at": NOW + timedelta(days=1)}
    delegating.delegate(bank.desk.manager, other.name, reason=SAID, at=NOW, **times)


def hold_a_ceremony(bank: Bank) -> None:
    ceremonies.propose(bank.officer, "create", "L1", "root", reason=SAID, at=NOW)


def close_an_alarm(bank: Bank) -> None:
    alarm = Alert.objects.create(
        at=NOW, rule="MANY", user_id=bank.user.pk, actor="teller", org=branch("1100")
    )
    alerts.close(everything(), alarm.pk, finding=SAID, at=LATER)


def ask_for_an_emergency(bank: Bank) -> None:
    emergency.ask(bank.admin, minutes=30, reason=SAID, at=NOW)


def refuse_an_emergency(bank: Bank) -> None:
    asked = emergency.ask(bank.admin, minutes=30, reason="the core is down", at=NOW)
    emergency.refuse(actor("keeper", "compliance", org="1000"), asked.pk, reason=SAID, at=NOW)


def showing(words: str, document: str = "") -> Callable[[Bank], None]:
    def ask(bank: Bank) -> None:
        row = the_row("phone", bank.desk.customer_id, "MOBILE")
        reveal(everything(), "phone", row.pk, ["number"], Why("JUDICIAL", words, document), at=NOW)

    return ask


#: Columns that say why -> what writes them; every door calls one of these, so there is no other way.
WRITERS: dict[str, list[Callable[[Bank], object]]] = {
    "security.OperationLog.reason": [
        lambda _bank: record(everything(), "x", NOW, reason=SAID),
        lambda _bank: record_pairs(everything(), "x", NOW, [(1, 2)], reason=SAID),
        lambda bank: accounts.change_user(
            bank.admin, bank.user.pk, {"display_name": "Li"}, reason=SAID, at=NOW
        ),
    ],
    "approvals.ChangeRequest.reason": [ask_for_a_role],
    "approvals.Step.reason": [approve, give_back, withdraw],
    "approvals.Delegation.reason": [delegate],
    "security.KeyCeremony.reason": [hold_a_ceremony],
    "security.Alert.finding": [close_an_alarm],
    "security.BreakGlass.reason": [ask_for_an_emergency, refuse_an_emergency],
    "security.Reveal.reason": [showing(SAID, "2026 No. 7"), showing("asked by the court", NUMBER)],
    "security.UserException.reason": [
        lambda bank: sharing.share(
            everything(), bank.number, "teller", "CLOSE", expires_at=None, reason=SAID, at=NOW
        )
    ],
    "customers.AccessMark.reason": [
        lambda bank: marks.mark(everything(), bank.number, "PROTECTED", "VIP", reason=SAID, at=NOW)
    ],
    "customers.HistoryCertificate.reason": [
        lambda bank: certifying.issue(everything(), bank.number, reason=SAID, at=NOW)
    ],
    "batch.CustomerBatch.reason": [
        lambda bank: batches.submit(
            bank.desk.teller, told(people(1)), mode="strict", form="table", at=NOW, reason=SAID
        )
    ],
}
#: Written by the same functions, from the same reason; or by machines.
BESIDE = {
    "customers.AccessMark.end_reason": "`marks.unmark`, by `require_reason` as `marks.mark`",
    "customers.Tombstone.reason": "the reason of an erasure, which `erasing.order` asks by `require_reason`",
    "security.GroupException.reason": "`sharing.share`, as for users",
    "consolidation.NeverMatch.reason": "the reason of a decision, which is stamped by `require_reason`",
    "consolidation.ReviewCase.reason": "the same",
    "consolidation.Merge.reason": "the same; of a merge taken back too",
    "special_info.AgencyAgreement.ended_why": "the reason of an operation, which `facets.operate` stamps",
    "mdm.DictionaryVersion.reason": "`defining.change` asks by `require_reason`",
    "batch.RejectedRow.reason": "a code and a text of our own",
    "special_info.AgencyLine.finding": "a code",
}
WHY = {"reason", "end_reason", "finding", "ended_why", "words", "comment", "remark"}


def test_every_column_that_says_why_is_known() -> None:
    columns = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.name in WHY
    }
    ours = {name for name in columns if name.partition(".")[0] in OURS and ".Historical" not in name}
    assert ours == set(WRITERS) | set(BESIDE)


OURS = ("security", "approvals", "mdm", "customers", "credentials", "special_info", "consolidation", "batch")


@pytest.mark.parametrize(
    ("column", "place"), [(name, at) for name, calls in WRITERS.items() for at in range(len(calls))]
)
def test_a_number_said_as_a_reason_is_refused_wherever_it_is_said(
    bank: Bank, column: str, place: int
) -> None:
    with pytest.raises(Invalid) as refused:
        WRITERS[column][place](bank)
    assert refused.value.code == "reason.sensitive"
    assert not OperationLog.objects.filter(reason__contains=NUMBER).exists()


def test_whoever_asks_to_see_is_told_which_of_both_texts_it_is(bank: Bank) -> None:
    for words, document, place in ((SAID, "No. 7", "/reason"), ("asked by the court", NUMBER, "/document")):
        with pytest.raises(Invalid) as refused:
            showing(words, document)(bank)
        assert [error.pointer for error in refused.value.errors] == [place]


@pytest.mark.parametrize("said", [SAID, "card 6222021200012345679", "13812345678"])
@pytest.mark.parametrize("place", ["/reference", "/source"])
def test_no_number_is_told_as_the_name_of_a_paper_either(bank: Bank, place: str, said: str) -> None:
    """A check tells source and evidence; a revocation the issuer's notice, which the operation log keeps."""
    row = the_row("credential", bank.desk.customer_id)
    told: tuple[Any, ...] = (everything(), row.pk, row.version)
    say: dict[str, Any] = {"reason": "told", "at": NOW}
    check = replace(Check("NETWORK_CHECK", "CONSISTENT", "register", "NC-1"), **{place[1:]: said})
    calls: list[Callable[[], object]] = [partial(verifying.verify, *told, check, **say)]
    if place == "/reference":
        calls += [partial(lifecycle.act, *told, one, reference=said, **say) for one in lifecycle.ASKED]
    for call in calls:
        with pytest.raises(Invalid, match=r"reason\.sensitive") as refused:
            call()
        assert [error.pointer for error in refused.value.errors] == [place]
        with override("en"):
            assert "the last six digits" in str(refused.value.message)


def test_numbers_of_our_own_may_be_named() -> None:
    for text in (
        "case 2026-118, page 2",
        "C12345678901 asked for it",
        "run 1234567",
        "see (2026) 京01执123号",
    ):
        assert record(everything(), "x", NOW, reason=text).reason == text


# -- which texts ------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "客户来电", "rang, ", "见附件 ", "(", "：", "on 2026-11-23 ", "page 2 "])
#: How people write long numbers: what stands among the digits of each group.
GROUPED = st.sampled_from(["", " ", "-", "－", "–", "\u3000", "\u00a0"])
WIDE = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, ...]:
    """The groups in which somebody writes an identity number, a telephone or a card."""
    digits = st.text("0123456789", min_size=19, max_size=19)
    some, born = draw(digits), draw(st.dates(date(1900, 1, 1), date(2025, 12, 31)))
    kind = draw(st.sampled_from(["identity", "old identity", "telephone", "card"]))
    if kind == "identity":
        return "110105", f"{born:%Y}", f"{born:%m%d}", some[:3] + draw(st.sampled_from("0123456789Xx"))
    if kind == "old identity":
        return "110105", f"{born:%y%m%d}", some[:3]
    if kind == "telephone":
        return "13" + some[:1], some[1:5], some[5:9]
    return "6222", some[:4], some[4:8], some[8:12], draw(st.sampled_from(["", some[12:15]]))


@given(numbers(), GROUPED, WORDS, WORDS, st.booleans())
def test_a_number_is_known_however_it_is_written(
    groups: tuple[str, ...], between: str, before: str, behind: str, wide: bool
) -> None:
    written = between.join(group for group in groups if group)
    assert sensitive(f"{before}{written.translate(WIDE) if wide else written} {behind}")


@pytest.mark.parametrize(
    "said",
    [
        "1 3 8 1 2 3 4 5 6 7 8",
        "138 12 345 678",
        "+86 138-1234-5678",
        "0086 13812345678",
        "110105 1949-12-31 002 X",
        "1101\u200b0519491231002X",
        "ｓｏｍｅｏｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    ],
)
def test_other_ways_to_write_it_are_known_too(said: str) -> None:
    assert sensitive(said)


DAYS = st.dates(date(1950, 1, 1), date(2049, 12, 31))


@given(
    st.lists(DAYS, min_size=1, max_size=3),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%Y年%m月%d日"]),
)
def test_days_are_no_numbers_of_anybody(days: list[date], form: str) -> None:
    assert not sensitive(", ".join(day.strftime(form) for day in days))
    assert not sensitive("from " + " to ".join(day.strftime(form) for day in days))
    if form != "%Y%m%d":
        assert not sensitive(" ".join(day.strftime(form) for day in days))


@given(st.lists(st.integers(0, 999), max_size=12), st.integers(1, 99_999_999), DAYS)
def test_counts_and_numbers_of_requests_are_none_either(counts: list[int], request: int, day: date) -> None:
    assert not sensitive(", ".join(map(str, counts)))
    assert not sensitive(
        f"CR-{request}, run {request}, form {day:%Y}-{request % 1000}, at {day:%Y-%m-%d} 14:30"
    )


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-01 2026-11-30",
        "17-11-2026 930",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "rows 1,500,000 of 2,000,000",
        "沪公〔2026〕第118号",
        "NC-9, slip 7, box 12 shelf 3",
        "20261123143000",
    ],
)
def test_what_staff_write_every_day_is_taken(said: str) -> None:
    assert not sensitive(said)
