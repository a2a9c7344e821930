from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_package_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="package",
            name="amendments",
            field=models.JSONField(default=list, verbose_name="发布的修改"),
        ),
    ]
