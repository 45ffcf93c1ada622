"""The start-up checks name the SM2 backend, and refuse a root key in clear in production."""

from pathlib import Path

import pytest

from mdm.conf import Conf
from security import checks
from security.crypto import backends


def test_the_backend_in_use_is_named() -> None:
    (message,) = checks.sm2_backend(None)
    assert message.id == {"libcrypto": "security.I001", "gmssl": "security.W001"}[backends.choice().name]
    assert backends.choice().name in message.msg
    assert backends.choice().reason in message.msg


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, []),
        ({"ENV": "production"}, ["security.E012"]),
        ({"ENV": "production", "ROOT_PASSPHRASE": "x"}, []),
        ({"ENV": "production", "ROOT_PASSPHRASE_FILE": "/run/secret"}, []),
        ({"ENV": "production", "ROOT_KEY_PROVIDER": "environment"}, ["security.E011"]),
        ({"ROOT_KEY_PROVIDER": "cloud"}, ["security.E010"]),
    ],
)
def test_root_key_providers(environ: dict[str, str], found: list[str]) -> None:
    conf = Conf({f"PANORAMA_{name}": value for name, value in environ.items()}, Path("/nowhere"))
    assert [problem.id for problem in checks.provider_problems(conf)] == found


def test_this_environment_has_no_problem() -> None:
    assert checks.root_key_provider(None) == []
