"""Columns that say themselves that they are sealed; nothing changes in the database."""

from django.db import migrations

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0004_history"),
    ]

    operations = [
        migrations.AlterField(
            model_name="household",
            name="bank_account",
            field=common.fields.SealedField(blank=True, null=True, verbose_name="银行账号"),
        ),
        migrations.AlterField(
            model_name="person",
            name="bank_account",
            field=common.fields.SealedField(blank=True, null=True, verbose_name="银行账号"),
        ),
        migrations.AlterField(
            model_name="person",
            name="id_number",
            field=common.fields.SealedField(verbose_name="身份证号码"),
        ),
        migrations.AlterField(
            model_name="person",
            name="phone",
            field=common.fields.SealedField(blank=True, null=True, verbose_name="电话"),
        ),
    ]
