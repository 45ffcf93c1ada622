"""Keyed digests: the same for the same, different for every kind, none for nothing."""

import pytest

from mdm.errors import Unavailable
from security.crypto import blind_index, key_store, keyring
from security.crypto.algorithms import hmac_sm3
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.purposes import Purpose, registered_purposes
from tests.security.crypto.test_keyring import NOW

pytestmark = pytest.mark.django_db
ONE = blind_index.declare("TEST_ONE")
TWO = blind_index.declare("TEST_TWO", 3)


def test_definition() -> None:
    key = keyring.current("index.TEST_TWO").key
    whole = hmac_sm3(key, "ecif|bi|TEST_TWO|3|张三".encode())
    assert blind_index.digest(TWO, "张三") == whole[:16]
    assert blind_index.token(TWO, "张三") == int.from_bytes(whole[:8], "big", signed=True)


def test_columns_agree_with_single_values_and_leave_blanks_out() -> None:
    values = ["13812345678", None, "", "  ", "13900000000", "13812345678"]
    digests = blind_index.digest_column(ONE, values)
    assert [digest is None for digest in digests] == [False, True, True, True, False, False]
    assert digests[0] == digests[5] == blind_index.digest(ONE, "13812345678")
    assert digests[0] != digests[4]
    tokens = blind_index.token_column(ONE, values)
    assert tokens[0] == blind_index.token(ONE, "13812345678")
    assert tokens[1:4] == [None, None, None]


def test_kinds_do_not_share_digests() -> None:
    assert blind_index.digest(ONE, "x") != blind_index.digest(TWO, "x")


def test_tokens_fit_a_bigint_and_use_its_sign() -> None:
    tokens = [token or 0 for token in blind_index.token_column(ONE, [str(number) for number in range(200)])]
    assert all(-(2**63) <= token < 2**63 for token in tokens)
    assert {token < 0 for token in tokens} == {True, False}
    assert len(set(tokens)) == 200


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_single_blank_is_refused(blank: str) -> None:
    for function in (blind_index.digest, blind_index.token, blind_index.candidates):
        with pytest.raises(ValueError, match="blank"):
            function(ONE, blank)


def test_undeclared_kinds_are_refused() -> None:
    with pytest.raises(Unavailable, match=r"key\.purpose_unknown"):
        blind_index.digest_column("TEST_NOBODY", ["x"])


def test_kinds_are_declared_one_way() -> None:
    assert blind_index.declare("TEST_ONE") == "TEST_ONE"
    with pytest.raises(ValueError, match="normalisation 1"):
        blind_index.declare("TEST_ONE", 2)
    assert Purpose("index.TEST_ONE", "blind-index", "HMAC-SM3") in registered_purposes()


def test_candidates_cover_every_version_that_opens() -> None:
    before = blind_index.digest(ONE, "x")
    assert blind_index.candidates(ONE, "x") == [before]
    with key_store.session(writing=True) as cursor:
        writer = KeyWriter(cursor, Maker(keyring.keyring.root, "tester", NOW))
        writer.new_version(Purpose("index.TEST_ONE", "blind-index", "HMAC-SM3"))
    keyring.forget()
    try:
        after = blind_index.digest(ONE, "x")
        assert after != before
        assert blind_index.candidates(ONE, "x") == [after, before]
    finally:
        with key_store.session(writing=True) as cursor:
            cursor.execute("DELETE FROM security_datakey WHERE purpose = 'index.TEST_ONE'")
