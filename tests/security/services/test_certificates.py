"""A system signs with the key of its SM2 certificate, as `openssl` makes it, as long as that holds."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from mdm.errors import Invalid
from security.crypto.backends import Sm2Key
from security.models import ClientKey
from security.services import client_proof
from tests.factories.security import client_system, everything
from tests.support.signing import Sent

pytestmark = [pytest.mark.django_db, pytest.mark.openssl]


def openssl(folder: Path, *told: str) -> bytes:
    return subprocess.run(["openssl", *told], cwd=folder, check=True, capture_output=True).stdout


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Sm2Key, str]:
    """A key pair and its certificate."""
    openssl(tmp_path, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "key.pem")
    openssl(
        tmp_path, "req", "-new", "-x509", "-key", "key.pem", "-sm3", "-days", "30", "-subj", "/CN=core",
        "-sigopt", "distid:1234567812345678", "-out", "certificate.pem",
    )  # fmt: skip
    point = openssl(tmp_path, "ec", "-in", "key.pem", "-pubout", "-outform", "DER")[-64:]
    told = openssl(tmp_path, "ec", "-in", "key.pem", "-outform", "DER")
    private = told[told.index(b"\x04\x20") + 2 :][:32]
    return Sm2Key(private, point), (tmp_path / "certificate.pem").read_text()


def test_a_request_signed_with_it_is_accepted(certified: tuple[Sm2Key, str]) -> None:
    pair, certificate = certified
    client_system("core-bank")
    client_proof.add_public_key(everything(), "core-bank", "c1", certificate, at=timezone.now())
    held = ClientKey.objects.get()
    assert bytes(held.public_key or b"") == pair.public
    assert held.valid_to is not None
    assert timedelta(days=29) < held.valid_to - timezone.now() <= timedelta(days=30)
    assert Sent(key="c1").signed(pair).send().told == (200, "")
    ClientKey.objects.update(valid_to=timezone.now())
    assert Sent(key="c1").signed(pair).send().status == 401


def test_one_that_is_over_or_none_at_all_is_refused(certified: tuple[Sm2Key, str]) -> None:
    client_system("core-bank")
    later = timezone.now() + timedelta(days=31)
    for told, at in (
        (certified[1], later),
        (certified[1][:200], timezone.now()),
        ("-----BEGIN", timezone.now()),
    ):
        with pytest.raises(Invalid, match=r"client\.public_key"):
            client_proof.add_public_key(everything(), "core-bank", "c1", told, at=at)
    assert not ClientKey.objects.exists()
