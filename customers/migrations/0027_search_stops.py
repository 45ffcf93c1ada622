"""A search by name stops at the last customer that its answer holds.

What 0009 looked at was eight times an answer. And where the reader sees hardly any of those who have the name, the
branches that it sees are asked of the index too, which otherwise takes longer: nearly everybody is in a large branch.
"""

from django.db import migrations

#: `through` are golden customers found by the name of one that was merged into them: only these may come twice. Who
#: was merged bears the branches, tags and protection of all (`customers.models.derived`).
STOPS = """
CREATE OR REPLACE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    scope CONSTANT text := coalesce(current_setting('panorama.scope', true), '');
    orgs CONSTANT integer[] := coalesce(nullif(current_setting('panorama.orgs', true), ''), '{}');
    plain CONSTANT boolean := scope IN ('', '*') AND NOT 0 = ANY (orgs);
    found bigint[] := '{}';
    through bigint[] := '{}';
    looked integer := 0;
    one record;
BEGIN
    FOR one IN
        SELECT coalesce(c.golden_id, c.id) AS id, c.golden_id IS NOT NULL AS merged,
            panorama_sees(coalesce(c.golden_id, c.id), c.org_path, c.guarded, c.scope_tags) AS seen
        FROM customers_customer c WHERE c.name_tokens @> tokens
    LOOP
        looked := looked + 1;
        IF one.seen AND one.id <> ALL (CASE WHEN one.merged THEN found ELSE through END) THEN
            found := found || one.id;
            IF one.merged THEN
                through := through || one.id;
            END IF;
        END IF;
        EXIT WHEN cardinality(found) >= most OR (plain AND looked >= most * 16);
    END LOOP;
    IF plain AND looked >= most * 16 AND cardinality(found) < most THEN
        RETURN QUERY SELECT DISTINCT f.id FROM (
            SELECT coalesce(c.golden_id, c.id) AS id FROM customers_customer c
            WHERE c.name_tokens @> tokens AND c.org_path && orgs
            AND panorama_sees(coalesce(c.golden_id, c.id), c.org_path, c.guarded, c.scope_tags) LIMIT most * 8
        ) f ORDER BY f.id LIMIT most;
    ELSE
        RETURN QUERY SELECT f.id FROM unnest(found) AS f(id) ORDER BY f.id;
    END IF;
END $$;
"""
BOUNDED = """
CREATE OR REPLACE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT f.id FROM (
    SELECT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
    WHERE c.name_tokens @> tokens AND panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags) LIMIT most * 8
) f ORDER BY f.id LIMIT most;
END;
"""


class Migration(migrations.Migration):
    """The function of 0009 once more."""

    dependencies = [("customers", "0026_sees")]
    operations = [migrations.RunSQL(STOPS, BOUNDED)]
