"""Chinese pages speak Chinese: no English word but names, codes and what is the same in every language."""

import re

import pytest

from customers.rules.number import customer_id as customer_id_of
from customers.rules.number import customer_no
from tests.factories.customers import bank, person, rows_of, stored
from tests.factories.security import branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db

#: Codes, keys of the keyboard, standards, and what people and systems of the tests are called.
ALLOWED = {
    *("English", "Enter", "Esc", "Asia", "Shanghai", "YYYY", "SM3", "PINYIN", "zhangwei", "core_customer"),
    *("PERSON", "STAFF", "VIP", "PEP", "COURT", "OTHER"),
    *("teller", "auditor", "operator", "administrator", "steward", "system", "load"),
    *(
        "Branch",
        "example",
        "com",
        "test",
        "FEBRL",
        "GB18030",
        "UTF",
        "ctl",
        "MB",
        "GB",
        "LEI",
        "SWIFT",
        "BIC",
        "GIIN",
        "CRS",
    ),
}
_CODED = re.compile(
    r"<(?P<tag>td|span|p|code|kbd|dd|input|button)\b[^>]*class=\"[^\"]*mono[^\"]*\"[^>]*>.*?</(?P=tag)>"
    r"|<(code|kbd)>.*?</\2>|<title>|<select.*?</select>",
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
TELLER = (
    "/",
    "/search/",
    "/customers/customer/",
    "/credentials/credential/",
    "/onboarding/",
    "/password_change/",
    "/customers/phone/add/",
    "/nothing/",
)
OTHERS = {
    "operator": ("/mdm/jobrun/", "/load/"),
    "auditor": ("/consolidation/reviewcase/", "/security/operationlog/"),
    "administrator": ("/security/user/add/", "/security/grant/add/", "/security/organisation/"),
}


def english(html: str) -> set[str]:
    """English words a reader of the page meets."""
    text = re.sub(r"<[^>]+>", " ", _CODED.sub(" ", html))
    return {word for word in _WORD.findall(text) if word not in ALLOWED and customer_id_of(word) is None}


@pytest.fixture
def customer_id() -> int:
    bank()
    return stored(person())


def screens(role: str, org: str) -> Screens:
    return Screens(member_of_staff(role, role, org=branch(org)), language="zh-hans")


def test_the_tellers_pages(customer_id: int) -> None:
    teller = screens("teller", "1100")
    number, phone = customer_no(customer_id), rows_of("phone", customer_id)[0].pk
    own = (f"/customer/{number}/", f"/customer/{number}/history/", f"/customers/phone/{phone}/change/")
    for address in (*TELLER, *own):
        assert english(teller.get(address).html) == set(), address
    wrong = teller.post(f"/customers/phone/{phone}/change/", kind="", number="", reason="", version="1")
    assert english(wrong.html) == set()
    assert english(teller.search("nobody at all").html) == set()


@pytest.mark.parametrize("role", OTHERS)
def test_the_pages_of_others(customer_id: int, role: str) -> None:
    others = screens(role, "1000")
    for address in ("/", *OTHERS[role]):
        assert english(others.get(address).html) == set(), address


def test_before_signing_in() -> None:
    assert english(Screens(language="zh-hans").get("/login/").html) == set()
