"""The key agent: sealed at first, opened by shares, asked by many, and never giving the root key itself."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mdm.conf import Conf
from mdm.errors import Invalid, ServiceError, Unavailable
from security.crypto import envelope
from security.crypto.agent import ANSWERS, KeyAgent
from security.crypto.agent_client import AgentClient, agent_root
from security.crypto.algorithms import WrongTag
from security.crypto.keyring import RECHECK, Keyring
from security.crypto.providers import root_provider
from security.crypto.root_file import make_root_file, make_shared_root_file
from security.crypto.shares import Share, read_share
from security.crypto.vault import PATIENCE, Vault
from tests.security.crypto.rings import Clock, fresh_keys, purpose

HOLDERS = ["wang", "li", "zhao", "sun", "zhou"]


class Running:
    """An agent that serves in this process, its shares, and the configuration that names it."""

    def __init__(self, folder: Path) -> None:
        self.file, self.place, self.clock = folder / "root", folder / "s" / "keys", Clock()
        self.shares = [share.text() for share in make_shared_root_file(self.file, 3, HOLDERS)]
        self.agent = KeyAgent(self.place, Vault(self.file, self.clock))
        self.client = AgentClient(self.place)
        self.conf = Conf(
            {"PANORAMA_ROOT_KEY_PROVIDER": "agent", "PANORAMA_KEY_AGENT_SOCKET": str(self.place)}, folder
        )
        self._thread = threading.Thread(target=self.agent.serve_forever, args=[0.02])
        self._thread.start()

    def open(self) -> None:
        for text in self.shares[:3]:
            self.client.ask("share", text=text)

    def stop(self) -> None:
        self.agent.shutdown()
        self._thread.join()
        self.agent.server_close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path)
    yield started
    started.stop()


def refusal_of(client: AgentClient, op: str, **told: object) -> str:
    with pytest.raises(ServiceError) as refusal:
        client.ask(op, **told)
    return refusal.value.code


def test_it_starts_sealed_and_opens_nothing(running: Running) -> None:
    told = running.client.status()
    assert (told["sealed"], told["needed"], told["given"], told["versions"]) == (True, 3, [], [])
    with pytest.raises(Unavailable, match=r"key\.sealed"):
        root_provider(running.conf)
    assert refusal_of(running.client, "wrap", version=1, key="00" * 16, bound="") == "key.sealed"
    assert refusal_of(running.client, "add") == "key.sealed"


def test_two_shares_are_not_enough_and_the_same_one_counts_once(running: Running) -> None:
    for text in (running.shares[4], running.shares[0], running.shares[0], running.shares[4]):
        told = running.client.ask("share", text=text)
    assert (told["sealed"], told["given"]) == (True, [1, 5])
    assert running.client.ask("share", text=running.shares[2])["sealed"] is False
    assert root_provider(running.conf).info().version == 1


def test_a_wrong_share_is_named_and_does_not_count(running: Running) -> None:
    right = read_share(running.shares[1])
    running.client.ask("share", text=running.shares[0])
    forged = Share(right.needed, right.number, right.seal, os.urandom(16)).text()
    with pytest.raises(Invalid) as refusal:
        running.client.ask("share", text=forged)
    assert refusal.value.code == "key.share_wrong"
    assert "2" in str(refusal.value.message)
    slipped = forged[:-1] + ("B" if forged[-1] == "A" else "A")
    assert refusal_of(running.client, "share", text=slipped) == "key.share_unreadable"
    assert running.client.status()["given"] == [1]
    assert refusal_of(running.client, "passphrase", text="long enough words") == "key.share_needed"


def test_shares_that_were_not_enough_are_forgotten(running: Running) -> None:
    running.client.ask("share", text=running.shares[0])
    running.client.ask("share", text=running.shares[1])
    running.clock.seconds += PATIENCE + 1
    told = running.client.ask("share", text=running.shares[2])
    assert (told["sealed"], told["given"]) == (True, [3])


def test_many_processes_wrap_unwrap_and_authenticate_through_it(running: Running) -> None:
    running.open()
    here, there = agent_root(running.conf), agent_root(running.conf)
    wrapped = here.wrap(b"k" * 16, b"bound")
    assert there.unwrap(wrapped, b"bound") == b"k" * 16
    with pytest.raises(WrongTag):
        there.unwrap(wrapped, b"other")
    assert here.macs([b"a", b"b"]) == [there.mac(b"a"), there.mac(b"b")]
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: there.unwrap(wrapped, b"bound"), range(64)))
    assert found == {b"k" * 16}


def test_nothing_that_can_be_asked_gives_the_root_key(running: Running) -> None:
    running.open()
    vault = running.agent.vault
    keys = {key.hex() for _version, key in vault.opened()._opened()}
    told = {
        "text": running.shares[0], "version": 1, "key": "00" * 16, "wrapped": "00" * 44, "bound": "", "data": ["00"],
    }  # fmt: skip
    answers = [running.agent.answer({"op": op, **told}) for op in ANSWERS if op not in ("seal", "remove")]
    assert len(answers) == len(ANSWERS) - 2
    assert not any(key in json.dumps(answers) for key in keys)


def test_a_new_version_is_made_inside_and_found_by_others(running: Running) -> None:
    running.open()
    here, there = agent_root(running.conf), agent_root(running.conf)
    assert here.generate().version == 2
    assert there.at(2).unwrap(here.wrap(b"k" * 16, b""), b"") == b"k" * 16
    here.remove(1)
    assert here.at(1).info().version == 2


@pytest.mark.parametrize(
    "line", [b"\n", b"not json\n", b"[]\n", b"{}\n", b'{"op": "root"}\n', b'{"op": "wrap", "version": "x"}\n']
)
def test_what_it_cannot_read_is_refused_and_it_goes_on(running: Running, line: bytes) -> None:
    running.open()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(running.place))
        connection.sendall(line)
        answer = json.loads(connection.makefile("rb").readline())
    assert answer["refused"] in ("agent.question", "key.root_wrong")
    assert running.client.status()["sealed"] is False


def test_its_socket_is_for_this_user_only(running: Running) -> None:
    assert running.place.stat().st_mode & 0o777 == 0o600
    assert running.place.parent.stat().st_mode & 0o777 == 0o700


def test_another_user_is_sent_away(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    monkeypatch.setattr("security.crypto.agent._user_of", lambda connection: os.geteuid() + 1)
    assert refusal_of(running.client, "status") == "key.agent_down"


def test_without_an_agent_it_is_said_which_command_starts_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        AgentClient(tmp_path / "nobody").status()
    assert refusal.value.code == "key.agent_down"
    assert "keys agent" in str(refusal.value.message)


def test_a_file_sealed_by_a_passphrase_is_opened_by_one_person(tmp_path: Path) -> None:
    make_root_file(tmp_path / "root", "long enough words")
    clock = Clock()
    vault = Vault(tmp_path / "root", clock)
    for wait in (1.0, 2.0, 4.0):
        with pytest.raises(Unavailable, match=r"key\.root_wrong"):
            vault.give_passphrase("long enough wordz")
        clock.seconds += wait - 0.1
        for secret in ("long enough wordz", "long enough words"):
            with pytest.raises(Unavailable, match=r"key\.unseal_later"):
                vault.give_passphrase(secret)
        clock.seconds += 0.1
    assert vault.sealed
    assert vault.give_passphrase("long enough words")["sealed"] is False


@pytest.mark.django_db
def test_a_keyring_over_the_agent_works_and_drops_its_keys_once_it_is_sealed(running: Running) -> None:
    """Two processes as two keyrings; both see the seal within the time of a look, not the life of a snapshot."""
    with fresh_keys(), purpose("test.agent", "test-agent"):
        clock = Clock()
        running.open()
        rings = [
            Keyring(lambda: agent_root(running.conf), make_on_first_use=True, clock=clock) for _ in range(2)
        ]
        sealed = envelope.seal(b"text", 1, rings[0].current("test.agent"))
        assert envelope.open_(sealed, 1, rings[1].by_id) == b"text"
        running.client.ask("seal")
        clock.seconds += RECHECK + 0.1
        for ring in rings:
            with pytest.raises(Unavailable, match=r"key\.sealed"):
                ring.current("test.agent")
            with pytest.raises(Unavailable, match=r"key\.sealed"):
                envelope.open_(sealed, 1, ring.by_id)
        running.open()
        assert envelope.open_(sealed, 1, rings[1].by_id) == b"text"


def test_users_that_are_named_may_ask_and_only_keepers_change_versions(running: Running) -> None:
    """Another user than root's needs a process of its own: what the kernel tells is handed over here."""
    running.open()
    agent = running.agent
    agent.users, agent.keepers = {0, 4001, 4002}, {0, 4002}
    for op in ("add", "remove", "seal"):
        assert agent.answer({"op": op, "version": 1}, 4001)["refused"] == "agent.keeper"
    assert len(agent.answer({"op": "status"}, 4001)["ok"]["versions"]) == 1
    assert "ok" in agent.answer({"op": "add"}, 4002)
    assert len(running.client.status()["versions"]) == 2


def test_a_socket_for_others_is_open_to_its_group_and_nobody_else(tmp_path: Path) -> None:
    make_root_file(tmp_path / "root", "long enough words")
    for users, folder, mode in (((), "own", 0o600), ((4001,), "shared", 0o660)):
        with KeyAgent(tmp_path / folder / "keys", Vault(tmp_path / "root"), users) as agent:
            place = tmp_path / folder / "keys"
            assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o007) == (mode, 0)
            assert agent.users == {os.geteuid(), 0, *users}


def test_a_process_of_another_user_is_refused_until_it_is_named(running: Running) -> None:
    if os.geteuid() != 0:
        assert running.agent.users == {os.geteuid(), 0}
        return
    script = (
        "import contextlib, os, socket, sys\nos.setuid(4001)\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
        "with contextlib.suppress(ConnectionError):\n"
        '    s.sendall(b\'{"op": "status"}\\n\')\n'
        "    sys.stdout.buffer.write(s.makefile('rb').readline())"
    )
    open_way(running.place)

    def told() -> bytes:
        done = subprocess.run(
            [sys.executable, "-c", script, str(running.place)], capture_output=True, check=True
        )
        return done.stdout

    assert told() == b""
    running.agent.users = running.agent.users | {4001}
    assert b"sealed" in told()


def open_way(place: Path) -> None:
    """Let other users reach the socket, so that only the agent itself refuses them."""
    place.chmod(0o666)
    for folder in place.parents:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o711)
