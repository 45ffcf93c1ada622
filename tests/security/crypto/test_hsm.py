"""The root key in a crypto machine: SoftHSM stands for one."""

import os
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pkcs11
import pytest

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto import envelope, hsm, key_store
from security.crypto.algorithms import WrongTag
from security.crypto.keyring import Keyring
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.providers import HeldRoot, root_provider
from tests.security.crypto.rings import Clock, fresh_keys, purpose
from tests.security.crypto.test_keyring import NOW

pytestmark = pytest.mark.softhsm
MODULE = next((str(p) for p in Path("/usr/lib").glob("**/libsofthsm2.so")), "")
PIN = "314159"


def new_token(label: str, folder: Path) -> Conf:
    """An empty token, and a production configuration that names it."""
    told = ["--label", label, "--pin", PIN, "--so-pin", PIN]
    subprocess.run(["softhsm2-util", "--init-token", "--free", *told], check=True, capture_output=True)
    return Conf(
        {
            "PANORAMA_ENV": "production",
            "PANORAMA_ROOT_KEY_PROVIDER": "pkcs11",
            "PANORAMA_PKCS11_MODULE": MODULE,
            "PANORAMA_PKCS11_TOKEN": label,
            "PANORAMA_PKCS11_PIN": PIN,
        },
        folder,
    )


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Conf]]:
    """Two tokens, made before the first is opened: the library reads its folder and settings once a process.

    Once a session, not a module: tests with a database run before those without, so this module's run in two
    parts, and a child would read the second part's folder where its parent still has the first's.
    """
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    yield [new_token("panorama", folder), new_token("second", folder)]
    os.environ.pop("SOFTHSM2_CONF") if before is None else os.environ.update(SOFTHSM2_CONF=before)


@pytest.fixture(scope="session")
def token(machine: list[Conf]) -> Conf:
    """A token with a first root key."""
    hsm.make_first(machine[0])
    return machine[0]


def test_the_first_key_is_made_once(machine: list[Conf]) -> None:
    token = machine[1]
    with pytest.raises(Unavailable, match=r"key\.root_missing"):
        root_provider(token)
    assert hsm.make_first(token)
    assert not hsm.make_first(token)
    assert root_provider(token).info().provider == "pkcs11"


def test_what_it_wraps_opens_with_the_same_bound_data_only(token: Conf) -> None:
    root = root_provider(token)
    wrapped = root.wrap(b"k" * 16, b"L2|party-pii|1")
    assert root_provider(token).unwrap(wrapped, b"L2|party-pii|1") == b"k" * 16
    assert wrapped != root.wrap(b"k" * 16, b"L2|party-pii|1")
    wrong = [(wrapped, b"L2|party-pii|2"), (wrapped[:20], b"L2|party-pii|1"), (b"", b"")]
    wrong += [
        (bytes([*wrapped[:at], wrapped[at] ^ 1, *wrapped[at + 1 :]]), b"L2|party-pii|1")
        for at in range(len(wrapped))
    ]
    for changed, bound in wrong:
        with pytest.raises(WrongTag):
            root.unwrap(changed, bound)


def test_macs_are_of_32_bytes_and_of_this_key(token: Conf) -> None:
    root = root_provider(token)
    assert len(root.mac(b"row")) == 32
    assert root.mac(b"row") == root_provider(token).mac(b"row") != root.mac(b"other")


def test_the_keys_never_come_out(token: Conf) -> None:
    name = f"panorama-root-{root_provider(token).info().version}"
    for label in (name, f"{name}-mac"):

        def value(session: pkcs11.Session, label: str = label) -> bytes:
            key = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=label)
            assert key[pkcs11.Attribute.EXTRACTABLE] is False
            assert key[pkcs11.Attribute.SENSITIVE] is True
            return bytes(key[pkcs11.Attribute.VALUE])

        with pytest.raises(Unavailable) as refusal:
            hsm._token(token).using(value)
        assert isinstance(refusal.value.__cause__, pkcs11.exceptions.AttributeSensitive)


def _tell_and_leave(told: int, work: Callable[[], bytes]) -> NoReturn:
    """The end of a forked process: what the work gave, or why it gave nothing."""
    ended = 1
    try:
        os.write(told, work())
        ended = 0
    finally:
        os.write(told, b"" if ended == 0 else traceback.format_exc().encode())
        os._exit(ended)


def test_a_child_process_opens_its_own_session(token: Conf) -> None:
    root = root_provider(token)
    wrapped, mac = root.wrap(b"k" * 16, b""), root.mac(b"row")
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        _tell_and_leave(told, lambda: root.unwrap(wrapped, b"") + root.mac(b"row"))
    os.close(told)
    with os.fdopen(heard, "rb") as answer:
        said = answer.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert (said, ended) == (b"k" * 16 + mac, 0)
    assert root.unwrap(wrapped, b"") == b"k" * 16


def test_a_wrong_pin_or_token_is_a_clear_error(token: Conf) -> None:
    other = Conf({**token.environ, "PANORAMA_PKCS11_TOKEN": "nobody"}, token.var)
    with pytest.raises(Unavailable, match=r"key\.hsm_down"):
        root_provider(other)


@pytest.mark.django_db
def test_the_three_levels_over_it_and_its_rotation(token: Conf) -> None:
    with fresh_keys(), purpose("test.hsm", "test-hsm"):
        ring = Keyring(lambda: root_provider(token), make_on_first_use=True, clock=Clock())
        value = envelope.seal(b"text", 1, ring.current("test.hsm"))
        root = root_provider(token)
        version = root.generate().version
        with key_store.session(writing=True) as cursor:
            KeyWriter(cursor, Maker(root, "officers", NOW)).rotate_root(version)
        again = Keyring(lambda: root_provider(token), make_on_first_use=False, clock=Clock())
        assert envelope.open_(value, 1, again.by_id) == b"text"
        assert again.in_use_root().version == version
        root.remove(version - 1)
        last = Keyring(lambda: root_provider(token), make_on_first_use=False, clock=Clock())
        assert envelope.open_(value, 1, last.by_id) == b"text"
        wrong = Keyring(lambda: HeldRoot("test", b"x" * 16), make_on_first_use=False, clock=Clock())
        with pytest.raises(Unavailable, match=r"key\.root_wrong"):
            wrong.current("test.hsm")
