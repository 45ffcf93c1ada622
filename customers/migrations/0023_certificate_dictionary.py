"""By which version of the model dictionary a certificate was masked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0022_subscription_scope'),
    ]

    operations = [
        migrations.AddField(
            model_name='historycertificate',
            name='dictionary',
            field=models.PositiveIntegerField(default=0, verbose_name='version of the model dictionary'),
        ),
    ]
