"""The product's own settings: one frozen, typed object read once from the environment.

Every variable is named `PANORAMA_…`. What the environment leaves out comes from the file that
`services up` writes for the embedded services (`<var>/run/services.json`), so that a fresh
checkout needs no variable at all. Django's own settings are derived from this in `mdm/settings.py`.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

BASE_DIR = Path(__file__).resolve().parent.parent

Environment = Literal["development", "test", "production"]
DatabaseRole = Literal["owner", "app", "engine"]
#: The database roles, in the order in which they are created (`mdm.embedded`, deploy/).
DATABASE_ROLES: tuple[DatabaseRole, ...] = ("owner", "app", "engine")


def usable_var(wanted: Path = BASE_DIR / "var") -> Path:
    """The folder of everything embedded: `wanted`, or one in /var/tmp where others cannot reach it.

    As root the database server runs under another uid, which cannot enter root's home or a
    private temporary folder; no existing mode is changed, another place is taken instead.
    """
    if os.geteuid() != 0 or _reachable(wanted):
        return wanted
    return Path("/var/tmp") / f"panorama-{_fingerprint(wanted)}"  # noqa: S108 (checked by mdm.embedded)


def _reachable(folder: Path) -> bool:
    """Whether every folder on the way, as far as it exists, lets another user pass."""
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents) if one.exists())


def _fingerprint(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Conf:
    """What the environment decides, read through `Conf.from_environment`."""

    environ: Mapping[str, str]
    var: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Conf":
        wanted = Path(environ.get("PANORAMA_VAR") or BASE_DIR / "var").absolute()
        return cls(dict(environ), usable_var(wanted))

    @cached_property
    def services(self) -> dict[str, str]:
        """What the embedded services told of themselves; empty where none were started."""
        path = self.var / "run" / "services.json"
        return cast(dict[str, str], json.loads(path.read_text())) if path.exists() else {}

    def get(self, name: str, default: str = "") -> str:
        """The setting `name` (`PANORAMA_` left out): environment, then embedded services, then default."""
        return self.environ.get(f"PANORAMA_{name}") or self.services.get(name, default)

    @property
    def environment(self) -> Environment:
        return cast(Environment, self.get("ENV", "development"))

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def database_role(self) -> DatabaseRole:
        """Which of the three database roles this process connects as."""
        return cast(DatabaseRole, self.get("DB_ROLE", "app"))

    def role_name(self, role: DatabaseRole) -> str:
        """The name of a role inside PostgreSQL."""
        return f"{self.get('DB_ROLE_PREFIX', 'panorama')}_{role}"

    @property
    def database(self) -> dict[str, str]:
        """Connection of this process's role: several hosts separated by commas are allowed."""
        return {
            "host": self.get("DB_HOST", "127.0.0.1"),
            "port": self.get("DB_PORT", "5432"),
            "name": self.get("DB_NAME", "panorama"),
            "user": self.role_name(self.database_role),
            "password": self.get(f"DB_PASSWORD_{self.database_role.upper()}"),
        }

    @property
    def valkey_url(self) -> str:
        return self.get("VALKEY_URL", "redis://127.0.0.1:6379/0")

    @property
    def s3(self) -> dict[str, str]:
        return {
            "endpoint": self.get("S3_ENDPOINT", "http://127.0.0.1:8333"),
            "access_key": self.get("S3_ACCESS_KEY"),
            "secret_key": self.get("S3_SECRET_KEY"),
            "bucket": self.get("S3_BUCKET", "panorama"),
        }

    @property
    def audit_bucket(self) -> str:
        """The bucket of checkpoints of the operation log; apart, because its objects are locked."""
        return self.get("AUDIT_BUCKET", f"{self.s3['bucket']}-audit")

    @property
    def audit_s3(self) -> dict[str, str]:
        """The account that keeps checkpoints: the sealer's own, which may write and not delete; where none is
        named, the application's."""
        names = ("endpoint", "access_key", "secret_key")
        return {name: self.get(f"AUDIT_S3_{name.upper()}", self.s3[name]) for name in names}

    @property
    def audit_retention_days(self) -> int:
        """Days for which a checkpoint cannot be deleted by anybody (six months: Cybersecurity Law, art. 21)."""
        return int(self.get("AUDIT_RETENTION_DAYS", "183"))

    @property
    def audit_log_id(self) -> str:
        """The operation log that must be in the database; empty where any is taken."""
        return self.get("AUDIT_LOG_ID")

    @property
    def retention_years(self) -> int:
        """Years for which a customer's data is kept after the relation has ended (anti-money-laundering law: 10)."""
        return int(self.get("RETENTION_YEARS", "10"))

    @property
    def credential_grace_days(self) -> int:
        """Days after the end of a document in which the customer may still bring a new one before it is restricted."""
        return int(self.get("CREDENTIAL_GRACE_DAYS", "90"))

    @property
    def aml_grace_days(self) -> int:
        """Days after the night that found anti-money-laundering elements missing in which they may still be told."""
        return int(self.get("AML_GRACE_DAYS", "90"))

    @property
    def reverification_days(self) -> int:
        """Days after the last check of its documents from which a customer counts as not verified again."""
        return int(self.get("REVERIFICATION_DAYS", "1095"))

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Networks (CIDR) of proxies whose word on the caller's address counts; `unix` for a Unix socket."""
        return tuple(name.strip() for name in self.get("TRUSTED_PROXIES").split(",") if name.strip())

    @property
    def load_workers(self) -> int:
        """How many processes share the loading of a large file: one for each core this process may use."""
        return max(1, int(self.get("LOAD_WORKERS") or len(os.sched_getaffinity(0))))

    @property
    def secret_key(self) -> str:
        """Django's signing key: required in production, made by `services up` elsewhere."""
        return self.get("SECRET_KEY") or ("" if self.production else "development-only-" + "0" * 40)

    @property
    def allowed_hosts(self) -> list[str]:
        hosts = self.get("ALLOWED_HOSTS", "" if self.production else "127.0.0.1,localhost,[::1]")
        return [host for host in hosts.split(",") if host]

    @property
    def time_zone(self) -> str:
        return self.get("TIME_ZONE", "Asia/Shanghai")


conf = Conf.from_environment()
