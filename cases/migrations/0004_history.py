"""Changes of the room's tables are kept."""

from django.db import migrations

from common.history import keep


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_logs"),
        ("cases", "0003_package_amendments"),
    ]

    operations = [
        keep("cases_package", inserts=True),
        # the count of open matters follows from the matters
        keep("cases_case", protected=("agent_number", "agent_tail"), ignored=("open_matters",)),
        keep("cases_matter"),
        keep("cases_outcome"),
        keep("cases_casefact"),
        keep("cases_material"),
        keep("cases_supplement"),
        keep("cases_officevisit"),
        keep("cases_clockevent"),
    ]
