"""Loading staff: users, and their roles in an organisation."""

from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import connection

from exchange.registers.merging import drop, drop_duplicates
from exchange.registers.staging import Load
from permissions.access import may_go_together
from permissions.models import OrgUnit, Role, RoleAssignment, User

_ROW = ("row_no", "username", "name", "organisation", "roles", "division_code", "phone", "id_index")


def load_staff(load: Load, publish: Callable[[], int]) -> None:
    """Users are made without a password; a file's roles replace all that its users had."""
    drop_duplicates(load, ["username"], "username")
    drop(
        load, "organisation", "unknown-organisation",
        "NOT EXISTS (SELECT FROM permissions_orgunit o WHERE o.code = s.organisation)",
    )  # fmt: skip
    drop(
        load, "division_code", "unknown-division",
        """s.division_code <> '' AND NOT EXISTS
           (SELECT FROM permissions_division d WHERE d.code = s.division_code)""",
    )  # fmt: skip
    organisations = dict(OrgUnit.objects.values_list("code", "pk"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_ROW)} FROM register_stage ORDER BY row_no")  # noqa: S608
        rows = [dict(zip(_ROW, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        roles = {role.strip() for role in row["roles"].split(";") if role.strip()}
        if not roles or not roles <= set(Role.values) or not may_go_together(roles):
            load.reject([row["row_no"]], "roles", "bad-code")
            continue
        _save(load, row, roles, organisations[row["organisation"]])


def _save(load: Load, row: dict[str, str], roles: set[str], org_unit_id: int) -> None:
    columns = [c for c in ("name", "phone") if load.has(c)]
    values: dict[str, object] = {column: row[column] for column in columns}
    if load.has("id_number"):
        values["id_index"] = row["id_index"]
    user, is_new = User.objects.get_or_create(
        username=row["username"], defaults={**values, "password": make_password(None)}
    )
    changed = [column for column, value in values.items() if _differs(user, column, value)]
    for column in changed:
        setattr(user, column, values[column])
    if changed:
        user.save(update_fields=changed)
    is_changed = _set_roles(user, roles, org_unit_id, row["division_code"], load) or bool(changed)
    load.created += is_new
    load.updated += is_changed and not is_new
    load.unchanged += not is_changed and not is_new


def _differs(user: User, column: str, value: object) -> bool:
    known = getattr(user, column)
    if column == "id_index":
        return bytes(known or b"") != bytes(value or b"")  # type: ignore[call-overload,no-any-return]
    return bool(known != value)


def _set_roles(
    user: User, roles: set[str], org_unit_id: int, division_code: str, load: Load
) -> bool:
    """Make the user's assignments those of the file; whether any changed."""
    wanted = {(org_unit_id, role, division_code) for role in roles}
    rows = {(a.org_unit_id, a.role, a.division_code): a for a in user.assignments.all()}
    is_changed = False
    # ended first: what was held and what is held now may not go together
    for key, row in rows.items():
        if key not in wanted and (row.ends_on is None or row.ends_on > load.today):
            row.ends_on = load.today
            row.save(update_fields=["ends_on"])
            is_changed = True
    for key in wanted:
        known = rows.get(key)
        if known is None:
            RoleAssignment.objects.create(
                user=user, org_unit_id=key[0], role=key[1], division_code=key[2],
                starts_on=None, ends_on=None,
            )  # fmt: skip
            is_changed = True
        elif known.ends_on is not None and known.ends_on <= load.today:
            known.ends_on = None
            known.save(update_fields=["ends_on"])
            is_changed = True
    return is_changed
