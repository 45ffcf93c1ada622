"""The operation log is append-only for the application's roles; the scope function of row-level security."""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [("security", "0001_initial")]
    operations = [
        migrations.RunSQL(policies.IN_SCOPE, policies.DROP_IN_SCOPE),
        migrations.RunSQL(
            policies.append_only("security_operationlog"), policies.writable("security_operationlog")
        ),
        *(
            migrations.RunSQL(policies.read_only(table), policies.restored(table))
            for table in ("security_domainkey", "security_datakey")
        ),
        *(
            migrations.RunSQL(policies.never_deleted(table), policies.deletable(table))
            for table in ("security_user", "security_role", "security_grant", "security_organisation", "security_apiclient")
        ),
    ]
