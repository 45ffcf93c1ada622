"""Kept panoramas: the kept answer is always the answer, whatever was written, and whoever asks."""

import json
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from consolidation.models import Merge
from consolidation.services.merging import Grounds, merge, unmerge
from customers.models import Customer
from customers.selectors.customer import CustomerView, whole
from customers.selectors.panorama import panorama, panorama_json
from customers.services import facets
from mdm.embedded.places import free_ports, valkey_binary
from mdm.errors import NotAllowed, NotFound
from mdm.quality.models import QualityIssue
from mdm.storage import cache as kept
from mdm.subjects import registry
from security.access.actor import Actor, staff_actor
from security.crypto.coverage import stored_columns
from security.crypto.purposes import Purpose
from security.crypto.rotation import Rotation, rotate_domain, rotate_purposes
from security.models import Grant, OperationLog, Organisation, User
from tests.factories.customers import another, bank, person, stamp, store, stored
from tests.factories.security import NOW, branch, everything, grant, member_of_staff, staff
from tests.support.database_roles import database_role
from tests.support.key_records import keys_as_they_were

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "told at the counter"


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


@pytest.fixture
def reader() -> Actor:
    """A reader in head office."""
    bank()
    return staff("reader", "auditor", org=branch("1000"))


@pytest.fixture(autouse=True)
def cache_on() -> Iterator[None]:
    with kept.switched(on=True):
        yield


class Gathering:
    """How often the rows of a panorama were fetched inside the block."""

    def __init__(self) -> None:
        self.times = 0

    def __enter__(self) -> "Gathering":
        self._hook = connection.execute_wrapper(self._listen)
        self._hook.__enter__()
        return self

    def __exit__(self, *told: Any) -> None:
        self._hook.__exit__(*told)

    def _listen(self, execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        self.times += '"t"."extension_no"' in str(statement)
        return execute(statement, params, many, context)


def uncached(actor: Actor, customer_id: int) -> dict[str, Any]:
    with kept.switched(on=False):
        return panorama(actor, number(customer_id), at=NOW)


def test_the_second_reading_fetches_no_rows_and_says_the_same(reader: Actor) -> None:
    customer_id = stored(person())
    first = panorama(reader, number(customer_id), at=NOW)

    with Gathering() as gathering:
        second = panorama(reader, number(customer_id), at=NOW)

    assert (gathering.times, second) == (0, first)
    assert OperationLog.objects.filter(action="customer.panorama", customer_id=customer_id).count() == 2


def test_the_text_is_the_same_object(reader: Actor) -> None:
    customer_id = stored(person())

    assert json.loads(panorama_json(reader, number(customer_id), at=NOW)) == uncached(reader, customer_id)


# -- any sequence of writes -----------------------------------------------------------------


class Bank:
    """Three customers, and everything that can happen to them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.actor = everything()
        self.bundles = [person(key) for key in ("A", "B", "C")]
        self.ids = store(self.bundles).customer_ids
        self.at = NOW
        self.steps: list[Callable[[], None]] = [
            self.add_phone,
            self.change_phone,
            self.end_phone,
            self.load_again,
            self.merge,
            self.unmerge,
            self.rename_branch,
            self.settle_issues,
        ]

    def step(self) -> str:
        chosen = self.chance.choice(self.steps)
        self.at += timedelta(hours=1)
        with database_role("engine"), transaction.atomic():
            chosen()
        return chosen.__name__

    def add_phone(self) -> None:
        golden = self.chance.choice(self.goldens())
        digits = f"+861390000{self.chance.randint(1000, 9999)}"
        told = {"kind": "MOBILE", "number": digits}
        facets.add(self.actor, number(golden), "phone", told, reason=REASON, at=self.at)

    def change_phone(self) -> None:
        for row in self.phones():
            extension = str(self.chance.randint(100, 999))
            facets.change(
                self.actor,
                "phone",
                row.pk,
                row.version,
                {"extension_no": extension},
                reason=REASON,
                at=self.at,
            )

    def end_phone(self) -> None:
        for row in self.phones():
            facets.end(self.actor, "phone", row.pk, row.version, reason=REASON, at=self.at)

    def load_again(self) -> None:
        at = self.chance.randrange(3)
        name = [{"kind": "LEGAL", "full_name": self.chance.choice(["王小明", "李大海", "赵子龙"])}]
        self.bundles[at] = another(self.bundles[at])
        self.bundles[at].facets["customer_name"] = name
        store([self.bundles[at]], stamp(self.actor))

    def merge(self) -> None:
        pair = tuple(self.chance.sample(self.ids, 2))
        merge(self.actor, [Grounds(pair, "M01", "1", 1.0)], stamp(self.actor))

    def unmerge(self) -> None:
        last = Merge.objects.filter(undone_at=None).order_by("-pk").first()
        if last is not None:
            unmerge(self.actor, last.pk, reason=REASON, at=self.at)

    def rename_branch(self) -> None:
        Organisation.objects.filter(code="1100").update(name_zh=f"支行{self.chance.random()}")

    def settle_issues(self) -> None:
        QualityIssue.objects.filter(customer_id__in=self.ids).update(state="RESOLVED")

    def goldens(self) -> list[int]:
        return list(Customer.objects.filter(pk__in=self.ids, golden=None).values_list("pk", flat=True))

    def phones(self) -> list[Any]:
        """One telephone in force."""
        rows = registry.facet("phone").model._default_manager
        return list(rows.filter(customer_id__in=self.ids, status="ACTIVE").order_by("?")[:1])


@pytest.mark.parametrize(("seed", "near"), [(0, True), (1, False)], ids=["kept here", "kept in Valkey"])
def test_after_any_sequence_of_writes_the_kept_answer_is_the_answer(
    reader: Actor, seed: int, near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not near:
        monkeypatch.setattr(kept, "NEAR", {})
    bank_ = Bank(seed)
    done = []
    for _step in range(14):
        done.append(bank_.step())
        for customer_id in bank_.ids:
            told = [panorama(reader, number(customer_id), at=NOW) for _twice in range(2)]
            assert told == [uncached(reader, customer_id)] * 2, done


# -- who asks -------------------------------------------------------------------------------


def test_each_way_of_seeing_has_its_own_answer(reader: Actor) -> None:
    customer_id = stored(person())
    teller = staff("t", "teller", org=branch("1100"))
    assert (teller.mask_profile, reader.mask_profile) == ("standard", "strict")
    told = []
    for actor in (reader, teller):
        for language in ("zh-hans", "en"):
            with translation.override(language):
                told.append(panorama(actor, number(customer_id), at=NOW))
                assert (
                    told[-1] == panorama(actor, number(customer_id), at=NOW) == uncached(actor, customer_id)
                )
    assert len({str(one) for one in told}) == 4


def test_who_moves_while_it_is_read_is_kept_as_it_was_asked_for(
    reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else somebody who sees less would be given, under the same key, what this reader sees from now on."""
    customer_id = stored(person())
    user = member_of_staff("both", "auditor", org=branch("1100"))
    grant(user, "teller", branch("1200"))
    both = staff_actor(user, NOW)
    strict = _phones(uncached(both, customer_id))

    def moved(view: CustomerView) -> CustomerView:
        mover = threading.Thread(target=_move, args=[customer_id, "1200"])
        mover.start()
        mover.join()
        return whole(view)

    monkeypatch.setattr("customers.selectors.panorama.whole", moved)
    during = panorama(both, number(customer_id), at=NOW)

    assert (_phones(during), during["org"]["code"]) == (strict, "1200")
    assert _phones(panorama(both, number(customer_id), at=NOW)) != strict, "from now on as at the new branch"


def _phones(told: dict[str, Any]) -> list[Any]:
    """The rows of telephones, masked as they are told."""
    facets_told = [facet for subject in told["subjects"] for facet in subject["facets"]]
    return [facet["rows"] for facet in facets_told if facet["name"] == "phone"]


def _move(customer_id: int, code: str) -> None:
    """To another branch, in a transaction of its own."""
    with database_role("engine"):
        org = Organisation.objects.get(code=code)
        Customer.objects.filter(pk=customer_id).update(org=org, org_path=org.path)
    connections.close_all()


def test_what_is_kept_is_found_by_one_read_of_the_customer(reader: Actor) -> None:
    customer_id = stored(person())
    panorama(reader, number(customer_id), at=NOW)

    with CaptureQueriesContext(connection) as asked:
        panorama(reader, number(customer_id), at=NOW)

    told = [one["sql"] for one in asked.captured_queries]
    assert sum("panorama_written" in one for one in told) == 1
    assert [one for one in told if one.startswith('SELECT "customers_customer"')] == []


def test_who_may_not_see_the_customer_is_not_given_what_is_kept(reader: Actor) -> None:
    customer_id = stored(person())
    panorama(reader, number(customer_id), at=NOW)
    elsewhere = staff("south", "auditor", org=branch("1200"))

    with pytest.raises(NotFound):
        panorama(elsewhere, number(customer_id), at=NOW)


def test_after_keys_are_rotated_the_kept_answer_is_the_answer(reader: Actor) -> None:
    customer_id = stored(person())
    before = panorama(reader, number(customer_id), at=NOW)
    number_of = Purpose("customers_phone.number", "party-pii")
    phones = [one for one in stored_columns(apps) if one.purpose == number_of.name]

    with keys_as_they_were():
        with database_role("owner"):
            rotate_domain(number_of.domain, "officer", NOW)
            (done,) = rotate_purposes([Rotation(number_of, phones)], "officer", NOW, settle=0)
        with Gathering() as gathering:
            after = panorama(reader, number(customer_id), at=NOW)
        uncached_after = uncached(reader, customer_id)

    assert done.reencrypted > 0
    assert gathering.times == 1, "the rows are others now"
    assert after == before == uncached_after


def test_whose_rights_change_is_given_what_the_new_ones_show(reader: Actor) -> None:
    customer_id = stored(person())
    user = member_of_staff("moving", "auditor", org=branch("1100"))
    masked = panorama(staff_actor(user, NOW), number(customer_id), at=NOW)
    assert masked["recent_changes"] != []

    grant(user, "teller", branch("1100"))
    with database_role("owner"):
        Grant.objects.filter(user=user, role__code="auditor").delete()
    now = staff_actor(User.objects.get(pk=user.pk), NOW)
    shown = panorama(now, number(customer_id), at=NOW)

    assert shown == uncached(now, customer_id) != masked
    with database_role("owner"):
        Grant.objects.filter(user=user).delete()
    with pytest.raises((NotFound, NotAllowed)):
        panorama(staff_actor(User.objects.get(pk=user.pk), NOW), number(customer_id), at=NOW)


def test_what_is_taken_back_was_never_kept(reader: Actor) -> None:
    customer_id = stored(person())
    before = panorama(reader, number(customer_id), at=NOW)

    with transaction.atomic(), database_role("engine"):
        told = {"kind": "MOBILE", "number": "+8613900001234"}
        facets.add(everything(), number(customer_id), "phone", told, reason=REASON, at=NOW)
        assert panorama(reader, number(customer_id), at=NOW) != before
        transaction.set_rollback(True)

    assert panorama(reader, number(customer_id), at=NOW) == before


# -- without a cache ------------------------------------------------------------------------


def test_a_dead_cache_costs_little_and_changes_nothing(reader: Actor, tmp_path: Any) -> None:
    customer_id = stored(person())
    port = free_ports(1)
    server = subprocess.Popen(
        [str(valkey_binary()), "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    next(line for line in server.stdout if "Ready to accept" in line)
    place = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
    try:
        with override_settings(CACHES={**settings.CACHES, "default": place}), kept.switched(on=True):
            alive = panorama(reader, number(customer_id), at=NOW)
            with Gathering() as gathering:
                panorama(reader, number(customer_id), at=NOW)
            assert gathering.times == 0
            server.kill()
            server.wait()
            with Gathering() as gathering:
                assert panorama(reader, number(customer_id), at=NOW) == alive
            assert gathering.times == 0, "what this process holds itself it goes on giving"
            caches["near"].clear()
            begun = monotonic()
            dead = [panorama(reader, number(customer_id), at=NOW) for _again in range(5)]
            assert monotonic() - begun < 5 * kept.REST
            assert dead == [alive] * 5
            assert not kept.in_use(), "a dead cache is left alone for a while"
    finally:
        server.kill()
        server.wait()
