"""What may erase a customer: one function of the owner's, for the engine only, that the log and a tombstone bind."""

from django.db import migrations

from mdm.conf import conf
from security.access import policies

#: Tables that name a customer and stay: evidence about staff, which holds no value of the customer; tombstones.
KEPT = (
    "approvals_changerequest",
    "customers_erasedkey",
    "customers_tombstone",
    "security_alert",
    "security_operationlog",
    "security_reveal",
)

#: Deletes every row about the customers in every table that has a `customer_id`, so that a table which is added
#: later is not forgotten; what stays is listed. Digests of source keys stay in the lookup index: they hold their
#: place against a load under way. Refuses where this very transaction has not logged the erasure, or has left no
#: tombstone.
ERASE = f"""
CREATE FUNCTION panorama_erase(ids bigint[]) RETURNS TABLE (name text, gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM security_operationlog
        WHERE tx = panorama_log_tx() AND action = 'customer.erase' AND customer_id = ANY(ids)
    ) OR EXISTS (
        SELECT FROM unnest(ids) AS i(id) WHERE NOT EXISTS (SELECT FROM customers_tombstone t WHERE t.customer_id = i.id)
    ) THEN
        RAISE EXCEPTION 'an erasure is logged and leaves a tombstone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR held IN
        SELECT c.relname::text AS relname, bool_or(a.attname = 'other_id') AS paired
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        AND c.relname <> ALL ('{{{",".join(KEPT)}}}')
        GROUP BY c.relname HAVING bool_or(a.attname = 'customer_id') ORDER BY c.relname
    LOOP
        name := held.relname;
        EXECUTE format('DELETE FROM %I WHERE customer_id = ANY($1)', held.relname)
            || CASE WHEN held.paired THEN ' OR other_id = ANY($1)' ELSE '' END
            || CASE WHEN held.relname = 'mdm_lookupentry' THEN ' AND kind <> 1' ELSE '' END USING ids;
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN NEXT;
    END LOOP;
    DELETE FROM customers_historicalcustomer WHERE id = ANY(ids);
    GET DIAGNOSTICS gone = ROW_COUNT;
    name := 'customers_historicalcustomer';
    RETURN NEXT;
    DELETE FROM customers_customer WHERE id = ANY(ids);
    GET DIAGNOSTICS gone = ROW_COUNT;
    name := 'customers_customer';
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION panorama_erase(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION panorama_erase(bigint[]) TO "{conf.role_name("engine")}";
"""
DROP = "DROP FUNCTION IF EXISTS panorama_erase(bigint[]);"


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_erasure"), ("security", "0007_audit_seals")]
    operations = [
        migrations.RunSQL(
            policies.enable("customers_tombstone", "panorama_in_scope(org_path)"),
            policies.disable("customers_tombstone"),
        ),
        *(
            migrations.RunSQL(sql(table), undo(table))
            for table in ("customers_tombstone", "customers_erasedkey")
            for sql, undo in ((policies.append_only, policies.writable), (policies.read_only, policies.restored))
        ),
        migrations.RunSQL(ERASE, DROP),
    ]
