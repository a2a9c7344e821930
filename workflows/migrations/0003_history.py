"""Changes of the room's tables are kept."""

from django.db import migrations

from common.history import keep


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_logs"),
        ("workflows", "0002_definition_fixed"),
    ]

    operations = [
        # running processes are told by events; what is published is not
        keep("workflows_definition", inserts=True),
    ]
