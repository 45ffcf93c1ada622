"""Encryptions of a key are counted, never too low, and end at the limit of GCM."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from mdm.errors import Unavailable
from security import probes
from security.assurance import Verdict
from security.authentication.keys import NAME_KEY
from security.crypto import envelope, keyring
from security.crypto.handles import DataKeyHandle
from security.crypto.key_store import add_uses
from security.crypto.usage import ALARM, FIRST, LARGEST, LIMIT, Uses
from security.models.keys import KeyUse

KEY = 4_000_000_001


class Store:
    """A count in memory."""

    def __init__(self, used: int = 0) -> None:
        self.used, self.asked, self.lock = used, list[int](), threading.Lock()

    def take(self, _key_id: int, count: int) -> int:
        with self.lock:
            self.asked.append(count)
            self.used += count
            return self.used


def test_blocks_grow_and_the_count_is_never_below_what_was_spent() -> None:
    store = Store()
    uses, spent = Uses(store.take), 0
    for count in (1, 200, 100, 5_000, 1, 3_000_000, 1):
        uses.spend(KEY, count)
        spent += count
        assert store.used >= spent
    assert store.asked[0] == FIRST
    assert max(store.asked) == 3_000_000
    for _n in range(40):
        uses.spend(KEY, LARGEST)
    assert store.used >= spent + 40 * LARGEST


def test_threads_spend_no_more_than_was_taken() -> None:
    store = Store()
    uses = Uses(store.take)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _n: uses.spend(KEY, 7), range(2_000)))
    assert store.used >= 14_000


def test_at_the_limit_a_key_encrypts_no_more() -> None:
    uses = Uses(Store(LIMIT - FIRST).take)
    uses.spend(KEY, FIRST)
    with pytest.raises(Unavailable, match=r"key\.worn"):
        uses.spend(KEY, 1)
    handle = DataKeyHandle(KEY, "phone.number", 1, bytes(16), uses.spend)
    for seal in (
        lambda: envelope.seal(b"x", 1, handle),
        lambda: envelope.seal_column([b"x"] * 3000, [1] * 3000, handle),
    ):
        with pytest.raises(Unavailable, match=r"key\.worn"):
            seal()


def test_after_a_fork_nothing_is_spent_twice() -> None:
    store = Store()
    uses = Uses(store.take)
    uses.spend(KEY, 1)
    uses.forget()
    uses.spend(KEY, 1)
    assert store.asked == [FIRST, FIRST]


@pytest.mark.django_db
def test_uses_are_counted_beside_the_callers_transaction() -> None:
    before = KeyUse.objects.filter(key_id=KEY).values_list("used", flat=True).first() or 0
    assert add_uses(KEY, 5) == before + 5
    assert add_uses(KEY, 7) == before + 12
    assert KeyUse.objects.get(key_id=KEY).used == before + 12


@pytest.mark.django_db
def test_a_keyring_gives_keys_that_count() -> None:
    assert keyring.current(NAME_KEY).spend is not None


@pytest.mark.django_db
def test_the_self_check_asks_for_a_rotation_in_time() -> None:
    KeyUse.objects.update_or_create(key_id=KEY + 1, defaults={"used": ALARM - 1})
    assert probes._keys_worn(timezone.now()).verdict == Verdict.OK
    KeyUse.objects.filter(key_id=KEY + 1).update(used=ALARM)
    found = probes._keys_worn(timezone.now())
    assert found.verdict == Verdict.BAD
    assert str(KEY + 1) in str(found.text)
