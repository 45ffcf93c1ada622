"""What the web never changes it may not change: rules that are data of operators, and Django's own registers."""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0007_audit_seals"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        *(
            migrations.RunSQL(policies.never_updated(table), policies.updatable(table))
            for table in ("security_dutypair", "security_alertrule")
        ),
        *(
            migrations.RunSQL(policies.read_only(table), policies.restored(table))
            for table in ("auth_permission", "django_content_type", "django_migrations")
        ),
    ]
