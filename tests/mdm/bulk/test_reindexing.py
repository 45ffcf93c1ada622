"""Keys of digests are rotated under real customers: at every step each of them is found and recognised."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from consolidation.duplicates import SignatureFinder
from consolidation.records import TOKEN_KIND as MATCH
from customers.models import Customer
from customers.models.derived import TOKEN_KIND as NAME_TOKEN
from customers.rules.number import customer_no
from customers.selectors.search import search
from customers.services import facets as facet_service
from mdm.bulk import linking, reindexing
from mdm.bulk.apply import CONTENT
from mdm.bulk.changing import refresh
from mdm.bulk.linking import KIND as SOURCE_KEY
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.subjects import Bundle, registry
from security.crypto import keyring
from security.crypto.blind_index import digest, purpose_of, written
from security.crypto.index_rotation import IndexRotation
from security.crypto.indexes import holder_of
from security.crypto.purposes import purpose_named
from security.models.keys import DataKey
from tests.factories.customers import person, stamp, store, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.key_records import keys_as_they_were

pytestmark = pytest.mark.usefixtures("bank")
KINDS = [*(lookup.kind for lookup in registry.lookups), SOURCE_KEY, NAME_TOKEN, MATCH]
LATER = NOW + timedelta(days=1)
NAMES = ["欧阳知远", "上官文博", "诸葛明轩", "司马雨桐", "东方若曦", "慕容子墨", "令狐嘉禾"]


def somebody(at: int) -> Bundle:
    """A person of whom everything that is digested differs from the others'."""
    return person(
        f"P-{at}",
        customer_name=[{"slot": "LEGAL", "kind": "LEGAL", "full_name": NAMES[at]}],
        credential=[
            {
                "slot": "P02",
                "type": "P02",
                "number": f"G1234567{at}",
                "issuing_country": "CHN",
                "is_primary": True,
            }
        ],
        phone=[{"slot": "MOBILE", "kind": "MOBILE", "number": f"+861391234567{at}", "is_primary": True}],
        email=[{"slot": "PERSONAL", "kind": "PERSONAL", "address": f"p{at}@example.com", "is_primary": True}],
    )


@pytest.fixture(autouse=True)
def same_keys(db: None) -> Iterator[None]:
    """The next test has the keys of before."""
    with keys_as_they_were():
        yield


@pytest.fixture
def ids(bank: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Customers, and chunks so small that a rotation has many."""
    from consolidation.services import resigning
    from customers.services import name_tokens

    for module in (reindexing, name_tokens, resigning):
        monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(reindexing, "REMOVED", 3)
    return store([somebody(at) for at in range(5)]).customer_ids


def turning(kind: str, settle: float = 0) -> IndexRotation:
    named = purpose_named(purpose_of(kind))
    assert named is not None
    return IndexRotation(named, "tester", NOW, settle)


def killed(_done: int) -> None:
    """In the middle: the first chunk is written, the second is not."""
    raise KeyboardInterrupt


def asked(at: int) -> list[str]:
    """What people type to find that person."""
    return [f"1391234567{at}", f"G1234567{at}", f"p{at}@example.com", NAMES[at], f"core_customer:P-{at}"]


def found(text: str) -> list[str]:
    with database_role("app"):
        return [hit.customer_no for hit in search(everything(), text, at=NOW).hits]


def all_is_well(ids: list[int]) -> Callable[..., None]:
    """Everybody is found by everything, and recognised; a delivery that repeats itself changes nothing."""

    def look(_done: int = 0) -> None:
        for at, customer in enumerate(ids):
            for text in asked(at):
                assert found(text) == [customer_no(customer)], (at, text)
            twin = somebody(at)
            twin.source_system, twin.source_key = "crm", "new"
            assert customer in {suspect.customer_id for suspect in SignatureFinder().find(twin)}, at
        assert store([somebody(0)], stamp(at=LATER)).customer_ids == ids[:1]

    return look


def versions_of(kind: str) -> list[str]:
    rows = DataKey.objects.filter(purpose=purpose_of(kind)).order_by("version")
    return list(rows.values_list("state", flat=True))


def under(kind: str) -> dict[int, int]:
    """Digests by version of the key."""
    holder = holder_of(purpose_of(kind))
    assert holder is not None
    told = dict(DataKey.objects.filter(purpose=purpose_of(kind)).values_list("pk", "version"))
    counts: dict[int, int] = {}
    for entry in holder.counted():
        counts[told[entry.key_id]] = counts.get(told[entry.key_id], 0) + entry.values
    return counts


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_is_found_at_every_step_and_nothing_stays_under_the_old_key(
    kind: str, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, old, look = under(kind), keyring.current(purpose_of(kind)).version, all_is_well(ids)
    move = IndexRotation._move
    monkeypatch.setattr(IndexRotation, "_move", lambda *told: (look(), move(*told), look()))

    done = turning(kind).run(look)

    assert under(kind) == ({old + 1: before[old]} if before else {})
    assert done.version == old + 1
    assert versions_of(kind)[-2:] == ["disabled", "active"]
    look()


@pytest.mark.parametrize("kind", ["PHONE", SOURCE_KEY, NAME_TOKEN, MATCH])
def test_killed_in_the_middle_it_goes_on_where_it_was(kind: str, ids: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt):
        turning(kind).run(killed)
    assert len(under(kind)) == 2
    all_is_well(ids)()
    more = store([somebody(5)]).customer_ids  # a writer in the middle of it writes both
    changed = somebody(1)
    changed.facets["phone"][0]["number"] = "+8613700000001"
    store([changed], stamp(at=LATER))

    turning(kind).run()

    rotated = under(kind)
    refresh([*ids, *more])
    assert rotated == under(kind), "all that recomputing everything gives"
    assert set(rotated) == {keyring.current(purpose_of(kind)).version}
    assert found("13700000001") == [customer_no(ids[1])]
    assert found("13912345671") == []
    assert found(NAMES[5]) == found("core_customer:P-5") == [customer_no(more[0])]


def test_what_is_told_again_after_its_key_was_changed_is_compared_and_found_unchanged(ids: list[int]) -> None:
    history = Customer.history.count()
    turning(CONTENT).run()
    assert set(map(bytes, SourceRecord.objects.values_list("content_digest", flat=True))) == {b""}
    assert under(CONTENT) == {}

    assert store([somebody(at) for at in range(5)], stamp(at=LATER)).updated == set()

    version = keyring.current(purpose_of(CONTENT)).version
    assert under(CONTENT) == {version: 5}
    assert Customer.history.count() == history


def test_a_key_that_another_process_claimed_under_one_version_only_is_its_own_under_both(
    ids: list[int],
) -> None:
    with pytest.raises(KeyboardInterrupt):
        turning(SOURCE_KEY).run(killed)
    newest, former = written(SOURCE_KEY)
    key = ("crm", "C-1")
    for at, version in enumerate((newest, former)):
        name = (key[0], f"{key[1]}{at}")
        linking.insert_keys([(linking.source_digests([name], version)[0], ids[0])], version)

        assert linking._claim([name], "customers_customer") == {}

        owners = linking.find([linking.source_digests([name], each)[0] for each in (newest, former)])
        assert list(owners.values()) == [ids[0], ids[0]]


def test_what_is_left_of_the_erased_has_a_key_that_is_never_changed() -> None:
    assert holder_of("index.ERASED_KEY") is None


def test_values_are_written_in_the_normalisation_of_today(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed normalisation: what is stored is found by its old number until the key was rotated."""
    from security.crypto import blind_index

    monkeypatch.setitem(blind_index._normalisations, "PHONE", blind_index._Norms(2, 1))
    all_is_well(ids)()
    turning("PHONE").run()
    monkeypatch.setitem(blind_index._normalisations, "PHONE", blind_index._Norms(2, 2))
    all_is_well(ids)()
    rows = LookupEntry.objects.filter(kind=registry.lookup("PHONE").number)
    assert set(rows.values_list("norm_version", flat=True)) == {2}


@pytest.mark.django_db(transaction=True)
def test_staff_change_telephones_while_their_key_is_rotated(ids: list[int]) -> None:
    stop, failures = threading.Event(), []
    numbers = {customer: f"1391234567{at}" for at, customer in enumerate(ids)}

    def work(mine: list[int]) -> None:
        try:
            with database_role("app"):
                turn = 0
                while not stop.is_set():
                    turn += 1
                    for customer in mine:
                        row = the_row("phone", customer, "MOBILE")
                        number = f"138{customer % 100:02d}{turn:06d}"
                        facet_service.change(
                            everything(), "phone", row.pk, row.version, {"number": "+86" + number},
                            reason="told at the counter", at=timezone.now(),
                        )  # fmt: skip
                        was, numbers[customer] = numbers[customer], number
                        assert found(number) == [customer_no(customer)]
                        assert found(was) == []
        except BaseException as failure:  # noqa: BLE001 (a thread's own would be lost)
            failures.append(failure)
        finally:
            connection.close()

    clients = [threading.Thread(target=work, args=[ids[at::2]]) for at in range(2)]
    for client in clients:
        client.start()
    try:
        with database_role("engine"):
            for _ in range(3):
                turning("PHONE", settle=0.05).run()
    finally:
        stop.set()
        for client in clients:
            client.join(300)
    assert failures == []
    version = keyring.current(purpose_of("PHONE")).version
    assert under("PHONE") == {version: len(ids)}
    for customer, number in numbers.items():
        assert LookupEntry.objects.get(digest=digest("PHONE", "+86" + number)).customer_id == customer
