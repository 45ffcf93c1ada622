"""Settings that are wrong are named before anything starts."""

from pathlib import Path

import pytest

from mdm.checks import problems, transport
from mdm.conf import Conf


def settings(**environ: str) -> Conf:
    return Conf({f"PANORAMA_{name}": value for name, value in environ.items()}, Path("/nonexistent"))


def test_a_fresh_checkout_needs_no_variable() -> None:
    assert problems(settings()) == []


@pytest.mark.parametrize(
    ("environ", "number"),
    [
        ({"ENV": "staging"}, "mdm.E001"),
        ({"DB_ROLE": "root"}, "mdm.E002"),
        ({"ENV": "production", "ALLOWED_HOSTS": "bank.example"}, "mdm.E003"),
        ({"ENV": "production", "ALLOWED_HOSTS": "bank.example", "SECRET_KEY": "short"}, "mdm.E003"),
        ({"ENV": "production", "SECRET_KEY": "x" * 50}, "mdm.E004"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], number: str) -> None:
    assert [problem.id for problem in problems(settings(**environ))] == [number]


def test_production_with_everything_set_is_fine() -> None:
    assert problems(settings(ENV="production", SECRET_KEY="x" * 50, ALLOWED_HOSTS="bank.example")) == []


AWAY = {
    "ENV": "production", "DB_HOST": "db1.bank.example,db2.bank.example", "VALKEY_URL": "rediss://v.bank.example",
    "S3_ENDPOINT": "https://s3.bank.example", "S3_ACCESS_KEY": "app", "AUDIT_S3_ACCESS_KEY": "sealer",
}  # fmt: skip


def away(ssl: str = "verify-full", **other: str) -> list[str]:
    told = settings(**{**AWAY, **other})
    return [str(one.id) for one in transport(Conf({**told.environ, "PGSSLMODE": ssl}, told.var))]


def test_a_deployment_over_protected_ways_is_fine_and_so_is_one_machine() -> None:
    assert away() == []
    assert away(DB_HOST="/run/postgresql", VALKEY_URL="unix:///run/valkey.sock", ssl="") == []
    assert (
        away(
            DB_HOST="127.0.0.1",
            VALKEY_URL="redis://127.0.0.1:6379/0",
            S3_ENDPOINT="http://[::1]:8333",
            ssl="",
        )
        == []
    )


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"ssl": ""}, ["mdm.E005"]),
        ({"ssl": "prefer"}, ["mdm.E005"]),
        ({"ssl": "require"}, ["mdm.E005"]),
        ({"ssl": "", "DB_HOST": "/run/postgresql,db2.bank.example"}, ["mdm.E005"]),
        ({"VALKEY_URL": "redis://v.bank.example:6379/0"}, ["mdm.E006"]),
        ({"S3_ENDPOINT": "http://s3.bank.example"}, ["mdm.E007", "mdm.E007"]),
        ({"AUDIT_S3_ENDPOINT": "http://worm.bank.example"}, ["mdm.E007"]),
        ({"AUDIT_S3_ACCESS_KEY": "app"}, ["mdm.W001"]),
        ({"AUDIT_S3_ACCESS_KEY": ""}, ["mdm.W001"]),
    ],
)
def test_what_crosses_the_network_unprotected_is_named(other: dict[str, str], found: list[str]) -> None:
    assert away(**other) == found


def test_checkpoints_are_kept_by_the_account_that_is_named_for_them() -> None:
    told = settings(
        S3_ACCESS_KEY="app", S3_SECRET_KEY="a", AUDIT_S3_ACCESS_KEY="sealer", AUDIT_S3_SECRET_KEY="b"
    )
    assert (told.audit_s3["access_key"], told.audit_s3["secret_key"]) == ("sealer", "b")
    assert told.audit_s3["endpoint"] == told.s3["endpoint"]
    assert settings(S3_ACCESS_KEY="app").audit_s3["access_key"] == "app"
