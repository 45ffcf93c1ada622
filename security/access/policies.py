"""The SQL of the second line of defence: row-level security, append-only tables, search inside the scope.

Called by migrations, which run as the owner. `engine` bypasses row-level security (an attribute of
the role); the lookup index is exempt, since it holds digests only (design section 5).
"""

from mdm.conf import conf

IN_SCOPE = """
CREATE OR REPLACE FUNCTION panorama_in_scope(path integer[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN path && coalesce(nullif(current_setting('panorama.orgs', true), ''), '{}')::integer[];
"""

DROP_IN_SCOPE = "DROP FUNCTION IF EXISTS panorama_in_scope(integer[]);"

#: Whether one right of `told` with filters or protection, or an exception, reaches a customer: the twin of
#: `Right.covers` (`security.access.rights`). SEES is the whole decision: branches first, which is all that
#: nearly everybody has; `*` where protection does not count; else what `special_setting` tells. That stands in a
#: function of its own, which is not inlined: PostgreSQL sets up the whole condition for every table of a statement.
#: Its type is named in full: a temporary type of the web's role would be found first.
SEES = """
CREATE OR REPLACE FUNCTION panorama_narrowly(
    customer bigint, path integer[], guarded text[], tags text[], told jsonb
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN told->'opened' @> to_jsonb(customer) OR EXISTS (
    SELECT FROM jsonb_array_elements(told->'rights') AS r(held)
    WHERE path && ARRAY(SELECT o::integer FROM jsonb_array_elements_text(held->'orgs') AS e(o))
    AND (held->'guarded' @> '"*"' OR guarded <@ ARRAY(SELECT jsonb_array_elements_text(held->'guarded')))
    AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(held->'tags') AS t(any_of)
        WHERE NOT tags && ARRAY(SELECT jsonb_array_elements_text(any_of))
    )
);
CREATE OR REPLACE FUNCTION panorama_specially(customer bigint, path integer[], guarded text[], tags text[])
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    told CONSTANT pg_catalog.jsonb := current_setting('panorama.scope');
BEGIN
    RETURN (
        (guarded = '{}' AND public.panorama_in_scope(path))
        OR public.panorama_narrowly(customer, path, guarded, tags, told)
    ) AND NOT (told->'closed' @> to_jsonb(customer));
END $$;
CREATE OR REPLACE FUNCTION panorama_sees(customer bigint, path integer[], guarded text[], tags text[])
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN coalesce(current_setting('panorama.scope', true), '') IN ('', '*')
    THEN (guarded = '{}' OR current_setting('panorama.scope', true) = '*') AND panorama_in_scope(path)
    ELSE panorama_specially(customer, path, guarded, tags)
END;
"""

#: Gives every function of ours that runs as the owner the path on which nothing of the web's role is found: what is
#: temporary comes first where a path does not name it. What else a bank keeps in the schema is its own.
OWNERS_PATH = """
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT p.oid FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
        AND p.prokind = 'f' AND p.proname LIKE 'panorama\\_%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', one);
    END LOOP;
END $$;
"""

DROP_SEES = """
DROP FUNCTION IF EXISTS panorama_sees(bigint, integer[], text[], text[]);
DROP FUNCTION IF EXISTS panorama_specially(bigint, integer[], text[], text[]);
DROP FUNCTION IF EXISTS panorama_narrowly(bigint, integer[], text[], text[], jsonb);
"""


def enable(table: str, visible: str) -> str:
    """SQL that lets the web role see and write only rows for which `visible` holds."""
    app = conf.role_name("app")
    return (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;\n'
        f'CREATE POLICY scope ON "{table}" TO "{app}" USING ({visible}) WITH CHECK ({visible});'
    )


def changed(table: str, visible: str) -> str:
    """SQL that gives a table's policy another condition."""
    return f'ALTER POLICY scope ON "{table}" USING ({visible}) WITH CHECK ({visible});'


def disable(table: str) -> str:
    """SQL that takes `enable` back."""
    return f'DROP POLICY IF EXISTS scope ON "{table}"; ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;'


def of_customer(column: str) -> str:
    """The condition of a customer's rows: its customer is visible, by the policy on customers itself."""
    return f"EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = {column})"  # noqa: S608 (a column of our own)


def append_only(table: str) -> str:
    """SQL that takes UPDATE, DELETE and TRUNCATE of a table from the application's roles."""
    roles = ", ".join(f'"{conf.role_name(role)}"' for role in ("app", "engine"))
    return f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {roles};'


def never_deleted(table: str) -> str:
    """SQL that takes DELETE and TRUNCATE of a table from the application's roles."""
    roles = ", ".join(f'"{conf.role_name(role)}"' for role in ("app", "engine"))
    return f'REVOKE DELETE, TRUNCATE ON "{table}" FROM {roles};'


def deletable(table: str) -> str:
    """SQL that takes `never_deleted` back."""
    roles = ", ".join(f'"{conf.role_name(role)}"' for role in ("app", "engine"))
    return f'GRANT DELETE ON "{table}" TO {roles};'


def read_only(table: str) -> str:
    """SQL that leaves the web role nothing but SELECT on a table."""
    return f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{conf.role_name("app")}";'


def never_updated(table: str) -> str:
    """SQL that takes UPDATE of a table from the web role."""
    return f'REVOKE UPDATE ON "{table}" FROM "{conf.role_name("app")}";'


def updatable(table: str) -> str:
    """SQL that takes `never_updated` back."""
    return f'GRANT UPDATE ON "{table}" TO "{conf.role_name("app")}";'


def restored(table: str) -> str:
    """SQL that takes `read_only` back."""
    return f'GRANT INSERT, UPDATE, DELETE ON "{table}" TO "{conf.role_name("app")}";'


def writable(table: str) -> str:
    """SQL that takes `append_only` back."""
    roles = ", ".join(f'"{conf.role_name(role)}"' for role in ("app", "engine"))
    return f'GRANT UPDATE, DELETE ON "{table}" TO {roles};'


#: The number under which a transaction writes the operation log, and the oldest one that has not ended. They are
#: functions because a log restored into a new cluster, whose transactions are counted anew, adds an offset to both.
LOG_TIME = """
CREATE OR REPLACE FUNCTION panorama_log_tx() RETURNS xid8 LANGUAGE sql VOLATILE
RETURN pg_current_xact_id();
CREATE OR REPLACE FUNCTION panorama_log_horizon() RETURNS xid8 LANGUAGE sql VOLATILE
RETURN pg_snapshot_xmin(pg_current_snapshot());
"""

DROP_LOG_TIME = "DROP FUNCTION IF EXISTS panorama_log_tx(); DROP FUNCTION IF EXISTS panorama_log_horizon();"

#: Raises for whoever tries, the table's owner included: `append_only` holds for the application's roles only.
NEVER_CHANGED = """
CREATE OR REPLACE FUNCTION panorama_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""

DROP_NEVER_CHANGED = "DROP FUNCTION IF EXISTS panorama_never_changed();"


def never_changed(table: str) -> str:
    """SQL that makes every UPDATE, DELETE and TRUNCATE of a table fail, whoever asks."""
    return (
        f'CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION panorama_never_changed();"
    )


def changeable(table: str) -> str:
    """SQL that takes `never_changed` back."""
    return f'DROP TRIGGER IF EXISTS never_changed ON "{table}";'


#: Raises for a row of the log that names another transaction than the one that writes it: one far ahead would never be
#: sealed, one of the past would look like a broken seal. A dump restores its triggers after its rows.
OWN_TRANSACTION = """
CREATE OR REPLACE FUNCTION panorama_own_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % takes rows of the transaction that writes them', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER own_transaction BEFORE INSERT ON security_operationlog FOR EACH ROW
WHEN (NEW.tx IS DISTINCT FROM panorama_log_tx()) EXECUTE FUNCTION panorama_own_transaction();
"""

DROP_OWN_TRANSACTION = """
DROP TRIGGER IF EXISTS own_transaction ON security_operationlog;
DROP FUNCTION IF EXISTS panorama_own_transaction();
"""
