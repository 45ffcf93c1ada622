"""Key ceremonies: two persons, never one; what was agreed is carried out, whatever dies in between."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Unavailable
from security.access.actor import Actor, staff_actor, system_actor
from security.crypto import envelope, keyring
from security.crypto.states import GRACE
from security.models import Alert, DataKey, DomainKey, KeyCeremony, OperationLog, RootKey, User
from security.selectors.keys import key_tree, possible
from security.services import ceremonies, key_work
from tests.factories.security import NOW, member_of_staff, staff
from tests.security.crypto.rings import fresh_keys, purpose
from tests.support.database_roles import database_role

NAME = "crypto_note.number"


@pytest.fixture(autouse=True)
def as_engine_with_fresh_keys(transactional_db: None) -> Iterator[None]:
    """Workers carry out; each test has key tables of its own."""
    with database_role("engine"), fresh_keys():
        keyring.make_missing("system:test", NOW)
        yield


@pytest.fixture
def two() -> tuple[Actor, Actor]:
    return officer("wang"), officer("li")


def officer(name: str, staff_no: str = "") -> Actor:
    user = member_of_staff(name, "key_officer")
    User.objects.filter(pk=user.pk).update(staff_no=staff_no)
    return staff_actor(user, NOW)


def code_of(call: Any, *told: Any, **named: Any) -> str:
    with pytest.raises(ServiceError) as refusal:
        call(*told, **named)
    return refusal.value.code


def held(two: tuple[Actor, Actor], action: str, level: str, target: str, at: datetime = NOW) -> KeyCeremony:
    """Both parts and the work."""
    begun = ceremonies.propose(two[0], action, level, target, reason="yearly", at=at)
    ceremonies.confirm(two[1], begun.pk, at=at)
    return key_work.carry_out(begun.pk, at=at, settle=0)


def target(key_id: int) -> str:
    return f"{DataKey.objects.get(pk=key_id).purpose}#{key_id}"


def test_one_proposes_another_confirms_and_the_key_comes_into_use(two: tuple[Actor, Actor]) -> None:
    with purpose("test.ceremony"):
        old = keyring.current("test.ceremony")
        made = held(two, "create", "L3", "test.ceremony")
        row = DataKey.objects.get(purpose="test.ceremony", version=2)
        assert (made.state, made.result, row.state) == ("done", {"version": 2}, "pre_active")
        assert row.created_by == f"wang, li #{made.pk}"
        assert keyring.current("test.ceremony").key_id == old.key_id
        held(two, "activate", "L3", target(row.pk))
        assert keyring.current("test.ceremony").key_id == row.pk
        assert DataKey.objects.get(pk=old.key_id).state == "decrypt_only"
    said = OperationLog.objects.filter(subject="key").values_list("action", "actor", "result")
    once = [
        ("key.propose", "wang", "ok"),
        ("key.confirm", "li", "ok"),
        ("key.begin", "system:keys", "ok"),
        ("key.carry_out", "system:keys", "ok"),
    ]
    assert list(said.order_by("pk")) == once * 2


def test_nobody_confirms_their_own_under_whatever_account(two: tuple[Actor, Actor]) -> None:
    begun = ceremonies.propose(two[0], "rotate", "L3", "store.objects", reason="x", at=NOW)
    assert code_of(ceremonies.confirm, two[0], begun.pk, at=NOW) == "key.same_person"
    User.objects.filter(username="wang").update(staff_no=" a77 ")
    assert code_of(ceremonies.confirm, officer("wang.second", "A77"), begun.pk, at=NOW) == "key.same_person"
    assert KeyCeremony.objects.get().state == "proposed"
    assert code_of(key_work.carry_out, begun.pk, at=NOW, settle=0) == "key.ceremony_over"
    assert DataKey.objects.filter(purpose="store.objects").count() == 1


def test_only_persons_with_the_right_hold_ceremonies(two: tuple[Actor, Actor]) -> None:
    told: dict[str, Any] = {"reason": "x", "at": NOW}
    teller = staff("teller", "teller")
    system = system_actor("keys", ["key.manage"])
    for actor, code in ((teller, "access.denied"), (system, "key.person_needed")):
        assert code_of(ceremonies.propose, actor, "rotate", "L3", "store.objects", **told) == code
        assert code_of(ceremonies.revoke, actor, "L3", "store.objects#1", **told) == code
        begun = ceremonies.propose(two[0], "rotate", "L3", "store.objects", **told)
        assert code_of(ceremonies.confirm, actor, begun.pk, at=NOW) == code
        assert code_of(ceremonies.withdraw, actor, begun.pk, **told) == code
        ceremonies.withdraw(two[0], begun.pk, **told)
        with pytest.raises(NotAllowed):
            key_tree(teller)
    User.objects.filter(username="wang").update(is_active=False)
    assert code_of(ceremonies.propose, two[0], "rotate", "L3", "store.objects", **told) == "key.person_needed"


@pytest.mark.parametrize(
    ("action", "level", "name", "kind"),
    [
        ("rotate", "L3", "nobody.knows", NotFound),
        ("rotate", "L2", "nobody", NotFound),
        ("rotate", "L1", "twig", NotFound),
        ("activate", "L3", "store.objects#0", NotFound),
        ("activate", "L3", "other.name#1", NotFound),
        ("activate", "L3", "store.objects#x", NotFound),
        ("retire", "L3", "store.objects#1", Invalid),
        ("reinstate", "L1", "root#{active}", Duplicate),
        ("revoke", "L3", "store.objects#1", Invalid),
        ("reshare", "L3", "root", Invalid),
        ("", "", "", Invalid),
    ],
)
def test_what_makes_no_sense_is_refused(
    two: tuple[Actor, Actor], action: str, level: str, name: str, kind: type[ServiceError]
) -> None:
    name = name.format(active=RootKey.objects.get().pk)
    with pytest.raises(kind):
        ceremonies.propose(two[0], action, level, name, reason="x", at=NOW)
    assert not KeyCeremony.objects.exists()


def test_a_reason_is_needed_and_the_same_is_proposed_once(two: tuple[Actor, Actor]) -> None:
    told = ("rotate", "L3", "store.objects")
    assert code_of(ceremonies.propose, two[0], *told, reason=" ", at=NOW) == "key.reason_needed"
    begun = ceremonies.propose(two[0], *told, reason="x", at=NOW)
    assert code_of(ceremonies.propose, two[1], *told, reason="y", at=NOW) == "key.ceremony_open"
    ceremonies.withdraw(two[1], begun.pk, reason="no", at=NOW)
    assert code_of(ceremonies.confirm, two[1], begun.pk, at=NOW) == "key.ceremony_over"
    assert ceremonies.propose(two[1], *told, reason="y", at=NOW).state == "proposed"


@pytest.mark.parametrize(
    "change",
    [
        "state = 'confirmed', confirmed_by_id = 99, confirmed_by = 'ghost'",
        "target = 'store.answers'",
        "action = 'create'",
        "proposed_by_id = 99",
        "parameters = '{\"needed\": 1}'",
    ],
)
def test_who_writes_to_the_database_neither_proposes_nor_confirms(
    two: tuple[Actor, Actor], change: str
) -> None:
    begun = ceremonies.propose(two[0], "rotate", "L3", "store.objects", reason="x", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE security_keyceremony SET {change} WHERE id = %s", [begun.pk])
    if KeyCeremony.objects.get().state == "confirmed":
        with pytest.raises(Unavailable, match=r"key\.ceremony_tampered"):
            key_work.carry_out(begun.pk, at=NOW, settle=0)
    else:
        with pytest.raises(Unavailable, match=r"key\.ceremony_tampered"):
            ceremonies.confirm(two[1], begun.pk, at=NOW)
    assert DataKey.objects.filter(purpose="store.objects").count() == 1


def test_the_database_itself_refuses_one_person_in_both_places(two: tuple[Actor, Actor]) -> None:
    begun = ceremonies.propose(two[0], "rotate", "L3", "store.objects", reason="x", at=NOW)
    rows = KeyCeremony.objects.filter(pk=begun.pk)
    for change in (
        {"confirmed_by_id": begun.proposed_by_id, "state": "confirmed"},
        {"state": "confirmed"},
        {"state": "done"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_work_that_was_killed_is_done_once(two: tuple[Actor, Actor]) -> None:
    """The worker dies after the key was made and before it was noted: the second makes no third version."""
    with purpose("test.killed"):
        keyring.current("test.killed")
        for action in ("create", "rotate"):
            begun = ceremonies.propose(two[0], action, "L3", "test.killed", reason="x", at=NOW)
            ceremonies.confirm(two[1], begun.pk, at=NOW)
            key_work._work(KeyCeremony.objects.get(pk=begun.pk), NOW, 0, lambda done: None)
            versions = DataKey.objects.filter(purpose="test.killed").count()
            assert key_work.due() == [begun.pk]
            assert key_work.carry_out(begun.pk, at=NOW, settle=0).state == "done"
            assert DataKey.objects.filter(purpose="test.killed").count() == versions
    assert key_work.due() == []


def test_two_workers_do_not_carry_out_the_same(two: tuple[Actor, Actor]) -> None:
    begun = ceremonies.propose(two[0], "rotate", "L3", "store.objects", reason="x", at=NOW)
    ceremonies.confirm(two[1], begun.pk, at=NOW)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [key_work._LOCK, begun.pk])
        assert code_of(key_work.carry_out, begun.pk, at=NOW, settle=0) == "key.ceremony_busy"
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [key_work._LOCK, begun.pk])
    other.close()
    assert key_work.carry_out(begun.pk, at=NOW, settle=0).state == "done"


def test_a_key_is_destroyed_after_seven_days_and_then_opens_nothing(two: tuple[Actor, Actor]) -> None:
    """A domain key that nothing needs any more: rotated away, disabled, kept for a week, destroyed."""
    old = DomainKey.objects.get(domain="object-store")
    name = f"object-store#{old.pk}"
    assert code_of(possible, "disable", "L2", name, NOW) == "key.state"
    held(two, "rotate", "L2", "object-store")
    held(two, "disable", "L2", name)
    early = NOW + GRACE - timedelta(seconds=1)
    assert code_of(possible, "destroy", "L2", name, early) == "key.too_early"
    held(two, "destroy", "L2", name, at=NOW + GRACE)
    gone = DomainKey.objects.get(pk=old.pk)
    assert (gone.state, gone.wrapped) == ("destroyed", None)
    assert keyring.verify() > 10


def test_a_disabled_key_is_taken_back(two: tuple[Actor, Actor]) -> None:
    old = DomainKey.objects.get(domain="object-store")
    held(two, "rotate", "L2", "object-store")
    held(two, "disable", "L2", f"object-store#{old.pk}")
    held(two, "reinstate", "L2", f"object-store#{old.pk}")
    assert DomainKey.objects.get(pk=old.pk).state == "decrypt_only"


def test_what_is_still_needed_is_not_switched_off(two: tuple[Actor, Actor]) -> None:
    old = keyring.current("store.objects")
    held(two, "rotate", "L3", "store.objects")
    assert code_of(possible, "disable", "L3", target(old.key_id), NOW) == "key.not_counted"
    held(two, "create", "L2", "object-store")
    first, second = DomainKey.objects.filter(domain="object-store").order_by("version")
    assert code_of(possible, "disable", "L2", f"object-store#{first.pk}", NOW) == "key.state"
    held(two, "activate", "L2", f"object-store#{second.pk}")
    assert keyring.by_id(old.key_id).key == old.key


def test_one_person_revokes_at_once_with_an_alarm(two: tuple[Actor, Actor]) -> None:
    old = keyring.current("store.objects")
    value = envelope.seal(b"text", 1, old)
    begun = ceremonies.revoke(two[0], "L3", target(old.key_id), reason="laptop lost", at=NOW)
    alarm = Alert.objects.get()
    assert (alarm.rule, alarm.actor, alarm.details["key"]) == ("key.revoked", "wang", target(old.key_id))
    done = key_work.carry_out(begun.pk, at=NOW, settle=0)
    assert DataKey.objects.get(pk=old.key_id).state == "compromised"
    new = keyring.current("store.objects")
    assert new.key_id != old.key_id
    assert envelope.open_(value, 1, keyring.by_id) == b"text"
    assert done.result["left"] == ["store.objects"]
    again = code_of(ceremonies.revoke, two[0], "L3", target(old.key_id), reason="again", at=NOW)
    assert again == "key.state"


def test_a_leaked_domain_key_takes_all_keys_below_it_along(two: tuple[Actor, Actor]) -> None:
    before = {row.purpose: row.pk for row in DataKey.objects.filter(domain_key__domain="party-pii")}
    old = DomainKey.objects.get(domain="party-pii")
    begun = ceremonies.revoke(two[0], "L2", f"party-pii#{old.pk}", reason="leaked", at=NOW)
    done = key_work.carry_out(begun.pk, at=NOW, settle=0)
    assert DomainKey.objects.get(pk=old.pk).state == "compromised"
    assert not DataKey.objects.filter(domain_key=old).exists()
    kept = {name for name, key_id in before.items() if keyring.current(name).key_id == key_id}
    assert kept <= set(done.result["left"])
    assert len(before) - len(kept) >= 5
    assert keyring.by_id(min(before.values())).key_id == min(before.values())


def test_the_root_key_is_rotated_and_the_old_one_destroyed(two: tuple[Actor, Actor]) -> None:
    key = keyring.current("store.objects")
    before = RootKey.objects.get().version
    done = held(two, "rotate", "L1", "root")
    new = done.result["version"]
    assert new > before
    assert keyring.in_use_root().version == new
    assert set(DomainKey.objects.values_list("root_version", flat=True)) == {new}
    assert keyring.current("store.objects").key == key.key
    assert keyring.verify() > 10
    assert {row.version: row.state for row in RootKey.objects.all()} == {
        before: "decrypt_only",
        new: "active",
    }


def test_a_killed_root_rotation_takes_the_version_that_was_made(two: tuple[Actor, Actor]) -> None:
    held(two, "create", "L1", "root")
    waiting = RootKey.objects.get(state="pre_active")
    assert keyring.in_use_root().version != waiting.version
    assert held(two, "rotate", "L1", "root").result["version"] == waiting.version


def test_what_stands_against_it_by_then_ends_the_ceremony(two: tuple[Actor, Actor]) -> None:
    made = held(two, "create", "L3", "store.objects")
    row = DataKey.objects.get(purpose="store.objects", version=made.result["version"])
    one = ceremonies.propose(two[0], "activate", "L3", target(row.pk), reason="x", at=NOW)
    other = ceremonies.revoke(two[0], "L3", target(row.pk), reason="y", at=NOW)
    key_work.carry_out(other.pk, at=NOW, settle=0)
    with pytest.raises(Duplicate, match=r"key\.state"):
        ceremonies.confirm(two[1], one.pk, at=NOW)


def test_the_tree_shows_levels_states_and_what_may_be_proposed(two: tuple[Actor, Actor]) -> None:
    held(two, "create", "L3", "store.objects")
    tree = key_tree(two[0])
    assert {view.level for view in tree} == {"L1", "L2", "L3"}
    shown = {view.version: view for view in tree if view.name == "store.objects"}
    assert (shown[1].state, shown[1].actions) == ("active", ("revoke",))
    assert (shown[2].state, shown[2].actions) == ("pre_active", ("activate", "disable", "revoke"))
    assert shown[2].parent == "object-store v1"
    assert all(len(view.check) == 6 for view in tree)


@pytest.mark.parametrize("name", ["number.customer", "ceremony.agreed", "index.ERASED_KEY"])
def test_a_key_whose_digests_nobody_can_write_anew_is_never_replaced(
    two: tuple[Actor, Actor], name: str
) -> None:
    key = keyring.current(name)
    for action, on in (("create", name), ("rotate", name), ("activate", target(key.key_id))):
        told: dict[str, Any] = {"reason": "x", "at": NOW}
        assert code_of(ceremonies.propose, two[0], action, "L3", on, **told) == "key.rotation_unsupported"
    again = code_of(ceremonies.revoke, two[0], "L3", target(key.key_id), reason="x", at=NOW)
    assert again == "key.rotation_unsupported"
    assert keyring.current(name).key_id == key.key_id
    shown = next(view for view in key_tree(two[0]) if view.name == name)
    assert shown.actions == ()
