"""What the floor asks of itself: database rights, keys, audit, settings."""

from datetime import datetime, timedelta
from functools import partial

from django.core import checks
from django.db import connection
from django.utils.translation import gettext_lazy as _

from mdm.conf import conf
from security.assurance import Finding, Probe, Verdict, register
from security.audit.waiting import waiting
from security.crypto import backends
from security.crypto.holdings import unreadable
from security.crypto.keyring import keyring
from security.crypto.usage import ALARM
from security.models import DataKey
from security.models.keys import KeyState, KeyUse
from security.selectors.integrity import last_verification

_KEYS, _DATABASE, _AUDIT, _SETTINGS = _("Key management"), _("Database"), _("Audit"), _("Settings")
#: Holds keyed digests of erased customers and nothing that leads to a person; readers everywhere need it.
_DIGESTS_ONLY = "customers_erasedkey"
#: How old a verification of the log may be: one a day, and one may be missed.
_VERIFIED_WITHIN = timedelta(days=2)


_ok, _warn, _bad = (partial(Finding, verdict) for verdict in (Verdict.OK, Verdict.WARN, Verdict.BAD))


def _one(query: str, told: str | list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, [told])
        return bool(cursor.fetchone()[0])


def _role(at: datetime) -> Finding:
    """The web's role is neither a superuser nor passes row-level security by."""
    role = conf.role_name("app")
    query = "SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole) FROM pg_roles WHERE rolname = %s"
    return (
        _ok(_("The web's role has no right beyond its work."))
        if _one(query, role)
        else _bad(_("The web's role may pass row-level security by."))
    )


def _row_security(at: datetime) -> Finding:
    """Every table with a column `customer_id` or the customers themselves is secured by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relkind = 'r' AND a.attname = 'customer_id' AND NOT a.attisdropped "
            "AND (c.relname LIKE 'customers\\_%%' OR c.relname LIKE 'credentials\\_%%' "
            "OR c.relname LIKE 'special\\_info\\_%%') AND NOT c.relrowsecurity AND c.relname <> %s ORDER BY 1",
            [_DIGESTS_ONLY],
        )
        open_tables = [row[0] for row in cursor.fetchall()]
    if open_tables:
        return _bad(_("Without row-level security: %s") % ", ".join(open_tables))
    return _ok(_("Every table of a customer is secured by row."))


def _append_only(at: datetime) -> Finding:
    """Nobody of the application may change or remove an operation."""
    roles = [conf.role_name("app"), conf.role_name("engine")]
    query = (
        "SELECT bool_or(has_table_privilege(r, 'security_operationlog', 'UPDATE, DELETE, TRUNCATE')) "
        "FROM unnest(%s::text[]) r"
    )
    return (
        _bad(_("The application may change the operation log."))
        if _one(query, roles)
        else _ok(_("The operation log only grows."))
    )


def _keys_open(at: datetime) -> Finding:
    """The root key opens every key, and no row of them was changed."""
    keyring.verify()
    return _ok(_("The root key opens every key."))


def _keys_states(at: datetime) -> Finding:
    """No key that became known to others still opens values."""
    known = DataKey.objects.filter(state=KeyState.COMPROMISED).count()
    return (
        _bad(_("Compromised keys: %d; rotate them.") % known) if known else _ok(_("No key is compromised."))
    )


def _keys_worn(at: datetime) -> Finding:
    """No key comes near the number of values that it may encrypt."""
    used = KeyUse.objects.filter(used__gte=ALARM).order_by("-used").values_list("key_id", flat=True)
    worn = ", ".join(map(str, used[:10]))
    return _bad(_("Rotate the keys with these ids: %s") % worn) if worn else _ok(_("No key is worn."))


def _keys_readable(at: datetime) -> Finding:
    """What is kept as text has the format of sealed values: else nothing opens it, and no key moves it."""
    found = ", ".join(f"{place} {values}" for place, values in unreadable().items())
    if found:
        return _bad(_("Sealed values that nobody can read: %s") % found)
    return _ok(_("Every sealed value that is kept as text can be read."))


def _root(at: datetime) -> Finding:
    """Who holds the root key."""
    told = keyring.root.info()
    if told.provider == "environment":
        return _warn(_("The root key lies in the environment: for demonstrations only."))
    return _ok(_("The root key is held by: %s") % told.provider)


def _sm2(at: datetime) -> Finding:
    """Which implementation signs."""
    chosen = backends.choice()
    text = f"{chosen.name}: {chosen.reason}"
    return _ok(text) if chosen.name == "libcrypto" else _warn(text)


def _sealing(at: datetime) -> Finding:
    """Operations get their seal in time."""
    told = waiting(at)
    text = _("The oldest operation without a seal waits for %d seconds.") % int(told.seconds)
    return _bad(text) if told.alarm else _ok(text)


def _verified(at: datetime) -> Finding:
    """The log was verified lately, and nothing in it is broken."""
    last = last_verification()
    if last is None:
        return _warn(_("The operation log has never been verified."))
    if last.broken:
        return _bad(_("The last verification found broken places in the operation log: %d") % last.broken)
    if at - last.at > _VERIFIED_WITHIN:
        return _warn(_("The last verification of the operation log is older than two days."))
    return _ok(_("The last verification of the operation log found nothing broken."))


def _deployable(at: datetime) -> Finding:
    """What Django's and our own start-up checks say of these settings."""
    found = checks.run_checks(include_deployment_checks=True)
    serious = [one for one in found if one.level >= checks.ERROR]
    minor = [one for one in found if checks.WARNING <= one.level < checks.ERROR]
    told = ", ".join(str(one.id) for one in (*serious, *minor))
    if serious or (minor and conf.production):
        return _bad(_("Start-up checks: %s") % told)
    return _warn(_("Start-up checks: %s") % told) if minor else _ok(_("No start-up check complains."))


def enter() -> None:
    """Register the probes of the floor."""
    register(
        Probe("database.role", _DATABASE, _("Rights of the web's role"), _role, 3),
        Probe("database.rows", _DATABASE, _("Row-level security"), _row_security, 3),
        Probe("keys.open", _KEYS, _("Key hierarchy"), _keys_open, 3),
        Probe("keys.states", _KEYS, _("Compromised keys"), _keys_states, 3),
        Probe("keys.worn", _KEYS, _("Encryptions of a key"), _keys_worn, 2),
        Probe("keys.readable", _KEYS, _("Sealed values kept as text"), _keys_readable, 2),
        Probe("keys.root", _KEYS, _("Root key"), _root, 2),
        Probe("keys.sm2", _KEYS, _("SM2 implementation"), _sm2),
        Probe("audit.append_only", _AUDIT, _("Operation log"), _append_only, 3),
        Probe("audit.sealing", _AUDIT, _("Sealing of the operation log"), _sealing, 2),
        Probe("audit.verified", _AUDIT, _("Verification of the operation log"), _verified, 3),
        Probe("settings.checks", _SETTINGS, _("Settings"), _deployable, 2),
    )
