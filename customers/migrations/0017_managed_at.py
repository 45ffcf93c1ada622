"""At which branch a possible duplicate out of the reader's reach is managed: all that is told of it (domain 5.2)."""

from django.db import migrations

MANAGED = """
CREATE FUNCTION panorama_managed_at(ids bigint[]) RETURNS TABLE (id bigint, branch varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT c.id, o.code FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
JOIN security_organisation o ON o.id = g.org_id WHERE c.id = ANY(ids) AND g.guarded = '{}';
END;
"""
DROP = "DROP FUNCTION IF EXISTS panorama_managed_at(bigint[]);"


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_saved_view")]
    operations = [migrations.RunSQL(MANAGED, DROP)]
