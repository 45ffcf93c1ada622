"""Row-level security of customers and their facets, and the two functions that search inside the scope."""

from django.db import migrations

from security.access import policies

FACETS = (
    "customers_customername",
    "customers_personprofile",
    "customers_organisationprofile",
    "customers_phone",
    "customers_email",
    "customers_address",
)
#: Tables of the kernel that tell of customers and that the kernel cannot narrow itself.
ABOUT_CUSTOMERS = ("mdm_qualityissue", "mdm_sourcerecord")
HISTORIES = ("customers_historicalcustomer", *(name.replace("_", "_historical", 1) for name in FACETS))

#: All run as the owner and apply the scope themselves: under row-level security a search could not
#: use the token index, because array operators are not leakproof.
SEARCH = """
CREATE FUNCTION panorama_golden(ids bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.id = ANY(ids) AND panorama_in_scope(g.org_path) ORDER BY g.id LIMIT most;
END;
CREATE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.name_tokens @> tokens AND panorama_in_scope(g.org_path) ORDER BY g.id LIMIT most;
END;
CREATE FUNCTION panorama_lookup(kinds smallint[], digests bytea[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM unnest(kinds, digests) AS w(kind, digest)
JOIN mdm_lookupentry l ON l.digest = w.digest AND l.kind = w.kind
JOIN customers_customer c ON c.id = l.customer_id JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE panorama_in_scope(g.org_path) ORDER BY g.id LIMIT most;
END;
CREATE FUNCTION panorama_golden_of(customer bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT coalesce(c.golden_id, c.id) FROM customers_customer c WHERE c.id = customer;
END;
"""
DROP_SEARCH = """
DROP FUNCTION IF EXISTS panorama_search(bigint[], integer);
DROP FUNCTION IF EXISTS panorama_golden(bigint[], integer);
DROP FUNCTION IF EXISTS panorama_lookup(smallint[], bytea[], integer);
DROP FUNCTION IF EXISTS panorama_golden_of(bigint);
"""


def _policies() -> list[migrations.RunSQL]:
    visible = {"customers_customer": "panorama_in_scope(org_path)"}
    visible |= {name: policies.of_customer(f"{name}.customer_id") for name in (*FACETS, *ABOUT_CUSTOMERS)}
    visible |= {
        name: policies.of_customer(f"{name}.{'id' if name.endswith('historicalcustomer') else 'customer_id'}")
        for name in HISTORIES
    }
    return [
        migrations.RunSQL(policies.enable(name, condition), policies.disable(name))
        for name, condition in visible.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial"), ("security", "0002_floor"), ("mdm", "0001_initial")]
    operations = [
        *_policies(),
        *(migrations.RunSQL(policies.append_only(name), policies.writable(name)) for name in HISTORIES),
        *(
            migrations.RunSQL(policies.never_deleted(name), policies.deletable(name))
            for name in ("customers_customer", *FACETS, *ABOUT_CUSTOMERS)
        ),
        migrations.RunSQL(SEARCH, DROP_SEARCH),
    ]
