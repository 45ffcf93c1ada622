"""Functions that run as the owner look names up where the web's role can put nothing: its temporary objects come last."""

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from security.access.policies import OWNERS_PATH
from security.access.scope import SETTING
from security.models import Organisation
from tests.support.database_roles import database_role

if TYPE_CHECKING:
    from tests.security.access.conftest import Population

pytestmark = pytest.mark.django_db
#: Tells as whom it runs: called by what stands in for a table or a type, it would be the owner.
_STOLEN = """
CREATE FUNCTION pg_temp.stolen(anything anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'run as %', current_user;
END $$;
"""
#: What the web's role may make for itself, under the names that the functions use.
HIJACKS = {
    "a type": "CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (pg_temp.stolen(VALUE));",
    "a table": "CREATE VIEW pg_temp.customers_customer AS SELECT c.* FROM public.customers_customer c "
    "WHERE pg_temp.stolen(c.id);",
}
#: A plan of a function lasts as long as its session; to touch it has it made anew.
_AFRESH = """
ALTER FUNCTION panorama_search(bigint[], integer) COST 101;
ALTER FUNCTION panorama_specially(bigint, integer[], text[], text[]) COST 101;
"""


def say(code: str) -> None:
    """A reader with filters, who sees one branch: the policies ask `panorama_specially` of each customer."""
    told = (SETTING, f"{{{Organisation.objects.get(code=code).pk}}}")
    nothing = ("panorama.scope", '{"rights": [], "opened": [], "closed": []}')
    with connection.cursor() as cursor:
        for name, value in (told, nothing):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def found() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT panorama_search('{}', 50)")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("what", HIJACKS)
def test_what_the_web_makes_for_itself_is_not_run_as_the_owner(population: "Population", what: str) -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(_AFRESH)
    say("1100")
    with connection.cursor() as cursor:
        cursor.execute(_STOLEN + HIJACKS[what])
        cursor.execute("GRANT EXECUTE ON FUNCTION pg_temp.stolen(anyelement) TO PUBLIC")

    assert found() == {population.ids[code] for code in ("1100", "1110", "1111")}


def test_the_web_makes_no_schema_and_nothing_in_ours() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'), has_schema_privilege('public', 'CREATE')"
        )
        assert cursor.fetchone() == (False, False)


def test_a_function_made_without_it_is_given_the_path() -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION panorama_new() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public "
            "RETURN 1"
        )
        cursor.execute(OWNERS_PATH)
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'panorama_new'")
        assert cursor.fetchone() == (["search_path=public, pg_temp"],)


def test_what_else_a_bank_keeps_in_the_schema_stays_as_it_is() -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pooled_user() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog "
            "RETURN 1"
        )
        cursor.execute("CREATE PROCEDURE panorama_kept() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        cursor.execute(OWNERS_PATH)
        cursor.execute(
            "SELECT proconfig FROM pg_proc WHERE proname IN ('pooled_user', 'panorama_kept') ORDER BY 1"
        )
        assert cursor.fetchall() == [(["search_path=pg_catalog"],), (None,)]
