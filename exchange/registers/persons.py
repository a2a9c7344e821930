"""Loading persons: registrations of human beings, who are known by identity number.

A row is a registration (Membership, by person_no). Rows with one identity number are one Person,
whose columns come from the registration with the lowest number, so that the order of files and
rows does not matter. In SQL: `s` the staged row, `p` the person, `m` the registration.
"""
# ruff: noqa: S608

from collections.abc import Callable

from exchange.registers.merging import SEALED, drop, drop_duplicates, execute, fetch
from exchange.registers.staging import Load, stage_columns

_MEMBER = ["relation", "member_from", "member_to"]
_IDENTITY = ["id_number", "id_index", "id_tail", "birth_on", "sex"]
# which registration speaks for the person: the county's own before the desk's, then the lowest
_LEAD = """SELECT DISTINCT ON (m.person_id) m.person_id, m.person_no, m.division_code
           FROM households_membership m JOIN households_household h ON h.id = m.household_id
           {where}
           ORDER BY m.person_id, h.is_provisional, m.person_no COLLATE "C" """


def load_persons(load: Load, publish: Callable[[], int]) -> None:
    _resolve_household(load)
    drop_duplicates(load, ["person_no"], "person_no")
    _drop_strange_guardians(load)
    execute("DROP TABLE IF EXISTS register_marked")
    execute("CREATE TEMPORARY TABLE register_marked (row_no bigint, is_new boolean) ON COMMIT DROP")
    _find_people()
    _correct_numbers()
    _insert_people(load)
    _warn(load)
    _save_registrations(load)
    _save_people(load)
    _tidy_left_people()
    _count(load)


def follow_memberships(people: str) -> None:
    """Persons (a query of ids) and what hangs on them take the division of their registration."""
    lead = _LEAD.format(where=f"WHERE m.person_id IN ({people})")
    execute(
        f"""UPDATE households_person p SET division_code = l.division_code FROM ({lead}) l
            WHERE p.id = l.person_id AND p.division_code <> l.division_code"""
    )
    for name in ("benefit", "payment"):
        execute(
            f"""UPDATE households_{name} t SET division_code = p.division_code
                FROM households_person p WHERE t.person_id = p.id AND p.id IN ({people})
                AND t.division_code <> p.division_code"""
        )


def _resolve_household(load: Load) -> None:
    execute(
        """ALTER TABLE register_stage ADD COLUMN household_id bigint,
           ADD COLUMN division_code text, ADD COLUMN person_id bigint"""
    )
    execute(
        """UPDATE register_stage s SET household_id = h.id, division_code = h.division_code
           FROM households_household h WHERE h.household_no = s.household_no"""
    )
    drop(load, "household_no", "unknown-household", "household_id IS NULL")


def _drop_strange_guardians(load: Load) -> None:
    """A guardian stands in the same file or is known; a rejected one takes their wards along."""
    before = -1
    while load.rejected != before:
        before = load.rejected
        drop(
            load, "guardian_no", "unknown-person",
            """s.guardian_no <> ''
               AND NOT EXISTS (SELECT FROM households_membership m
                 WHERE m.person_no = s.guardian_no)
               AND NOT EXISTS (SELECT FROM register_stage g WHERE g.person_no = s.guardian_no)""",
        )  # fmt: skip


def _find_people() -> None:
    execute(
        """UPDATE register_stage s SET person_id = p.id FROM households_person p
           WHERE s.person_id IS NULL AND p.id_index = s.id_index"""
    )


def _correct_numbers() -> None:
    """A registration whose number nobody has, of a person with no other: the number was wrong.

    Unless the file knows that person by the old number: then these are two people.
    """
    execute(
        """CREATE TEMPORARY TABLE register_corrected ON COMMIT DROP AS
           SELECT DISTINCT ON (s.id_index) m.person_id, s.row_no
           FROM register_stage s JOIN households_membership m ON m.person_no = s.person_no
           WHERE s.person_id IS NULL AND NOT EXISTS (SELECT FROM households_membership o
             WHERE o.person_id = m.person_id AND o.id <> m.id)
           AND NOT EXISTS (SELECT FROM register_stage o WHERE o.person_id = m.person_id)
           ORDER BY s.id_index, s.person_no COLLATE "C" """
    )
    changes = ", ".join(f"{column} = s.{column}" for column in _IDENTITY)
    execute(
        f"""UPDATE households_person p SET {changes}
            FROM register_corrected c JOIN register_stage s ON s.row_no = c.row_no
            WHERE p.id = c.person_id"""
    )
    execute("INSERT INTO register_marked SELECT row_no, false FROM register_corrected")
    execute("DROP TABLE register_corrected")
    _find_people()


def _insert_people(load: Load) -> None:
    """A person for each number that nobody has, from the lowest registration in the file.

    A desk may register the same person meanwhile: then theirs is taken.
    """
    columns = ["person_no", *_person_columns(load), "division_code"]
    execute(
        f"""INSERT INTO households_person ({", ".join(columns)})
            SELECT DISTINCT ON (s.id_index) {", ".join(f"s.{c}" for c in columns)}
            FROM register_stage s WHERE s.person_id IS NULL
            ORDER BY s.id_index, s.person_no COLLATE "C"
            ON CONFLICT (id_index) DO NOTHING"""
    )
    _find_people()


def _warn(load: Load) -> None:
    rows = fetch(
        """SELECT s.row_no FROM register_stage s JOIN (SELECT id_index FROM register_stage
             GROUP BY id_index HAVING count(*) > 1) d ON d.id_index = s.id_index
           UNION
           SELECT s.row_no FROM register_stage s
           JOIN households_membership m ON m.person_id = s.person_id
           JOIN households_household h ON h.id = m.household_id AND NOT h.is_provisional
           WHERE m.person_no <> s.person_no
           ORDER BY 1"""
    )
    load.warn([row for (row,) in rows], "id_number", "same-number")
    rows = fetch(
        """SELECT s.row_no FROM register_stage s JOIN households_person p ON p.id = s.person_id
           WHERE p.name <> s.name ORDER BY 1"""
    )
    load.warn([row for (row,) in rows], "name", "name-differs")


def _save_registrations(load: Load) -> None:
    """Registrations: new, or of another household, person, relation or time."""
    execute(
        """CREATE TEMPORARY TABLE register_left ON COMMIT DROP AS
           SELECT m.person_id, s.person_id AS new_id FROM register_stage s
           JOIN households_membership m ON m.person_no = s.person_no
           WHERE m.person_id <> s.person_id"""
    )
    base = ["person_id", "household_id", "division_code"]
    changing = [*base, *(c for c in _MEMBER if load.has(c))]
    columns = ["person_no", *base, *_MEMBER]
    theirs = ", ".join(f"m.{c}" for c in changing)
    staged = ", ".join(f"s.{c}" for c in changing)
    changes = ", ".join(f"{c} = excluded.{c}" for c in changing)
    execute(
        f"""WITH done AS (
              INSERT INTO households_membership AS m ({", ".join(columns)})
              SELECT {", ".join(f"s.{c}" for c in columns)} FROM register_stage s
              WHERE NOT EXISTS (SELECT FROM households_membership m
                WHERE m.person_no = s.person_no AND ({theirs}) IS NOT DISTINCT FROM ({staged}))
              ORDER BY s.row_no
              ON CONFLICT (person_no) DO UPDATE SET {changes}
              RETURNING m.person_no, (xmax = 0) AS is_new)
            INSERT INTO register_marked SELECT s.row_no, done.is_new
            FROM done JOIN register_stage s ON s.person_no = done.person_no"""
    )


def _save_people(load: Load) -> None:
    """What the speaking registration says of the person, where the file has it."""
    lead = _LEAD.format(where="WHERE m.person_id IN (SELECT person_id FROM register_stage)")
    present = set(load.present)
    columns = [c for c in _person_columns(load) if c in present and c not in _IDENTITY]
    columns = ["person_no", *columns, "division_code"]
    compared = [c for c in columns if c not in SEALED]
    changes = ", ".join(_change(column, columns) for column in columns)
    execute(
        f"""WITH done AS (
              UPDATE households_person p SET {changes}
              FROM register_stage s JOIN ({lead}) l
                ON l.person_id = s.person_id AND l.person_no = s.person_no
              WHERE p.id = s.person_id
              AND ({", ".join(f"p.{c}" for c in compared)})
                IS DISTINCT FROM ({", ".join(f"s.{c}" for c in compared)})
              RETURNING s.row_no)
            INSERT INTO register_marked SELECT row_no, false FROM done"""
    )
    moved = """SELECT s.person_id FROM register_stage s JOIN register_marked k
               ON k.row_no = s.row_no AND NOT k.is_new"""
    follow_memberships(moved)


def _tidy_left_people() -> None:
    """People who lost a registration to another: the lowest left speaks for them.

    Whom no registration is left of was a wrong number: what was granted under it follows the
    registration, the row stays for what else points to it.
    """
    lead = _LEAD.format(where="WHERE m.person_id IN (SELECT person_id FROM register_left)")
    execute(
        f"""UPDATE households_person p SET person_no = l.person_no FROM ({lead}) l
            WHERE p.id = l.person_id AND p.person_no <> l.person_no"""
    )
    alone = """NOT EXISTS (SELECT FROM households_membership m
               WHERE m.person_id = l.person_id)"""
    for name in ("benefit", "payment"):
        execute(
            f"""UPDATE households_{name} t SET person_id = l.new_id FROM register_left l
                WHERE t.person_id = l.person_id AND {alone}"""
        )
    execute(
        f"""UPDATE households_person p SET person_no = 'gone-' || p.id FROM register_left l
            WHERE p.id = l.person_id AND {alone}"""
    )
    execute("DROP TABLE register_left")


def _count(load: Load) -> None:
    """Each row once: new registrations, changed ones, and those that said nothing new."""
    ((created, updated, staged),) = fetch(
        """SELECT (SELECT count(DISTINCT row_no) FROM register_marked WHERE is_new),
             (SELECT count(*) FROM (SELECT row_no FROM register_marked
              GROUP BY row_no HAVING NOT bool_or(is_new)) c),
             (SELECT count(*) FROM register_stage)"""
    )
    load.created, load.updated = created, updated
    load.unchanged = staged - created - updated


def _person_columns(load: Load) -> list[str]:
    """Columns of Person that the file may fill."""
    not_theirs = {"person_no", "household_no", *_MEMBER}
    names = [name for column in load.kind.columns for name in stage_columns(column)]
    return [name for name in names if name not in not_theirs]


def _change(column: str, columns: list[str]) -> str:
    if column in SEALED and f"{column}_index" in columns:
        index = f"{column}_index"
        return (
            f"{column} = CASE WHEN p.{index} IS DISTINCT FROM s.{index} "
            f"THEN s.{column} ELSE p.{column} END"
        )
    return f"{column} = s.{column}"
