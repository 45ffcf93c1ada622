"""The operation log can be sealed, and nobody changes what it, its seals and their verifications say."""

import security.crypto.fields
import security.models.transaction_id
from django.db import migrations, models

from security.access import policies

_APPEND_ONLY = ("security_operationlog", "security_auditseal", "security_auditverification")


class Migration(migrations.Migration):

    dependencies = [
        ('security', '0006_sign_in'),
    ]

    operations = [
        migrations.RunSQL(policies.LOG_TIME, policies.DROP_LOG_TIME),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('n', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='seal')),
                ('log_id', models.CharField(max_length=32, verbose_name='log')),
                ('signer', models.PositiveIntegerField(verbose_name='signing key')),
                ('after_tx', security.models.transaction_id.TransactionIdField(verbose_name='after transaction')),
                ('after_id', models.BigIntegerField(verbose_name='after row')),
                ('upto_tx', security.models.transaction_id.TransactionIdField(verbose_name='up to transaction')),
                ('upto_id', models.BigIntegerField(verbose_name='up to row')),
                ('count', models.PositiveIntegerField(verbose_name='operations')),
                ('first_id', models.BigIntegerField(verbose_name='first row')),
                ('last_id', models.BigIntegerField(verbose_name='last row')),
                ('root', models.BinaryField(verbose_name='Merkle root')),
                ('prev', models.BinaryField(verbose_name='digest of the seal before')),
                ('sealed_at', models.DateTimeField(verbose_name='sealed at')),
                ('leaves', models.BinaryField(verbose_name='leaves')),
                ('signature', models.BinaryField(verbose_name='signature of the seal')),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.CreateModel(
            name='AuditSigner',
            fields=[
                ('id', models.PositiveIntegerField(primary_key=True, serialize=False, verbose_name='version')),
                ('public', models.BinaryField(verbose_name='public key')),
                ('material', security.crypto.fields.SealedJSONField(domain='audit', purpose='security_auditsigner.material', verbose_name='sealed key material')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'signing key of the log',
                'verbose_name_plural': 'signing keys of the log',
            },
        ),
        migrations.CreateModel(
            name='AuditVerification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('actor', models.CharField(max_length=80, verbose_name='who')),
                ('seals', models.BigIntegerField(verbose_name='seals')),
                ('checked', models.BigIntegerField(verbose_name='operations checked')),
                ('unsealed', models.BigIntegerField(verbose_name='not yet sealed')),
                ('checkpoints', models.BigIntegerField(verbose_name='checkpoints compared')),
                ('broken', models.BigIntegerField(verbose_name='broken places')),
                ('findings', models.JSONField(default=list, verbose_name='findings')),
                ('seconds', models.FloatField(verbose_name='seconds')),
            ],
            options={
                'verbose_name': 'verification of the log',
                'verbose_name_plural': 'verifications of the log',
            },
        ),
        migrations.AddField(
            model_name='operationlog',
            name='code',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='code of the refusal'),
        ),
        migrations.AddField(
            model_name='operationlog',
            name='tx',
            field=security.models.transaction_id.TransactionIdField(db_default=models.Func(function='panorama_log_tx', output_field=security.models.transaction_id.TransactionIdField()), editable=False, verbose_name='transaction'),
        ),
        migrations.AddIndex(
            model_name='operationlog',
            index=models.Index(fields=['tx', 'id'], name='oplog_sealing'),
        ),
        migrations.AddIndex(
            model_name='auditverification',
            index=models.Index(fields=['-at'], name='audit_verified'),
        ),
        # 40 bytes of digest a row: compressing them only takes time.
        migrations.RunSQL(
            "ALTER TABLE security_auditseal ALTER COLUMN leaves SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
        *(
            migrations.RunSQL(policies.append_only(table), policies.writable(table))
            for table in _APPEND_ONLY[1:]  # the log itself since 0002
        ),
        migrations.RunSQL(policies.read_only("security_auditseal"), policies.restored("security_auditseal")),
        migrations.RunSQL(policies.read_only("security_auditsigner"), policies.restored("security_auditsigner")),
        migrations.RunSQL(policies.never_deleted("security_auditsigner"), policies.deletable("security_auditsigner")),
        migrations.RunSQL(policies.NEVER_CHANGED, policies.DROP_NEVER_CHANGED),
        *(migrations.RunSQL(policies.never_changed(table), policies.changeable(table)) for table in _APPEND_ONLY),
    ]
