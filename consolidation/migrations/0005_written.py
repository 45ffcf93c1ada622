"""Who wrote last what is in force of some customers, read past the policies: for those of them that the reader sees.

Under the policies of some thirty tables the same statement takes several times as long, most of it to set them up.
"""

from django.db import migrations

#: The tables of all facets but that of customers themselves. One that a later migration adds is added to the function
#: there (`tests/architecture/test_schema.py` asks for it).
FACETS = (
    "customers_customername",
    "customers_personprofile",
    "customers_organisationprofile",
    "credentials_credential",
    "credentials_credentialverification",
    "customers_phone",
    "customers_email",
    "customers_channelpreference",
    "customers_consent",
    "customers_address",
    "customers_relationship",
    "customers_agreement",
    "special_info_agencyagreement",
    "special_info_agencyhandler",
    "special_info_agencybatch",
    "customers_income",
    "customers_financialstatement",
    "customers_rating",
    "customers_restriction",
    "special_info_taxcertification",
    "special_info_taxresidence",
    "special_info_controllingperson",
    "special_info_investorassessment",
    "customers_customerevent",
    "customers_document",
)
_IDS = "(SELECT s.ids FROM seen s)::bigint[]"
_ROW = "SELECT {place}, t.id, t.xmin FROM {table} t WHERE t.{owner} = ANY({ids}) AND {holds}"


def written(facets: tuple[str, ...]) -> str:
    """SQL of the function: place, id and last transaction of each row in force, and of the branches they name."""
    parts = [_part(0, "customers_customer", "id", "t.status = 'ACTIVE'")]
    parts += [_part(at, name, "customer_id", "t.status = 'ACTIVE'") for at, name in enumerate(facets, start=1)]
    parts.append(_part(-1, "mdm_qualityissue", "customer_id", "t.state = 'OPEN'"))
    parts.append(f"""SELECT -2, o.id, o.xmin FROM security_organisation o
    WHERE o.id IN (SELECT c.org_id FROM customers_customer c WHERE c.id = ANY({_IDS})
    UNION SELECT h.org_id FROM customers_historicalcustomer h WHERE h.id = ANY({_IDS}))""")
    return f"""
CREATE OR REPLACE FUNCTION panorama_written(ids bigint[]) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
WITH seen AS MATERIALIZED (
    SELECT array_agg(c.id) AS ids FROM customers_customer c
    WHERE c.id = ANY((SELECT panorama_written.ids)::bigint[])
    AND panorama_sees(c.id, c.org_path, c.guarded, c.scope_tags)
)
SELECT string_agg(r.place || ':' || r.id || ':' || r.xmin, ' ' ORDER BY r.place, r.id)
FROM ({" UNION ALL ".join(parts)}) r(place, id, xmin);
END;
"""


def _part(place: int, table: str, owner: str, holds: str) -> str:
    return _ROW.format(place=place, table=table, owner=owner, holds=holds, ids=_IDS)


class Migration(migrations.Migration):
    dependencies = [
        ("consolidation", "0004_key_versions"),
        ("credentials", "0008_sealed_attributes"),
        ("customers", "0026_sees"),
        ("mdm", "0008_attributes"),
        ("special_info", "0004_line_paid"),
    ]
    operations = [
        migrations.RunSQL(written(FACETS), "DROP FUNCTION IF EXISTS panorama_written(bigint[]);")
    ]
