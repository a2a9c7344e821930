"""Kept answers are copies of personal data: sealed."""

from typing import Any

from django.db import migrations

import common.fields


def seal(apps: Any, _editor: Any) -> None:
    rows = apps.get_model("common", "IdempotencyKey").objects.exclude(plain=None)
    for row in rows.iterator():
        row.answer = row.plain
        row.save(update_fields=["answer"])


class Migration(migrations.Migration):
    dependencies = [("common", "0002_logs")]

    operations = [
        migrations.RenameField("idempotencykey", "answer", "plain"),
        migrations.AddField("idempotencykey", "answer", common.fields.SealedJsonField(null=True)),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RemoveField("idempotencykey", "plain"),
    ]
