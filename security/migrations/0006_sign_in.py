
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('security', '0005_key_ceremonies'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInState',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='sign_in', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('name_key', models.CharField(max_length=150, null=True, unique=True, verbose_name='folded name')),
                ('password_set_at', models.DateTimeField(verbose_name='password set')),
                ('must_change', models.BooleanField(default=False, verbose_name='must be changed')),
            ],
            options={
                'verbose_name': 'state of signing in',
                'verbose_name_plural': 'states of signing in',
            },
        ),
        migrations.AddField(
            model_name='apiclient',
            name='networks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), default=list, size=None, verbose_name='networks'),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='quota',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='requests a minute'),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='signed_only',
            field=models.BooleanField(default=False, verbose_name='signed requests only'),
        ),
        migrations.AddField(
            model_name='role',
            name='mfa_required',
            field=models.BooleanField(default=False, verbose_name='second factor required'),
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest of the token')),
                ('scopes', models.JSONField(default=list, verbose_name='scopes')),
                ('issued_at', models.DateTimeField(verbose_name='issued')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='security.apiclient', verbose_name='client')),
            ],
            options={
                'verbose_name': 'access token',
                'verbose_name_plural': 'access tokens',
            },
        ),
        migrations.CreateModel(
            name='GuessCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest of the name')),
                ('guesses', models.PositiveSmallIntegerField(default=0, verbose_name='wrong guesses')),
                ('last_at', models.DateTimeField(db_index=True, verbose_name='last guess')),
                ('locked_until', models.DateTimeField(null=True, verbose_name='locked until')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'sign-in lock',
                'verbose_name_plural': 'sign-in locks',
            },
        ),
        migrations.CreateModel(
            name='ClientKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=40, verbose_name='key id')),
                ('algorithm', models.CharField(choices=[('SM2', 'Sm2'), ('HMAC-SM3', 'Hmac Sm3')], max_length=10, verbose_name='algorithm')),
                ('public_key', models.BinaryField(null=True, verbose_name='public key')),
                ('sealed_key', models.BinaryField(null=True, verbose_name='sealed key')),
                ('valid_from', models.DateTimeField(verbose_name='valid from')),
                ('valid_to', models.DateTimeField(null=True, verbose_name='valid until')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='security.apiclient', verbose_name='client')),
            ],
            options={
                'verbose_name': 'client key',
                'verbose_name_plural': 'client keys',
                'constraints': [models.UniqueConstraint(fields=('client', 'key_id'), name='client_key_once'), models.CheckConstraint(condition=models.Q(models.Q(('algorithm', 'SM2'), ('public_key__isnull', False), ('sealed_key', None)), models.Q(('algorithm', 'HMAC-SM3'), ('public_key', None)), _connector='OR'), name='client_key_kind')],
            },
        ),
        migrations.CreateModel(
            name='ClientNonce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, verbose_name='digest of the nonce')),
                ('used_at', models.DateTimeField(db_index=True, verbose_name='used')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='security.apiclient', verbose_name='client')),
            ],
            options={
                'verbose_name': 'used nonce',
                'verbose_name_plural': 'used nonces',
                'constraints': [models.UniqueConstraint(fields=('client', 'digest'), name='client_nonce_once')],
            },
        ),
        migrations.CreateModel(
            name='FormerPassword',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('encoded', models.CharField(max_length=255, verbose_name='hash')),
                ('set_at', models.DateTimeField(verbose_name='set')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_passwords', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'former password',
                'verbose_name_plural': 'former passwords',
                'indexes': [models.Index(fields=['user', '-set_at'], name='former_password')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest of the key')),
                ('data', models.BinaryField(verbose_name='content')),
                ('begun_at', models.DateTimeField(verbose_name='begun')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('ended_by', models.CharField(blank=True, max_length=20, verbose_name='how it ended')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='network address')),
                ('agent', models.CharField(blank=True, max_length=200, verbose_name='browser')),
                ('method', models.CharField(blank=True, max_length=20, verbose_name='signed in with')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'indexes': [models.Index(fields=['user', '-last_seen_at'], name='session_user'), models.Index(fields=['last_seen_at'], name='session_seen')],
            },
        ),
    ]
