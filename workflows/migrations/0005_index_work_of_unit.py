from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("workflows", "0004_seal_drafts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="workitem",
            index=models.Index(fields=["org_unit", "subject_id", "role"], name="item_unit_subject"),
        ),
    ]
