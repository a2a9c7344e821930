"""Changes of the room's tables are kept."""

from django.db import migrations

from common.history import keep


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_logs"),
        ("households", "0003_unscreened"),
    ]

    operations = [
        keep(
            "households_household",
            protected=(
                *("bank_account", "bank_account_index"),
                *("electricity_account", "water_account", "gas_account"),
            ),
        ),
        keep(
            "households_person",
            protected=(
                *("id_number", "id_index", "id_tail", "phone", "phone_index"),
                *("bank_account", "bank_account_index"),
            ),
        ),
        keep("households_membership"),
        keep("households_benefit"),
        keep("households_benefitversion"),
        keep("households_payment"),
        keep("households_reading"),
    ]
