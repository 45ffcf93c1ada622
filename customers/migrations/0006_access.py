"""Filters, protection and exceptions narrow customers, in the database too (`security.access.rights`)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from security.access import policies

#: As in 0003, each now asking whether the golden customer may be seen.
SEARCH = """
CREATE OR REPLACE FUNCTION panorama_golden(ids bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.id = ANY(ids) AND panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags) ORDER BY g.id LIMIT most;
END;
CREATE OR REPLACE FUNCTION panorama_search(tokens bigint[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM customers_customer c JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE c.name_tokens @> tokens AND panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags)
ORDER BY g.id LIMIT most;
END;
CREATE OR REPLACE FUNCTION panorama_lookup(kinds smallint[], digests bytea[], most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT g.id FROM unnest(kinds, digests) AS w(kind, digest)
JOIN mdm_lookupentry l ON l.digest = w.digest AND l.kind = w.kind
JOIN customers_customer c ON c.id = l.customer_id JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id)
WHERE panorama_sees(g.id, g.org_path, g.guarded, g.scope_tags) ORDER BY g.id LIMIT most;
END;
CREATE FUNCTION panorama_family(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp BEGIN ATOMIC
SELECT DISTINCT unnest(g.id || g.members) FROM customers_customer c
JOIN customers_customer g ON g.id = coalesce(c.golden_id, c.id) WHERE c.id = ANY(ids);
END;
"""
#: Own tags of everybody, then those of all members for golden customers.
FILL = """
UPDATE customers_customer SET scope_tags = ARRAY['org:' || org_id, 'party_type:' || party_type, 'segment:' || segment];
UPDATE customers_customer c SET scope_tags = u.tags FROM (
    SELECT g.id || g.members AS ids, array_agg(DISTINCT tag ORDER BY tag) AS tags
    FROM customers_customer g JOIN customers_customer m ON m.id = ANY(g.id || g.members)
    CROSS JOIN unnest(m.scope_tags) tag WHERE g.members <> '{}' GROUP BY g.id
) u WHERE c.id = ANY(u.ids);
"""
SEEN = "panorama_sees(id, org_path, guarded, scope_tags)"


def _texts(length):
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(max_length=length), db_default=[], default=list, editable=False, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_described_scope"), ("security", "0004_rights")]
    operations = [
        migrations.AddField("customer", "scope_tags", _texts(40)),
        migrations.AddField("customer", "guarded", _texts(20)),
        migrations.AlterModelOptions(
            "customer",
            {
                "permissions": [("close_customer", "Closed for one user or group")],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.CreateModel(
            name="AccessMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PROTECTED", "protected"),
                            ("MANAGER", "account manager"),
                            ("KIN", "a member of staff, or a relative of one"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("value", models.CharField(max_length=20, verbose_name="value")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("set_by", models.CharField(max_length=80, verbose_name="set by")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("ended_by", models.CharField(blank=True, max_length=80, verbose_name="ended by")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="reason of the end")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "access mark",
                "verbose_name_plural": "access marks",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("customer", "kind", "value"),
                        name="access_mark_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(policies.SEES, policies.DROP_SEES),
        migrations.RunSQL(
            policies.changed("customers_customer", SEEN),
            policies.changed("customers_customer", "panorama_in_scope(org_path)"),
        ),
        migrations.RunSQL(
            policies.enable("customers_accessmark", policies.of_customer("customers_accessmark.customer_id")),
            policies.disable("customers_accessmark"),
        ),
        migrations.RunSQL(
            policies.never_deleted("customers_accessmark"), policies.deletable("customers_accessmark")
        ),
        migrations.RunSQL(SEARCH, "DROP FUNCTION IF EXISTS panorama_family(bigint[]);"),
    ]
