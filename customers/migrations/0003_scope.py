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
HISTORIES = ("customers_historicalcustomer", *(name.replace("_", "_historical", 1) for name in FACETS))

#: All run as the owner and apply the scope themselves: under row-level security a search could not
#: use the token index, because array operators are not leakproof.
SEARCH = """
CREATE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public BEGIN ATOMIC
SELECT c.id FROM customers_customer c
LEFT JOIN customers_customer g ON g.id = c.golden_id
WHERE c.name_tokens @> tokens AND panorama_in_scope(coalesce(g.org_path, c.org_path))
ORDER BY c.id LIMIT most;
END;
CREATE FUNCTION panorama_golden(ids bigint[]) RETURNS TABLE (id bigint, golden_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public BEGIN ATOMIC
SELECT c.id, c.golden_id FROM customers_customer c WHERE c.id = ANY(ids);
END;
CREATE FUNCTION panorama_golden_of(customer bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public BEGIN ATOMIC
SELECT coalesce(c.golden_id, c.id) FROM customers_customer c WHERE c.id = customer;
END;
"""
DROP_SEARCH = """
DROP FUNCTION IF EXISTS panorama_search(bigint[], integer);
DROP FUNCTION IF EXISTS panorama_golden(bigint[]);
DROP FUNCTION IF EXISTS panorama_golden_of(bigint);
"""


def _policies() -> list[migrations.RunSQL]:
    visible = {"customers_customer": "panorama_in_scope(org_path)"}
    visible |= {name: policies.of_customer(f"{name}.customer_id") for name in FACETS}
    visible |= {
        name: policies.of_customer(f"{name}.{'id' if name.endswith('historicalcustomer') else 'customer_id'}")
        for name in HISTORIES
    }
    return [
        migrations.RunSQL(policies.enable(name, condition), policies.disable(name))
        for name, condition in visible.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial"), ("security", "0002_floor")]
    operations = [
        *_policies(),
        *(migrations.RunSQL(policies.append_only(name), policies.writable(name)) for name in HISTORIES),
        migrations.RunSQL(SEARCH, DROP_SEARCH),
    ]
