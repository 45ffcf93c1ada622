"""What an address can name: things of a place, things of a person, and what is everybody's.

Every parameter of every route leads to a thing that is there (`named`); one that is not listed here fails the probes,
so a new kind of thing is probed or nobody lands it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from batch.models import CustomerBatch
from batch.services import batches
from consolidation.models import Merge, ReviewCase
from customers.admin import search
from customers.models import BranchSubscription, Customer, Document, SavedView, Subscription
from customers.selectors.evidence import LISTS, LOG
from customers.services import certifying, documents, requesting
from customers.services.intake import DRAFT
from mdm.runs import JobRun
from mdm.storage import drafts
from security.access.actor import Actor, staff_actor, system_actor
from security.access.roles import PERMISSIONS
from security.authentication.factors import FactorAdapter, secrets_of
from security.authentication.names import digest
from security.models import (
    Alert,
    ApiClient,
    GuessCounter,
    KeyCeremony,
    OperationLog,
    Organisation,
    Reveal,
    Session,
    User,
)
from security.models.client_proof import ClientKey
from security.services import clients
from tests.factories import batches as rows
from tests.factories import documents as made
from tests.factories.security import NOW, grant, member_of_staff

Things = dict[str, Any]
#: Something of somebody else, who works at the same branch.
STRANGER = "stranger"

#: (parameter, part of the route) -> the thing that it names; the first line that fits. `facet` is the row of the facet
#: that the route is about, `customer` the customer who has it.
NAMES: tuple[tuple[str, str, str], ...] = (
    ("number", "customer-batches/", "batch_row"),
    ("number", "", "customer"),
    ("row_id", "/history-certificates/", "certificate"),
    ("certificate_id", "", "certificate"),
    ("row_id", "/saved-views/", "view"),
    ("view_id", "", "view"),
    ("row_id", "branch-subscriptions/", "branch_subscription"),
    ("row_id", "/subscriptions/", "subscription"),
    ("row_id", "special/agency/", "agency_agreement"),
    ("row_id", "special/batch/", "agency_batch"),
    ("row_id", "special/investor/", "investor_assessment"),
    ("row_id", "special/tax/", "tax_certification"),
    ("row_id", "document/", "credential"),
    ("row_id", "", "facet"),
    ("row", "/kept/", "document"),
    ("row", "/reveal/", "phone"),
    ("facet", "/reveal/", "facet_name"),
    ("facet", "/provenance/", "facet_name"),
    ("facet", "dictionary/", "facet_name"),
    ("name", "dictionary/", "attribute"),
    ("edition", "", "edition"),
    ("side", "", "side"),
    ("number_of", "", "page"),
    ("showing", "", "showing"),
    ("request_id", "", "request"),
    ("batch_id", "", "batch"),
    ("case_id", "", "case"),
    ("merge_id", "", "merge"),
    ("run_id", "log-exports/", "log_export"),
    ("run_id", "list-exports/", "list_export"),
    ("run_id", "customer-exports/", "list_export"),
    ("run_id", "exports/", "log_export"),
    ("run_id", "", "run"),
    ("user_id", "", "user"),
    ("grant_id", "", "grant"),
    ("alert_id", "", "alert"),
    ("client_id", "", "client"),
    ("key_id", "", "client_key"),
    ("ceremony_id", "", "ceremony"),
    ("action", "keys/", "ceremony_action"),
    ("level", "keys/", "level"),
    ("target", "keys/", "key"),
    ("name", "approvals/rules/", "operation"),
    ("rule", "approvals/rules/", "rule"),
    ("kind", "special-information/", "special"),
    ("source", "list-exports/", "list_source"),
    ("source", "exports/", "log_source"),
    ("of", "views/", "list_source"),
    ("token", "onboarding/", "draft"),
    ("step", "onboarding/", "step"),
    ("token", "search/", "search"),
    ("factor_id", "", "factor"),
    ("session_id", "", "own_session"),
    ("code", "api/problems/", "problem"),
    ("provider_id", "", "provider"),
    ("object_id", "security/alert/", "alert"),
    ("object_id", "security/apiclient/", "client_pk"),
    ("object_id", "security/grant/", "grant"),
    ("object_id", "security/guesscounter/", "lock"),
    ("object_id", "security/operationlog/", "operation_row"),
    ("object_id", "security/organisation/", "organisation"),
    ("object_id", "security/reveal/", "reveal"),
    ("object_id", "security/role/", "role"),
    ("object_id", "security/session/", "session"),
    ("object_id", "security/user/", "user"),
    ("object_id", "consolidation/reviewcase/", "case"),
    ("object_id", "mdm/jobrun/", "run"),
    ("object_id", "customers/customer/", "customer"),
    ("object_id", "", "facet"),
    ("url", "", "nowhere"),
)
#: What is nobody's and everybody's: it lies at no place.
EVERYBODYS: Things = {
    "batch_row": 1,
    "facet_name": "phone",
    "attribute": "probed",
    "edition": 1,
    "side": "small",
    "page": 1,
    "ceremony_action": "rotate",
    "level": "L2",
    "key": "party-pii",
    "operation": "row.change",
    "rule": "document",
    "special": "tax",
    "list_source": "customers",
    "log_source": "operations",
    "step": "who",
    "problem": "customer.unknown",
    "provider": "none",
    "role": "",
    "ceremony": "",
    "nowhere": "nowhere",
}


def named(route: str, parameter: str) -> str:
    """The thing that a parameter of a route names. Raises KeyError where none is known."""
    for name, part, thing in NAMES:
        if name == parameter and part in route:
            return thing
    raise KeyError(f"{parameter} of {route}: say in NAMES what it names, and make one of it at every place")


def of_place(place: str, n: int, org: Organisation, both: tuple[int, int], rows_of: Things) -> Things:
    """What belongs to one place besides the rows of its customers."""
    now = timezone.now()
    user = member_of_staff(f"colleague-{place}", org=org)
    given, actor = grant(user, "teller", org), staff_actor(user, now)
    told = {
        **_of_customer(place, both, rows_of, now),
        **_of_work(user, n, org, now),
        **_of_system(place, org, now),
    }
    session = Session.objects.create(
        digest=f"probe-{place}", user=user, data=b"", begun_at=now, last_seen_at=now, agent="probe"
    )
    lock = GuessCounter.objects.create(
        digest=digest(user.username),
        user=user,
        guesses=9,
        last_at=now,
        locked_until=now + timedelta(hours=1),
    )
    change = {"name_on_document": f"探针{place}"}
    asked = requesting.change(
        actor, "credential", rows_of["credential"], 1, change, reason="a probe", at=now
    ).request
    assert asked is not None, "a change of a document takes a second person"
    return {
        **told,
        "request": asked.pk,
        "user": user.pk,
        "grant": given.pk,
        "session": session.pk,
        "lock": lock.pk,
        "organisation": org.pk,
        "operation_row": OperationLog.objects.filter(actor_id=user.pk).latest("pk").pk,
        "alert": Alert.objects.create(
            at=now, rule="reveal.many", user_id=user.pk, actor="x", org=org, customer_id=both[0]
        ).pk,
        "reveal": _reveal(user, both[0], rows_of["phone"], "phone", now).pk,
        "colleagues_view": _view(user, now, "probe of a branch").pk,
    }


def _of_customer(place: str, both: tuple[int, int], rows_of: Things, now: datetime) -> Things:
    """What hangs on a customer: a case, a merge, a certificate, a document that is really on file."""
    pair = {"customer_id": both[0], "other_id": both[1], "rule": "R", "policy": "p", "score": 1.0}
    joined: dict[str, list[int]] = {"members": [], "links": []}
    number = Customer(pk=both[0]).customer_no
    made_of = certifying.issue(_system(), number, reason="a probe", at=now)
    if place == "own":
        rows_of["document"] = _on_file(number, now).pk
    return {
        "case": ReviewCase.objects.create(**pair, outcome="B", opened_at=NOW).pk,
        "merge": Merge.objects.create(**pair, evidence=joined, decided_at=NOW).pk,
        "certificate": made_of.pk,
    }


def _on_file(number: str, now: datetime) -> Document:
    told = documents.Told(kind="OTHER", title="金丝雀影像第0号")
    return documents.upload(_system(), number, told, documents.Upload(made.jpeg()), reason="a probe", at=now)


def _of_work(user: User, n: int, org: Organisation, now: datetime) -> Things:
    """Runs, exports and batches that were ordered there."""
    base = {"org_path": org.path, "created_at": now, "state": "SUCCEEDED", "started_by": user.username}
    runs = {
        thing: JobRun.objects.create(
            job=job, params={"source": source, "filters": {}, "reason": "probe", "format": "csv"}, **base
        ).pk
        for thing, job, source in (
            ("run", "load", ""),
            ("log_export", LOG.job, "operations"),
            ("list_export", LISTS.job, "customers"),
        )
    }
    sent = rows.told([{**one, "branch_code": org.code} for one in rows.people(1, 300 + n)])
    sender = replace(_system(), user_id=user.pk)
    batch = batches.submit(sender, sent, mode="dry_run", form="json", reason="a probe", at=now)
    CustomerBatch.objects.filter(pk=batch.pk).update(org_path=org.path)
    JobRun.objects.filter(pk=batch.run_id).update(org_path=org.path, state="SUCCEEDED")
    return {**runs, "batch": batch.pk}


def _of_system(place: str, org: Organisation, now: datetime) -> Things:
    """A client system with a key."""
    name = f"system-{place}"
    client: ApiClient = clients.issue(
        _system(), name, name=name, org_code=org.code, scopes=["customer.view"], at=NOW
    ).client
    key = ClientKey.objects.create(
        client=client, key_id=f"key-{place}", algorithm="SM2", public_key=b"\1" * 64, valid_from=now
    )
    return {"client": name, "client_pk": client.pk, "client_key": key.key_id}


def of_person(user: User, customer_id: int, document_id: int) -> Things:
    """What is one user's own: views, subscriptions, drafts, searches, exports, a document opened a moment ago."""
    now = timezone.now()
    assert user.org is not None
    view = _view(user, now)
    told = Subscription.objects.create(customer_id=customer_id, user=user, kinds=["CHANGED"], created_at=now)
    watched = BranchSubscription.objects.create(
        org=user.org, user=user, kinds=["CHANGED"], read_until=now, created_at=now
    )
    actor = staff_actor(user, now)
    params = {"filters": {}, "reason": "probe", "format": "csv", "user": user.pk}
    base = {"org_path": user.org.path, "created_at": now, "state": "RUNNING", "started_by": user.username}
    session = Session.objects.create(
        digest=f"own-{user.pk}", user=user, data=b"", begun_at=now, last_seen_at=now
    )
    return {
        "view": view.pk,
        "subscription": told.pk,
        "branch_subscription": watched.pk,
        "draft": drafts.begin(actor, DRAFT, {}, at=now).token,
        "search": search._keep("probe", user.pk),
        "log_export": JobRun.objects.create(
            job=LOG.job, params={**params, "source": "operations"}, **base
        ).pk,
        "list_export": JobRun.objects.create(
            job=LISTS.job, params={**params, "source": "customers"}, **base
        ).pk,
        "showing": _reveal(user, customer_id, document_id, "document", now).pk,
        "own_session": session.pk,
        "factor": _factor(user),
    }


def _view(user: User, now: datetime, name: str = "probe") -> SavedView:
    """A view of somebody's; one's views have different names."""
    return SavedView.objects.create(of="customers", name=name, owner=user, created_at=now, updated_at=now)


def _factor(user: User) -> int:
    from allauth.mfa.models import Authenticator

    with secrets_of(user):
        secret = FactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    return int(Authenticator.objects.create(user=user, type="totp", data={"secret": secret}).pk)


def _reveal(user: User, customer_id: int, row_id: int, facet: str, now: datetime) -> Reveal:
    assert user.org is not None
    return Reveal.objects.create(
        at=now,
        shown_until=now + timedelta(minutes=1),
        user_id=user.pk,
        actor=user.username,
        org_code=user.org.code,
        channel="ADMIN",
        customer_id=customer_id,
        facet=facet,
        row_id=row_id,
        fields=["edition 1"] if facet == "document" else ["number"],
        cause="AML",
        reason="a probe",
    )


def ceremony() -> KeyCeremony:
    """A ceremony that waits for the second person."""
    return KeyCeremony.objects.create(
        action="rotate",
        level="L2",
        target="party-pii",
        reason="a probe",
        state="proposed",
        proposed_by="somebody",
        proposed_by_id=1,
        proposed_at=timezone.now(),
        mac=b"",
    )


def _system() -> Actor:
    return system_actor("test", PERMISSIONS)
