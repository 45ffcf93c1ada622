"""Who else is told of by an issue that two customers share."""

import pytest
from django.db import connection

from customers.rules.contact import SHARED_PHONE
from mdm.quality.issues import _SHARING
from tests.support.database_roles import database_role

#: An analysis that came before the first rows were committed holds the table for empty, whatever comes after.
_HELD_FOR_EMPTY = (
    "SELECT pg_restore_relation_stats("
    "'schemaname', 'public', 'relname', %s, 'relpages', 1000::int, 'reltuples', 0::real)"
)


@pytest.mark.django_db
def test_who_shares_a_value_is_found_by_its_digest_whatever_the_statistics_say() -> None:
    told = {**SHARED_PHONE.params(), "hit": list(range(200)), "known": list(range(5000)), "code": "U02"}
    with database_role("owner"), connection.cursor() as cursor:
        for table in ("mdm_lookupentry", "mdm_qualityissue"):
            cursor.execute(_HELD_FOR_EMPTY, [table])
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table is empty indeed: it has no pages
        cursor.execute("EXPLAIN " + _SHARING, told)
        plan = [row[0] for row in cursor.fetchall()]

    assert [line for line in plan if "Index Cond: ((digest = " in line], plan
    assert not [line for line in plan if "Join Filter" in line], plan
