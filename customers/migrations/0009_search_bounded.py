"""A name that a thousand customers have costs no more to search than one that twenty have.

The index gives the rows that have the name; of those only as many are looked at as an answer holds, times the
records that one customer may have. Sorting comes last, over those.
"""

from django.db import migrations

BOUNDED = """
CREATE OR REPLACE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT f.id FROM (
    SELECT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
    WHERE c.name_tokens @> tokens AND panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags) LIMIT most * 8
) f ORDER BY f.id LIMIT most;
END;
"""
SORTED = """
CREATE OR REPLACE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.name_tokens @> tokens AND panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags)
ORDER BY g.id LIMIT most;
END;
"""


class Migration(migrations.Migration):
    """The function of 0006 once more."""

    dependencies = [("customers", "0008_relationship_scope")]
    operations = [migrations.RunSQL(BOUNDED, SORTED)]
