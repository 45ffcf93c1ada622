"""Which of the customers asked for are protected and out of the reader's reach: what alarms are raised about."""

from django.db import migrations

PROTECTED = """
CREATE FUNCTION panorama_protected(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.id = ANY(ids) AND g.guarded <> '{}' AND NOT panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags);
END;
CREATE FUNCTION panorama_protected_by(kinds smallint[], digests bytea[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT panorama_protected(ARRAY(
    SELECT l.customer_id FROM unnest(kinds, digests) AS w(kind, digest)
    JOIN mdm_lookupentry l ON l.digest = w.digest AND l.kind = w.kind LIMIT 100));
END;
"""
DROP = """
DROP FUNCTION IF EXISTS panorama_protected_by(smallint[], bytea[]);
DROP FUNCTION IF EXISTS panorama_protected(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_key_versions"), ("mdm", "0006_key_versions")]
    operations = [migrations.RunSQL(PROTECTED, DROP)]
