"""Which edition of the product this process runs: anything kept for later names it, so that an upgrade that
changes a model, a mask, a code list or a translation never meets what another edition kept."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from mdm.conf import BASE_DIR


@cache
def edition() -> str:
    """A digest of the product's own code and translations, read once a process."""
    digest = sha256()
    for path in _parts():
        digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _parts() -> list[Path]:
    """Every module of the house's apps and every compiled catalogue."""
    modules = [path for app in settings.HOUSE_APPS for path in (BASE_DIR / app).rglob("*.py")]
    return sorted([*modules, *(BASE_DIR / "locale").rglob("*.mo")])
