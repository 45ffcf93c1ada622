"""Row scope of change requests and their steps; nothing of them is deleted, no step is changed."""

from django.db import migrations

from security.access import policies

_REQUEST = "approvals_changerequest"
_STEP = "approvals_step"
_OF_REQUEST = f"EXISTS (SELECT 1 FROM {_REQUEST} r WHERE r.id = {_STEP}.request_id)"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial"), ("security", "0003_staff_no")]
    operations = [
        migrations.RunSQL(policies.enable(_REQUEST, "panorama_in_scope(org_path)"), policies.disable(_REQUEST)),
        migrations.RunSQL(policies.enable(_STEP, _OF_REQUEST), policies.disable(_STEP)),
        migrations.RunSQL(policies.append_only(_STEP), policies.writable(_STEP)),
        *(
            migrations.RunSQL(policies.never_deleted(table), policies.deletable(table))
            for table in (_REQUEST, "approvals_delegation", "approvals_approvalrule")
        ),
    ]
