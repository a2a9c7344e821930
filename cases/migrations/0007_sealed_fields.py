"""A column that says itself that it is sealed; nothing changes in the database."""

from django.db import migrations

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_shares"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="agent_number",
            field=common.fields.SealedField(null=True, verbose_name="代办人证件号"),
        ),
    ]
