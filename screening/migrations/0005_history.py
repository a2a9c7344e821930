"""Changes of the room's tables are kept."""

from django.db import migrations

from common.history import keep


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_logs"),
        ("screening", "0004_rehearsals"),
    ]

    operations = [
        keep("screening_finding"),
        keep("screening_lead"),
        keep("screening_leadsource"),
        keep("screening_correction"),
        keep("screening_policy", inserts=True),
        keep("screening_policyreading"),
        # its report is computed, and large
        keep("screening_rehearsal", ignored=("report",)),
    ]
