"""Every operation of the API is done at least once, by a client that may, and its answer is as described.

One client does a day's work at the bank that is probed: it sends what the operations ask for, the versions that it has
read and proof of this moment. What random data seldom reaches (`test_contract.py`) is so held against the description
as well. What this day does not bring about is listed with the test in which the same answers are held against it.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batch.services.creating import run_batch
from customers.rules.number import customer_no
from mdm.rest.facets import path_part
from mdm.subjects import Bundle, registry
from security.access.roles import ROLES
from security.models import ApiClient, Organisation, User
from security.services import client_proof
from tests.factories import documents
from tests.factories.customers import company, person, stored
from tests.factories.security import NOW, everything, grant, member_of_staff
from tests.security.authorisation.population import PLACES, Bank, _canary, facet_at, open_bank, system_with
from tests.security.crypto.test_interop import BACKENDS
from tests.special_info.api.test_special import plain
from tests.special_info.declared import AGREEMENT, ASSESSMENT, BOTH, CONTROLLERS, HANDLER, PASSIVE, US
from tests.support.api import Told, description, proved
from tests.support.database_roles import database_role

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("objects"),
]
WHY = {"change_reason": "a day's work"}
FACETS = {path_part(facet): facet.name for facet in registry.facets()}
#: Operations that this day does not bring to an end, and where they are done and held against the description.
ELSEWHERE = {
    "POST /load-runs": "tests/batch/api/test_runs.py",
    "GET /log-exports/{run_id}/content": "tests/customers/admin/test_exporting.py",
    "GET /customer-exports/{run_id}/content": "tests/customers/admin/test_saved_views.py",
    "POST /customers/{number}:erase": "tests/customers/api/test_erasing.py",
}


class Day:
    """A client at work: what it did, by method and address as the description names them."""

    def __init__(self, bank: Bank, client: ApiClient) -> None:
        self.bank, self.api = bank, proved(client)
        self.done: set[str] = set()
        self.refused: dict[str, str] = {}
        self.known: dict[str, Any] = {}

    def ask(self, name: str, /, body: Any = None, form: dict[str, Any] | None = None, **told: Any) -> Told:
        """One operation, "POST /customers/{number}:mark"; with the version of what it is about, where it asks."""
        method, _blank, path = name.partition(" ")
        values = {**self.known, **told}
        address = re.sub(r"{(\w+)}", lambda m: str(values[m[1]]), path).lstrip("/")
        version = told.get("version") or self.version(method, path, address)
        match = {"If_Match": version} if version else {}
        if form is not None:
            answer = self.api.upload(address, form, version=int(version[2:-1]) if version else 0)
        elif method == "GET":
            answer = self.api.get(address)
        elif method == "PATCH":
            answer = self.api._ask("PATCH", address, body, {"If-Match": version})
        else:
            answer = self.api.post(address, body, **match)
        if answer.status < 300:
            self.done.add(name)
        else:
            self.refused[name] = f"{answer.status} {answer.text[:300]}"
        return answer

    def version(self, method: str, path: str, address: str) -> str:
        """The ETag of what an operation changes, where it asks for one."""
        described = description()["paths"][f"/api/v1{path}"][method.lower()].get("parameters", ())
        if not any(one["name"] == "If-Match" for one in described):
            return ""
        return self.api.get(re.sub(r":[a-z-]+$", "", address)).headers.get("ETag", '"v1"')

    def row(self, place: str, facet: str) -> dict[str, Any]:
        """Where a row of a facet lies at a place."""
        return {"number": self.bank.number(place, facet), "row_id": self.bank.ids[place][facet]}


def everyone(name: str) -> Any:
    """A client whose account holds every role, and so does who answers for it: it decides."""
    client, _token = system_with(ROLES[0].code, name)
    home = client.user.org
    answers = member_of_staff(f"answers{name}", *(role.code for role in ROLES), org=home)
    User.objects.filter(pk=client.user.pk).update(staff_no=answers.staff_no)
    for role in ROLES[1:]:
        grant(client.user, role.code, home)
    for user in (client.user, answers):
        grant(user, "steward_supervisor", Organisation.objects.get(parent=None))
    return client


def operations() -> set[str]:
    """Every operation that is described."""
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, told in description()["paths"].items()
        for method in told
    }


def test_every_operation_is_done_once_and_answers_as_described() -> None:
    bank = open_bank()
    day = Day(bank, everyone("-day"))
    other = Day(bank, everyone("-other"))
    day.known = other.known = {**bank.aimed("own"), "number": bank.number("own"), "client_id": "p-other"}
    for work in (
        rows,
        marks,
        systems,
        approvals,
        many,
        papers,
        special,
        payments,
        identity,
        lists,
        reading,
        attributes,
    ):
        work(day, other)
    done = day.done | other.done

    left = {name: {**other.refused, **day.refused}.get(name, "not asked") for name in operations() - done}
    assert {name: told for name, told in left.items() if name not in ELSEWHERE} == {}
    assert set(ELSEWHERE) == operations() - done


def test_what_is_done_elsewhere_is_done_there() -> None:
    for name, place in ELSEWHERE.items():
        verb = re.split(r"[/:]", name)[-1]
        assert verb.strip("{}") in Path(__file__).parents[3].joinpath(place).read_text(), name


# -- entries of customers ----------------------------------------------------------------------------------------------

#: What is added where the bank's own rows would be the same again.
ADDED: dict[str, dict[str, Any]] = {
    "credential": {
        "type": "P06",
        "number": "E12345678",
        "issuing_country": "CHN",
        "expiry_date": "2031-05-01",
    },
    "phone": {"kind": "FAX", "number": "010-88886666"},
    "email": {"kind": "WORK", "address": "work.bird@example.com"},
    "address": {"kind": "MAILING", "country": "CHN", "region_code": "110105", "detail": "望京西路9号6室"},
    "customer_name": {"kind": "ALIAS", "full_name": "金丝雀别名"},
    "agency_agreement": plain(AGREEMENT),
    "agency_handler": plain(HANDLER),
    "investor_assessment": {**plain(ASSESSMENT), "assessment_no": "I-9"},
}


def rows(day: Day, other: Day) -> None:
    """A row is added to every facet, read, changed and ended; of those that cannot be added to, one is changed."""
    told = {name: row for bundle in _bundles() for name, row in _bodies(bundle)}
    for part, facet in FACETS.items():
        base = f"/customers/{{number}}/{part}"
        if f"GET {base}" not in operations():
            continue
        body = told.get(facet, {})
        number = day.bank.number("own", facet)
        row = day.row("own", facet)
        if f"POST {base}" in operations() and facet != "document":
            if not registry.facet(facet).multiple:
                number = _without(facet)
            made = day.ask(f"POST {base}", {**body, **ADDED.get(facet, {}), **WHY}, number=number)
            if made.status == 201:
                row = {"number": number, "row_id": made.body["id"]}
        day.known[f"{facet}_row"] = row
        for verb in ("GET", "PATCH"):
            if f"{verb} {base}/{{row_id}}" in operations():
                day.ask(f"{verb} {base}/{{row_id}}", WHY if verb == "PATCH" else None, **row)
        day.ask(f"GET {base}", number=number)
        if f"POST {base}/{{row_id}}:end" in operations() and facet not in KEPT:
            day.ask(f"POST {base}/{{row_id}}:end", WHY, **row)


def _without(facet: str) -> str:
    """The number of a customer of the own branch who has no row of a facet of which there is one."""
    made = person if registry.facet(facet).fits("PERSON") else company
    names = {"customer_name": [{"slot": "LEGAL", "kind": "LEGAL", "full_name": "金丝雀丁"}], facet: []}
    bundle = made(f"bare-{facet}", **names)
    bundle.facets["customer"][0]["org"] = PLACES["own"]
    return customer_no(stored(bundle))


#: Facets whose row goes on to other work; it ends there.
KEPT = ("document",)


def _bundles() -> Iterator[Bundle]:
    """A company's rows, and where a person has them too a person's."""
    yield _canary("own", len(PLACES) + 3)
    yield _canary("own", 3)


def _bodies(bundle: Bundle) -> Iterator[tuple[str, dict[str, Any]]]:
    """A row of each facet as a body of the API, under keys that nobody has."""
    for facet, found in ((name, found) for name, found in bundle.facets.items() if found):
        body = {
            name: _json(value) for name, value in found[-1].items() if name != "slot" and value is not None
        }
        yield facet, {name: f"{value}9" if name.endswith("_no") else value for name, value in body.items()}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else plain(value)


def marks(day: Day, other: Day) -> None:
    """What is done to a customer as a whole."""
    at = "/customers/{number}"
    day.ask(f"PATCH {at}", {"segment": "MASS", **WHY})
    day.ask(f"POST {at}:mark", {"kind": "PROTECTED", "value": "VIP", **WHY})
    day.ask(f"POST {at}:unmark", {"kind": "PROTECTED", "value": "VIP", **WHY})
    share = {"to": "colleague-own", "effect": "OPEN"}
    day.ask(f"POST {at}:share", {**share, "expires_at": "2090-01-01T00:00:00Z", **WHY})
    day.ask(f"POST {at}:unshare", {**share, **WHY})
    day.ask(f"POST {at}:explain-access", {"user": "colleague-own"})
    phone = day.row("own", "phone")
    shown = {"facet": "phone", "row_id": phone["row_id"], "fields": ["number"], "cause": "PRESENT"}
    day.ask(f"POST {at}:reveal", {**shown, "reason": "a day's work"})
    day.ask(f"POST {at}:set-status", {"status": "DORMANT", **WHY}, number=day.bank.number("child"))
    day.ask(
        "POST /customers:transfer", {"customers": [day.bank.number("child")], "org": PLACES["own"], **WHY}
    )
    day.ask("POST /customers:search", {"text": day.bank.number("own")})
    for name in ("POST /customers:match-check", "POST /customers"):
        day.ask(name, _example(name))
    day.ask("POST /subscriptions", {"customer_no": day.bank.number("own"), "kinds": ["CHANGED"]})
    (one,) = day.ask("GET /subscriptions").body["items"][:1]
    day.ask("POST /subscriptions/{row_id}:end", row_id=one["id"])
    day.ask("POST /branch-subscriptions", {"branch": PLACES["own"], "kinds": ["CHANGED"]})
    (one,) = day.ask("GET /branch-subscriptions").body["items"][:1]
    day.ask("POST /branch-subscriptions/{row_id}:end", row_id=one["id"])
    day.ask("POST /notifications:read", {"keys": []})
    standing = day.ask("GET /review-cases/{case_id}").body["standing"]
    day.ask(
        "POST /review-cases/{case_id}:decide",
        {"verdict": "NOT_SAME", "standing": standing, **WHY},
    )
    day.ask("POST /merges/{merge_id}:undo", WHY)
    day.ask(f"POST {at}:erase", WHY)


def _example(name: str) -> Any:
    method, _blank, path = name.partition(" ")
    content = description()["paths"][f"/api/v1{path}"][method.lower()]["requestBody"]["content"]
    return next(iter(content["application/json"]["examples"].values()))["value"]


# -- systems, rights, approvals ----------------------------------------------------------------------------------------


def systems(day: Day, other: Day) -> None:
    """Systems, rights, alarms, the log and its seals."""
    system_with("teller", "-x")
    client_proof.add_shared_key(everything(), "p-teller-x", "k1", at=NOW)
    point = "04" + BACKENDS[0].generate().public.hex()
    at = {"client_id": "p-teller-x"}
    asked = day.ask("POST /api-clients", {**_example("POST /api-clients"), "org": PLACES["own"]})
    agree(other, asked)
    day.ask(
        "POST /api-clients/{client_id}:collect-secret",
        {},
        client_id=_example("POST /api-clients")["client_id"],
    )
    day.ask("GET /api-clients/{client_id}/keys", **at)
    day.ask("POST /api-clients/{client_id}/keys", {"key_id": "s1", "public_key": point, **WHY}, **at)
    day.ask("POST /api-clients/{client_id}/keys/{key_id}:revoke", key_id="k1", **at)
    day.ask("POST /api-clients/{client_id}:limit", {"networks": [], "quota": 9, "signed_only": True}, **at)
    day.ask("POST /api-clients/{client_id}:rotate-secret", WHY, **at)
    day.ask("POST /api-clients/{client_id}:switch-off", **at)
    day.ask("POST /grants", {"user": "colleague-child", "role": "teller", "org": PLACES["own"], **WHY})
    day.ask("POST /grants/{grant_id}:end", WHY)
    day.ask("POST /alerts/{alert_id}:close", {"finding": "a test"})
    day.ask("POST /audit-integrity:verify")
    day.ask("POST /integrity-checks", {})
    ordered = day.ask("POST /log-exports", {"source": "operations", "filters": {}, **WHY})
    day.ask("GET /log-exports/{run_id}", run_id=_id(ordered))


def approvals(day: Day, other: Day) -> None:
    """Another name waits: it is returned, asked again, rejected; asked and taken back; asked and approved."""
    name = other.row("own", "customer_name")
    at = "/change-requests/{request_id}"

    def asked(text: str) -> dict[str, Any]:
        told = other.ask(
            "PATCH /customers/{number}/customer-names/{row_id}", {"full_name": text, **WHY}, **name
        )
        return {"request_id": told.body["id"]}

    why = {"reason": "as it should be"}
    one = asked("金丝雀甲")
    day.ask(f"GET {at}", **one)
    day.ask(f"POST {at}:return", why, **one)
    other.ask(f"POST {at}:resubmit", why, **one)
    day.ask(f"POST {at}:reject", why, **one)
    other.ask(f"POST {at}:withdraw", why, **asked("金丝雀乙"))
    day.ask(f"POST {at}:approve", why, **asked("金丝雀丙"))


# -- files and papers --------------------------------------------------------------------------------------------------

PEOPLE = b"source_key,party_type,name,id_type,id_number,branch_code\nN1,PERSON,\xe5\x8d\x97\xe5\xae\xab\xe7\x87\x95,P03,E55512345,1110\n"


def many(day: Day, other: Day) -> None:
    """Customers many at once: tried, corrected, applied, cancelled."""
    bad = {"row": 1, "source_key": "N9", "party_type": "?"}
    good = {**_example("POST /customers"), "source_key": "N8"}
    tried = day.ask("POST /customers:batch-create", {"mode": "dry_run", "rows": [bad, good]})
    one = {"batch_id": tried.body["id"]}
    _work(tried)
    day.ask("GET /customer-batches/{batch_id}", **one)
    day.ask("GET /customer-batches/{batch_id}/rows", **one)
    day.ask("GET /customer-batches/{batch_id}/rows/{number}", **{**one, "number": 1})
    day.ask(
        "POST /customer-batches/{batch_id}:correct", {"rows": [{**good, "row": 1, "source_key": "N7"}]}, **one
    )
    _work(tried)
    day.ask("POST /customer-batches/{batch_id}:apply", {"mode": "tolerant"}, **one)
    form = {"file": SimpleUploadedFile("x.csv", PEOPLE), "mode": "dry_run"}
    sent = day.ask("POST /customer-batches", form=form)
    if sent.status == 202:
        _work(sent)
        day.ask("POST /customer-batches/{batch_id}:cancel", batch_id=sent.body["id"])
    ordered = day.ask("POST /customer-exports", {"filters": {}, **WHY})
    day.ask("GET /customer-exports/{run_id}", run_id=ordered.body.get("run_id") or ordered.body["id"])


def _work(told: Told) -> None:
    from batch.models import CustomerBatch

    with database_role("engine"):
        run_batch(CustomerBatch.objects.get(pk=told.body["id"]).run_id or 0)


def papers(day: Day, other: Day) -> None:
    """A document and a certificate."""
    base = "/customers/{number}/documents"
    made = day.ask(f"POST {base}", form={"file": _scan(1), "kind": "OTHER"})
    row = {"row_id": made.body["id"]}
    for part in ("", "/editions", "/preview"):
        day.ask(f"GET {base}/{{row_id}}{part}", **row)
    opened = {"cause": "PRESENT", "reason": "a day's work"}
    day.ask(f"POST {base}/{{row_id}}:open", opened, **row)
    about = {"about": "credential", "about_id": day.bank.ids["own"]["credential"], **WHY}
    day.ask(f"POST {base}/{{row_id}}:link", about, **row)
    day.ask(f"POST {base}/{{row_id}}:replace", form={"file": _scan(2), **WHY}, **row)
    for verb in ("hold", "release", "end"):
        day.ask(f"POST {base}/{{row_id}}:{verb}", WHY, **row)
    issued = day.ask("POST /customers/{number}/history-certificates", WHY)
    row = {"row_id": issued.body.get("id")}
    day.ask("GET /customers/{number}/history-certificates/{row_id}/content", **row)
    day.ask("POST /customers/{number}/history-certificates/{row_id}:verify", {}, **row)


def _scan(number: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.pdf", documents.pdf(number, f"PAPER {number}"), "application/pdf")


def special(day: Day, other: Day) -> None:
    """Declarations and assessments on their way."""
    base = "/customers/{number}/tax-certifications"
    body = {**plain(BOTH), "explanation": "the bank's own record is older", "tax_residences": [US]}
    made = day.ask(f"POST {base}:declare", {**body, "certification_no": "T-77"})
    row = {"row_id": made.body["certification"]["id"]}
    day.ask(f"GET {base}/{{row_id}}/declaration", **row)
    agree(other, day.ask(f"POST {base}/{{row_id}}:submit", WHY, **row))
    day.ask(f"POST {base}/{{row_id}}:report-change", {"changed_on": "2026-11-01", **WHY}, **row)
    day.ask(f"POST {base}/{{row_id}}:invalidate", WHY, **row)
    again = day.ask(f"POST {base}:declare", {**body, "certification_no": "T-78"})
    second = {"row_id": again.body["certification"]["id"]}
    for verb in ("submit", "reopen"):
        day.ask(f"POST {base}/{{row_id}}:{verb}", WHY, **second)
    home = {"certification_no": "T-78", "country": "GBR", "tin": "9482716350", **WHY}
    day.ask("POST /customers/{number}/tax-residences", home)
    day.ask(f"POST {base}/{{row_id}}:withdraw", WHY, **second)
    company = {"number": day.bank.number("own", "controlling_person")}
    day.ask(f"POST {base}:declare", {**plain(PASSIVE), "certification_no": "T-79"}, **company)
    person = {**plain(CONTROLLERS[1]), "certification_no": "T-79", **WHY}
    made = day.ask("POST /customers/{number}/controlling-persons", person, **company)
    day.ask("POST /customers/{number}/controlling-persons/{row_id}:end", WHY, row_id=_id(made), **company)
    base = "/customers/{number}/investor-assessments"
    made = day.ask(f"POST {base}", {**plain(ASSESSMENT), "assessment_no": "I-77"})
    row = {"row_id": _id(made)}
    day.ask(f"GET {base}/{{row_id}}/evaluation", **row)
    agree(other, day.ask(f"POST {base}/{{row_id}}:submit", WHY, **row))
    day.ask(f"POST {base}/{{row_id}}:revoke", WHY, **row)
    made = day.ask(f"POST {base}", {**plain(ASSESSMENT), "assessment_no": "I-78"})
    for verb in ("submit", "reopen"):
        day.ask(f"POST {base}/{{row_id}}:{verb}", WHY, row_id=_id(made))


def payments(day: Day, other: Day) -> None:
    """An agreement with who may bring batches; one is paid, one refused."""
    company = {"number": day.bank.number("own", "agency_agreement")}
    base = "/customers/{number}/agency-agreements"
    made = day.ask(f"POST {base}", {**plain(AGREEMENT), "agreement_no": "A-77"}, **company)
    agreement = {**company, "row_id": _id(made)}
    handler = {**plain(HANDLER), "agreement_no": "A-77", "document_expiry": "2099-01-01"}
    day.ask("POST /customers/{number}/agency-handlers", handler, **company)
    agree(other, day.ask(f"POST {base}/{{row_id}}:submit", WHY, **agreement))
    batch = {
        "handler_no": "1",
        "pay_on": "2099-01-10",
        "payments": "name,account,amount\n某人,6222000011112222333,1\n",
    }
    at = "/customers/{number}/agency-batches/{row_id}"
    paid = {
        **company,
        "row_id": _id(day.ask(f"POST {base}/{{row_id}}/batches", {"batch_no": "B-1", **batch}, **agreement)),
    }
    day.ask(f"GET {at}/lines", **paid)
    agree(other, day.ask(f"POST {at}:approve", WHY, **paid))
    day.ask(f"POST {at}:send", WHY, **paid)
    day.ask(f"POST {at}:settle", {"results": [{"line": 2, "paid": True}], **WHY}, **paid)
    left = {
        **company,
        "row_id": _id(day.ask(f"POST {base}/{{row_id}}/batches", {"batch_no": "B-2", **batch}, **agreement)),
    }
    day.ask(f"POST {at}:refuse", WHY, **left)
    for verb in ("suspend", "resume", "terminate"):
        day.ask(f"POST {base}/{{row_id}}:{verb}", WHY, **agreement)
    made = day.ask(f"POST {base}", {**plain(AGREEMENT), "agreement_no": "A-78"}, **company)
    day.ask("POST /customers/{number}/agency-handlers", {**handler, "agreement_no": "A-78"}, **company)
    for verb in ("submit", "reopen"):
        day.ask(f"POST {base}/{{row_id}}:{verb}", WHY, row_id=_id(made), **company)


def agree(other: Day, told: Told) -> None:
    """Another person agrees to what waits."""
    if told.status == 202:
        other.ask(
            "POST /change-requests/{request_id}:approve", {"reason": "seen"}, request_id=told.body["id"]
        )


def _id(told: Told) -> int:
    return int((told.body or {}).get("id") or 0)


def identity(day: Day, other: Day) -> None:
    """A passport is checked, lost, found and replaced; another is declared void."""
    base = "/customers/{number}/credentials"
    draft = {"number": "H87654321", "lifecycle_state": "DRAFT", "name_on_document": "金丝雀"}
    made = day.ask(f"POST {base}", {**ADDED["credential"], **draft, **WHY})
    row = {"row_id": _id(made)}
    check = {"method": "NETWORK_CHECK", "reference": "NC-1", **WHY}
    agree(other, day.ask(f"POST {base}/{{row_id}}:submit", WHY, **row))
    agree(other, day.ask(f"POST {base}/{{row_id}}:verify", {**check, "outcome": "NOT_FOUND"}, **row))
    agree(other, day.ask(f"POST {base}/{{row_id}}:retry", WHY, **row))
    agree(other, day.ask(f"POST {base}/{{row_id}}:verify", {**check, "outcome": "CONSISTENT"}, **row))
    for verb in ("report-loss", "found"):
        agree(other, day.ask(f"POST {base}/{{row_id}}:{verb}", {**WHY, "reference": "N-1"}, **row))
    day.ask(
        f"POST {base}/{{row_id}}:replace",
        {"how": "REPLACED", "expiry_date": "2035-05-01", **WHY},
        **row,
    )
    made = day.ask(f"POST {base}", {**ADDED["credential"], "number": "E87654333", **WHY})
    day.ask(f"POST {base}/{{row_id}}:void", WHY, row_id=_id(made))
    made = day.ask(f"POST {base}", {**ADDED["credential"], "number": "E87654344", **WHY})
    row = {"row_id": _id(made)}
    day.ask(f"POST {base}/{{row_id}}:verify", {**check, "outcome": "CONSISTENT"}, **row)
    day.ask(f"POST {base}/{{row_id}}:revoke", {**WHY, "reference": "N-2"}, **row)


def lists(day: Day, other: Day) -> None:
    """A view of one's own."""
    made = day.ask("POST /saved-views", {"list": "customers", "name": "mine", "filters": {}})
    row = {"row_id": made.body.get("id", 0)}
    day.ask("GET /saved-views/{row_id}", **row)
    day.ask("PATCH /saved-views/{row_id}", {"name": "still mine"}, **row)
    day.ask("POST /saved-views/{row_id}:delete", **row)


def attributes(day: Day, other: Day) -> None:
    """An attribute is asked for and agreed to: from here on rows hold more than the description of before says."""
    told = {"kind": "text", "label_zh": "线路", "label_en": "Line", "length": 20, "severity": "WARN"}
    told |= {"facet": "phone", "name": "line_kind", "mask": "free_text"}
    day.ask("POST /dictionary/attributes:preview", told)
    agree(other, day.ask("POST /dictionary/attributes", {**told, **WHY}))
    row = {"facet": "phone", "name": "line_kind"}
    version = day.ask("GET /dictionary/attributes/{facet}/{name}", **row).headers.get("ETag", "")
    change = {"label_en": "Kind of line", **WHY}
    agree(other, day.ask("PATCH /dictionary/attributes/{facet}/{name}", change, **row, version=version))
    newest = day.ask("GET /dictionary/versions").body["items"][0]["number"]
    if day.api.get(f"dictionary/differences?one=0&other={newest}").status == 200:
        day.done.add("GET /dictionary/differences")


#: Queries of reading operations that ask for one.
QUERIES = {
    "GET /special-information/{kind}/work-list": "?list=due",
    "GET /customers/{number}/as-of": "",
    "GET /customers/{number}/differences": "",
}


def reading(day: Day, other: Day) -> None:
    """Whatever is read and was not yet."""
    for name in sorted(operations() - day.done - set(ELSEWHERE)):
        told = {"kind": "tax", **day.known}
        if facet := facet_at(name):
            told |= day.row("own", facet)
        if name.startswith("GET ") and set(re.findall(r"{(\w+)}", name)) <= set(told):
            answer = day.api.get(name.removeprefix("GET /").format(**told) + QUERIES.get(name, ""))
            if answer.status < 300:
                day.done.add(name)
            else:
                day.refused[name] = f"{answer.status} {answer.text[:300]}"
