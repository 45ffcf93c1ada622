"""Guesses at an account: few are evaluated, whichever way the name is spelled and however many come at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from security.authentication import attempts
from security.authentication.attempts import Locked
from security.authentication.backend import StaffBackend
from security.authentication.names import digest, fold
from security.authentication.passwords import note_set
from security.authentication.policy import policy
from security.models import GuessCounter
from tests.factories.security import NOW, PASSWORD, member_of_staff
from tests.support.screens import Screens

#: Ways to write the same letter: case, accents, full width, small capitals that fold.
WAYS = {"j": "jJｊＪⓙ", "o": "oOóÖｏº", "s": "sSśŞｓſ", "e": "eEéÊｅℯ"}
BLANKS = ("", " ", "\u00a0", "\u3000", "\u200b", "\t", "\u00ad", "\u2003")


def spellings(name: str, count: int) -> list[str]:
    """That many different ways to write a name."""
    dice, found = random.Random(7), set[str]()
    while len(found) < count:
        letters = (dice.choice(WAYS.get(letter, letter)) + dice.choice(BLANKS) for letter in name)
        found.add(dice.choice(BLANKS) + "".join(letters))
    return sorted(found)


def tried(name: str, at: datetime) -> bool:
    """Whether the guess would be evaluated."""
    try:
        attempts.take(name, at=at)
    except Locked:
        return False
    return True


@pytest.mark.django_db
def test_of_ten_thousand_guesses_over_five_hundred_spellings_five_are_evaluated() -> None:
    names = spellings("jose", 500)
    assert len({fold(name) for name in names}) == 1
    evaluated = [tried(names[n % 500], NOW + timedelta(milliseconds=n)) for n in range(10_000)]
    assert sum(evaluated) == policy.attempts
    assert evaluated[: policy.attempts] == [True] * policy.attempts
    assert GuessCounter.objects.count() == 1
    later = NOW + timedelta(seconds=10) + policy.lock
    assert sum(tried(names[n % 500], later) for n in range(1000)) == policy.attempts


@pytest.mark.django_db
def test_the_door_refuses_the_sixth_spelling_of_a_name_and_of_one_that_nobody_has() -> None:
    note_set(member_of_staff("jose", "teller"), at=NOW, must_change=False)
    for name in ("jose", "nobody"):
        screens = Screens()
        told = [screens.post("/login/", username=n, password="guess") for n in spellings(name, 30)]
        assert [answer.status for answer in told] == [200] * policy.attempts + [429] * 25
    assert Screens().post("/login/", username="Jose", password=PASSWORD).status == 429


@pytest.mark.django_db
def test_another_spelling_signs_in_to_the_same_account() -> None:
    note_set(member_of_staff("jose", "teller"), at=NOW, must_change=False)
    assert Screens().post("/login/", username=" ＪOSÉ", password=PASSWORD).location == "/"


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_one_by_one() -> None:
    at = datetime.now(UTC)

    def guess(_n: int) -> bool:
        try:
            return tried("jose", at)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(200))) == policy.attempts


@pytest.mark.django_db
def test_a_right_guess_does_not_count_but_does_not_forgive_wrong_ones() -> None:
    member_of_staff("jose", "teller")
    backend = StaffBackend()
    for _n in range(3):
        assert backend.authenticate(None, "jose", "wrong") is None
    for _n in range(5):
        assert backend.authenticate(None, "jose", PASSWORD) is not None
    assert backend.authenticate(None, "jose", "wrong") is None
    assert backend.authenticate(None, "jose", "wrong") is None
    with pytest.raises(Locked) as locked:
        backend.authenticate(None, "jose", PASSWORD)
    assert locked.value.until is not None


@pytest.mark.django_db
def test_a_lock_ends_in_time_or_when_it_is_released() -> None:
    assert [tried("jose", NOW) for _n in range(6)] == [True] * 5 + [False]
    almost = NOW + policy.lock - timedelta(seconds=1)
    assert not tried("jose", almost)
    assert attempts.is_locked("JOSE", at=almost)
    attempts.forget("jose")
    assert tried("jose", almost)


@pytest.mark.django_db
def test_counters_that_are_over_are_deleted_and_hold_no_name() -> None:
    for name in ("mistyped password 1", "mistyped password 2"):
        tried(name, NOW)
    assert "mistyped" not in str(list(GuessCounter.objects.values()))
    assert attempts.forget_old(NOW + policy.lock / 2) == 0
    assert attempts.forget_old(NOW + policy.lock + timedelta(seconds=1)) == 2


@pytest.mark.django_db
def test_different_names_are_counted_apart() -> None:
    assert digest("jose") != digest("josef")
    assert [tried("jose", NOW) for _n in range(6)][-1] is False
    assert tried("josef", NOW)


@given(st.text(max_size=40))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüéñ0123456789._-张伟", min_size=1, max_size=30))
def test_case_width_and_blanks_fold_away(name: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    assert fold(name) == fold(name.upper()) == fold(wide) == fold(f"  {name}\u200b")


@pytest.mark.django_db
def test_one_address_guesses_at_many_accounts_as_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(policy, attempts_address=7)
    monkeypatch.setattr(attempts, "policy", small)
    for name in ("jose", "li"):
        note_set(member_of_staff(name, "teller"), at=NOW, must_change=False)
    statuses = [Screens().post("/login/", username=f"nobody{n}", password="guess").status for n in range(9)]
    assert statuses == [200] * 7 + [429] * 2
    assert Screens().post("/login/", username="jose", password=PASSWORD).status == 429
    elsewhere = Screens()
    elsewhere.client.defaults["REMOTE_ADDR"] = "10.9.8.7"
    assert elsewhere.post("/login/", username="jose", password=PASSWORD).location == "/"


@pytest.mark.django_db
def test_who_signs_in_rightly_uses_up_no_guess_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "policy", replace(policy, attempts_address=3))
    note_set(member_of_staff("jose", "teller"), at=NOW, must_change=False)
    for _n in range(6):
        assert Screens().post("/login/", username="jose", password=PASSWORD).location == "/"
    monkeypatch.setattr(attempts, "policy", replace(policy, attempts_address=0))
    statuses = {Screens().post("/login/", username=f"nobody{n}", password="guess").status for n in range(9)}
    assert statuses == {200}
