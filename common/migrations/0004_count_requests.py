"""How often somebody asks."""

from django.db import migrations, models

UNLOGGED = "ALTER TABLE common_requestwindow SET UNLOGGED"


class Migration(migrations.Migration):
    dependencies = [("common", "0003_seal_kept_answers")]

    operations = [
        migrations.CreateModel(
            "RequestWindow",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "scope",
                        "subject",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("scope", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=60)),
                ("begins", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(UNLOGGED, migrations.RunSQL.noop),
    ]
