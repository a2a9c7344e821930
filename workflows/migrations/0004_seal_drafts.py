"""What somebody has typed so far may hold anything, numbers too: sealed."""

from typing import Any

from django.db import migrations

import common.fields


def seal(apps: Any, _editor: Any) -> None:
    rows = apps.get_model("workflows", "WorkItem").objects.exclude(plain={})
    for row in rows.only("pk", "plain").iterator():
        row.draft = row.plain
        row.save(update_fields=["draft"])


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_history")]

    operations = [
        migrations.RenameField("workitem", "draft", "plain"),
        migrations.AddField(
            "workitem",
            "draft",
            common.fields.SealedJsonField(default=dict, verbose_name="草稿"),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RemoveField("workitem", "plain"),
    ]
