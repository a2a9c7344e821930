"""What each kind of file does with its staged rows. All sets, no loop over rows."""
# ruff: noqa: S608

from collections.abc import Callable

from cases.models import Package
from exchange.registers import persons, staff
from exchange.registers.merging import (
    add_columns,
    drop,
    drop_duplicates,
    drop_unchanged,
    execute,
    upsert,
)
from exchange.registers.staging import Load, stage_columns
from households import codes

# tables that carry their household's or person's division
_FOLLOWERS = ("membership", "benefit", "payment", "reading")
Publish = Callable[[], int]


def load_divisions(load: Load, publish: Publish) -> None:
    execute(
        """UPDATE register_stage SET level = CASE
             WHEN code LIKE '%0000000000' THEN 'province' WHEN code LIKE '%00000000' THEN 'city'
             WHEN code LIKE '%000000' THEN 'county' WHEN code LIKE '%000' THEN 'town'
             ELSE 'village' END
           WHERE level = ''"""
    )
    drop_duplicates(load, ["code"], "code")
    columns = ["code", "name", "level"]
    drop_unchanged(load, "permissions_division", ["code"], columns)
    upsert(load, "permissions_division", ["code"], columns=columns, changing=columns)


def load_organisations(load: Load, publish: Publish) -> None:
    execute("UPDATE register_stage SET kind = 'department' WHERE kind = ''")
    drop_duplicates(load, ["code"], "code")
    _drop_strange_parents(load)
    drop(
        load, "division_code", "unknown-division",
        """s.division_code <> '' AND NOT EXISTS
           (SELECT FROM permissions_division d WHERE d.code = s.division_code)""",
    )  # fmt: skip
    add_columns("parent_id bigint")
    present = [c for c in load.present if c != "parent"]
    changing = [*present, *(["parent_id"] if load.has("parent") else [])]
    parents = """UPDATE register_stage s SET parent_id = o.id FROM permissions_orgunit o
                 WHERE o.code = s.parent"""
    execute(parents)
    drop_unchanged(load, "permissions_orgunit", ["code"], changing)
    columns = ["code", "name", "kind", "division_code"]
    upsert(load, "permissions_orgunit", ["code"], columns=columns, changing=present)
    execute(parents)
    if load.has("parent"):
        execute(
            """UPDATE permissions_orgunit t SET parent_id = s.parent_id FROM register_stage s
               WHERE t.code = s.code AND t.parent_id IS DISTINCT FROM s.parent_id"""
        )


def _drop_strange_parents(load: Load) -> None:
    """A parent stands in the same file or is known; a rejected one takes its children along."""
    before = -1
    while load.rejected != before:
        before = load.rejected
        drop(
            load, "parent", "unknown-organisation",
            """s.parent <> ''
               AND NOT EXISTS (SELECT FROM permissions_orgunit o WHERE o.code = s.parent)
               AND NOT EXISTS (SELECT FROM register_stage p WHERE p.code = s.parent)""",
        )  # fmt: skip


def load_households(load: Load, publish: Publish) -> None:
    drop(
        load, "division_code", "unknown-division",
        "NOT EXISTS (SELECT FROM permissions_division d WHERE d.code = s.division_code)",
    )  # fmt: skip
    drop(
        load, "division_code", "bad-code",
        """NOT EXISTS (SELECT FROM permissions_division d
           WHERE d.code = s.division_code AND d.level IN ('village', 'town'))""",
    )  # fmt: skip
    drop_duplicates(load, ["household_no"], "household_no")
    columns = [name for column in load.kind.columns for name in stage_columns(column)]
    drop_unchanged(load, "households_household", ["household_no"], load.present)
    upsert(
        load, "households_household", ["household_no"], columns=columns, changing=load.present,
        constants={"is_provisional": "false"},
    )  # fmt: skip
    follow_households()


def follow_households() -> None:
    """Rows that hang on a household take its division when that has changed."""
    for name in _FOLLOWERS:
        execute(
            f"""UPDATE households_{name} t SET division_code = h.division_code
                FROM households_household h, register_touched r
                WHERE NOT r.is_new AND h.id = r.id::bigint AND t.household_id = h.id
                AND t.division_code <> h.division_code"""
        )
    persons.follow_memberships(
        """SELECT m.person_id FROM households_membership m JOIN register_touched r
           ON NOT r.is_new AND m.household_id = r.id::bigint"""
    )


def load_benefits(load: Load, publish: Publish) -> None:
    _resolve_owner(load)
    drop_duplicates(load, ["source_id", "source_ref"], "source_ref")
    own = ["starts_on", "ends_on", "amount_yuan", "form", "measure", "cause", "bill_no",
           "bill_total_yuan"]  # fmt: skip
    owner = ["source_id", "source_ref", "person_id", "household_id", "matter", "division_code"]
    changing = [*owner, *(c for c in load.present if c in own)]
    drop_unchanged(load, "households_benefit", ["source_id", "source_ref"], changing)
    upsert(
        load, "households_benefit", ["source_id", "source_ref"], columns=[*owner, *own],
        changing=changing, constants={"lines": "'[]'::jsonb"},
    )  # fmt: skip
    if load.created + load.updated == 0:
        return
    span = ", ".join([*own, "granted_on", "lines"])
    execute(
        f"""INSERT INTO households_benefitversion (benefit_id, event_id, {span})
            SELECT b.id, %s, {span} FROM households_benefit b
            JOIN register_touched r ON b.id = r.id::bigint""",
        [publish()],
    )


def load_payments(load: Load, publish: Publish) -> None:
    _resolve_owner(load)
    drop_duplicates(load, ["source_id", "source_ref"], "source_ref")
    add_columns("benefit_id bigint")
    execute(
        """UPDATE register_stage s SET benefit_id = b.id FROM households_benefit b
           WHERE s.benefit_ref <> '' AND b.source_id = s.source_id
           AND b.source_ref = s.benefit_ref"""
    )
    own = ["paid_on", "amount_yuan", "period", "benefit_ref", "bill_no"]
    owner = ["source_id", "source_ref", "person_id", "household_id", "matter", "division_code"]
    linked = ["benefit_id"] if load.has("benefit_ref") else []
    changing = [*owner, *linked, *(c for c in load.present if c in own)]
    drop_unchanged(load, "households_payment", ["source_id", "source_ref"], changing)
    upsert(
        load, "households_payment", ["source_id", "source_ref"],
        columns=[*owner, "benefit_id", *own], changing=changing,
    )  # fmt: skip


def load_readings(load: Load, publish: Publish) -> None:
    add_columns("household_id bigint", "division_code text")
    execute(
        """UPDATE register_stage s SET household_id = h.id, division_code = h.division_code
           FROM households_household h WHERE h.household_no = s.household_no"""
    )
    drop(load, "household_no", "unknown-household", "household_id IS NULL")
    execute("ALTER TABLE register_stage ALTER month DROP DEFAULT")
    execute("ALTER TABLE register_stage ALTER month TYPE date USING (month || '-01')::date")
    keys = ["household_id", "kind", "month"]
    drop_duplicates(load, keys, "month")
    columns = [*keys, "amount", "division_code"]
    drop_unchanged(load, "households_reading", keys, columns)
    upsert(load, "households_reading", keys, columns=columns, changing=columns)


def _resolve_owner(load: Load) -> None:
    """Who granted or paid, to whom (a person goes before a household), for what matter."""
    add_columns("source_id bigint", "person_id bigint", "household_id bigint", "division_code text")
    execute(
        """UPDATE register_stage s SET source_id = o.id FROM permissions_orgunit o
           WHERE o.code = s.source"""
    )
    drop(load, "source", "unknown-organisation", "source_id IS NULL")
    known = [*codes.Matter.values, *_deployed_matters()]
    drop(load, "matter", "unknown-matter", "NOT matter = ANY(%s)", [known])
    execute(
        """UPDATE register_stage s SET household_id = h.id, division_code = h.division_code
           FROM households_household h WHERE h.household_no = s.household_no"""
    )
    drop(
        load, "household_no", "unknown-household",
        "household_no <> '' AND household_id IS NULL",
    )  # fmt: skip
    execute(
        """UPDATE register_stage s
           SET person_id = p.id, household_id = NULL, division_code = p.division_code
           FROM households_membership m JOIN households_person p ON p.id = m.person_id
           WHERE m.person_no = s.person_no"""
    )
    drop(load, "person_no", "unknown-person", "person_no <> '' AND person_id IS NULL")


def _deployed_matters() -> list[str]:
    return list(Package.objects.values_list("code", flat=True).distinct())


Loader = Callable[[Load, Publish], None]
LOADERS: dict[str, Loader] = {
    "divisions": load_divisions,
    "organisations": load_organisations,
    "staff": staff.load_staff,
    "households": load_households,
    "persons": persons.load_persons,
    "benefits": load_benefits,
    "payments": load_payments,
    "readings": load_readings,
}
