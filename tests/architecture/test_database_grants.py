"""What the web's database role may do to which table: few may be deleted from, registers and traces not changed."""

import pytest
from django.db import connection

from mdm.conf import conf
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
#: Never updated by the web: what only grows, keys, rules that are the operator's, Django's registers.
#: Histories come on top by their name.
NEVER_UPDATED = {
    "approvals_approvalrule",
    "auth_permission",
    "batch_rejectedrow",
    "customers_historycertificate",
    "django_content_type",
    "django_migrations",
    "mdm_lookupentry",
    "security_alertrule",
    "security_datakey",
    "security_domainkey",
    "security_dutypair",
    "security_operationlog",
    "security_reveal",
    "security_rootkey",
}
#: What is the bank's memory: never deleted by the web, whoever asks.
NEVER_DELETED = NEVER_UPDATED - {"mdm_lookupentry"} | {
    "batch_batchrow",
    "batch_customerbatch",
    "customers_accessmark",
    "customers_customer",
    "mdm_qualityissue",
    "mdm_sourcerecord",
    "security_alert",
    "security_apiclient",
    "security_breakglass",
    "security_grant",
    "security_keyceremony",
    "security_organisation",
    "security_role",
    "security_user",
}


def granted(verb: str) -> set[str]:
    """The tables on which the web's role holds a privilege, alone or through a group or everybody."""
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND has_table_privilege(%s, c.oid, %s)",
            [conf.role_name("app"), verb],
        )
        return {row[0] for row in cursor.fetchall()}


def test_the_web_makes_no_rule_of_approval() -> None:
    assert "approvals_approvalrule" not in granted("INSERT")


def histories() -> set[str]:
    return {table for table in granted("SELECT") if "_historical" in table}


def test_the_web_updates_no_trace_no_key_and_no_register() -> None:
    assert granted("UPDATE") & (NEVER_UPDATED | histories()) == set()
    assert len(histories()) >= 9
    assert granted("SELECT") >= NEVER_UPDATED


def test_the_web_deletes_nothing_that_is_memory() -> None:
    facets = {table.replace("_historical", "_") for table in histories()}

    assert granted("DELETE") & (NEVER_DELETED | histories() | facets) == set()


def test_the_web_empties_no_table_and_owns_none() -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tableowner = %s", [conf.role_name("app")])
        assert cursor.fetchall() == []
    assert granted("TRIGGER") == set()
    assert granted("TRUNCATE") & (NEVER_DELETED | histories()) == set()
