"""Invariants as SQL. Each statement selects what breaks it: (case_id, matter_id, text).

A rule about what a job does later does not hold while such a job is under way (JOB_OF_CASE).
"""
# ruff: noqa: S608 - made of the constants below

from dataclasses import dataclass

ENDED = (
    "('approved','refused','not_applicable','withdrawn','deemed_withdrawn','transferred','ended')"
)
OPEN = "('waiting','running')"
OPEN_ITEM = "('ready','claimed')"
COLUMNS = (
    "starts_on ends_on amount_yuan form measure cause bill_no bill_total_yuan granted_on lines"
)

JOB_OF_CASE = """EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing')
    AND j.args->>'case_id' = c.id::text)"""


@dataclass(frozen=True)
class Rule:
    """`total` counts what was looked at, `broken` selects what breaks the rule."""

    name: str
    total: str
    broken: str


def _event_count(name: str, wanted: str, of: str) -> str:
    """Cases whose number of events of a name is not what their rows say."""
    return f"""
        SELECT c.id, NULL::bigint, '{name}: ' || count(e.id) || ' events, ' || {wanted} || ' {of}'
        FROM cases_case c
        LEFT JOIN common_event e ON e.stream = 'case:' || c.id AND e.name = '{name}'
        GROUP BY c.id HAVING count(e.id) <> {wanted}"""


CASES = "SELECT count(*) FROM cases_case"
MATTERS = "SELECT count(*) FROM cases_matter"
BENEFITS = "SELECT count(*) FROM households_benefit WHERE matter_id IS NOT NULL"

OUTCOMES = [
    Rule(
        "every ended matter has one outcome",
        MATTERS,
        f"""SELECT m.case_id, m.id, m.code || ' ' || m.status || ', outcome '
                || coalesce(o.outcome, 'missing')
            FROM cases_matter m LEFT JOIN cases_outcome o ON o.matter_id = m.id
            WHERE (m.status IN {ENDED}) <> (o.id IS NOT NULL) OR o.outcome <> m.status""",
    ),
    Rule(
        "every approved outcome has one benefit",
        "SELECT count(*) FROM cases_outcome WHERE outcome = 'approved'",
        """SELECT m.case_id, m.id, m.code || ' has ' || count(b.id) || ' benefits'
           FROM cases_outcome o JOIN cases_matter m ON m.id = o.matter_id
           LEFT JOIN households_benefit b ON b.matter_id = m.id
           WHERE o.outcome = 'approved' GROUP BY m.id HAVING count(b.id) <> 1""",
    ),
    Rule(
        "every benefit of a case comes from an approved outcome",
        BENEFITS,
        """SELECT b.case_id, b.matter_id, b.matter || ' ' || b.source_ref || ' has no outcome'
           FROM households_benefit b
           LEFT JOIN cases_matter m ON m.id = b.matter_id
           LEFT JOIN cases_outcome o ON o.matter_id = m.id AND o.outcome = 'approved'
           WHERE b.matter_id IS NOT NULL AND (o.id IS NULL OR b.case_id <> m.case_id
             OR b.matter <> m.code OR b.person_id IS DISTINCT FROM m.person_id
             OR b.household_id IS DISTINCT FROM m.household_id)""",
    ),
    Rule(
        "a benefit began as its outcome says",
        BENEFITS,
        """SELECT m.case_id, m.id, m.code || ' differs from its first version'
           FROM cases_outcome o JOIN cases_matter m ON m.id = o.matter_id
           JOIN households_benefit b ON b.matter_id = m.id
           JOIN LATERAL (SELECT * FROM households_benefitversion v WHERE v.benefit_id = b.id
                         ORDER BY v.id LIMIT 1) v ON true
           WHERE o.outcome = 'approved' AND (v.amount_yuan IS DISTINCT FROM o.amount_yuan
             OR v.form <> o.form OR v.starts_on IS DISTINCT FROM o.starts_on
             OR v.ends_on IS DISTINCT FROM o.ends_on)""",
    ),
    Rule(
        "a benefit is its newest version",
        "SELECT count(*) FROM households_benefit",
        f"""SELECT b.case_id, b.matter_id, b.source_ref || ' differs from its newest version'
            FROM households_benefit b LEFT JOIN (
                SELECT DISTINCT ON (benefit_id) * FROM households_benefitversion
                ORDER BY benefit_id, id DESC) v ON v.benefit_id = b.id
            WHERE ({", ".join("b." + name for name in COLUMNS.split())})
               IS DISTINCT FROM ({", ".join("v." + name for name in COLUMNS.split())})""",
    ),
]

CASE_RULES = [
    Rule(
        "an ended case has nothing open",
        "SELECT count(*) FROM cases_case WHERE status <> 'open'",
        f"""SELECT c.id, NULL::bigint, c.number || ' still has ' || x.what
            FROM cases_case c JOIN (
                SELECT case_id, 'matters' AS what FROM cases_matter WHERE status IN {OPEN}
                UNION SELECT subject_id, 'tasks' FROM workflows_workitem
                    WHERE status IN {OPEN_ITEM}
                UNION SELECT i.subject_id, 'timers' FROM workflows_timer t
                    JOIN workflows_instance i ON i.id = t.instance_id WHERE t.fired_at IS NULL
                UNION SELECT m.case_id, 'waits' FROM cases_wait w
                    JOIN cases_matter m ON m.id = w.matter_id
                UNION SELECT case_id, 'supplements' FROM cases_supplement
                    WHERE settled_at IS NULL) x ON x.case_id = c.id
            WHERE c.status <> 'open'""",
    ),
    Rule(
        "an ended case's processes have ended, the intake by its own end",
        "SELECT count(*) FROM workflows_instance",
        f"""SELECT c.id, NULL::bigint, i.owner_type || ' ' || i.id || ' is ' || i.status
            FROM cases_case c JOIN workflows_instance i ON i.subject_id = c.id
            WHERE c.status <> 'open' AND NOT {JOB_OF_CASE}
              AND (i.status NOT IN ('done', 'cancelled')
                   OR c.status = 'closed' AND i.owner_type = 'intake' AND i.status <> 'done')""",
    ),
    Rule(
        "one process a matter and one intake a case",
        MATTERS,
        """SELECT c.id, NULL::bigint, c.number || ': ' || count(DISTINCT m.id) || ' matters, '
               || count(DISTINCT i.id) || ' processes'
           FROM cases_case c LEFT JOIN cases_matter m ON m.case_id = c.id
           LEFT JOIN workflows_instance i ON i.subject_id = c.id
           GROUP BY c.id HAVING count(DISTINCT i.id) <> count(DISTINCT m.id) + 1
             OR count(DISTINCT i.id) FILTER (WHERE i.owner_type = 'intake') <> 1""",
    ),
    Rule(
        "open_matters is the number of open matters",
        CASES,
        f"""SELECT c.id, NULL::bigint, c.number || ' says ' || c.open_matters || ', has '
                || count(m.id)
            FROM cases_case c LEFT JOIN cases_matter m ON m.case_id = c.id AND m.status IN {OPEN}
            GROUP BY c.id HAVING count(m.id) <> c.open_matters
              OR (count(m.id) = 0 AND c.status = 'open')""",
    ),
    Rule(
        "no open matter waits for ever",
        f"SELECT count(*) FROM cases_matter WHERE status IN {OPEN}",
        f"""SELECT c.id, m.id, m.code || ' ' || m.status || ': nothing will move it'
            FROM cases_case c JOIN cases_matter m ON m.case_id = c.id AND m.status IN {OPEN}
            JOIN cases_package p ON p.id = m.package_id
            JOIN workflows_instance i ON i.owner_type = 'matter' AND i.owner_id = m.id
            WHERE c.status = 'open' AND NOT {JOB_OF_CASE}
              AND NOT EXISTS (SELECT 1 FROM workflows_incident x
                  WHERE x.instance_id = i.id AND x.closed_at IS NULL)
              AND NOT EXISTS (SELECT 1 FROM workflows_workitem w
                  WHERE w.instance_id = i.id AND w.status IN {OPEN_ITEM})
              AND NOT EXISTS (SELECT 1 FROM workflows_timer t
                  WHERE t.instance_id = i.id AND t.fired_at IS NULL)
              AND NOT EXISTS (SELECT 1 FROM cases_wait w WHERE w.matter_id = m.id AND (
                  w.message = 'status.settled' AND EXISTS (SELECT 1 FROM cases_matter s
                      WHERE s.case_id = c.id AND s.id <> m.id AND s.status IN {OPEN}
                        AND p.settings->'after' ? s.code)
                  OR w.message <> 'status.settled'
                    AND NOT EXISTS (SELECT 1 FROM cases_casefact f
                        WHERE f.case_id = c.id AND f.name = w.message)
                    AND EXISTS (SELECT 1 FROM workflows_workitem n
                        JOIN workflows_instance k ON k.id = n.instance_id
                        WHERE k.subject_id = c.id AND k.owner_type = 'intake'
                          AND n.status IN {OPEN_ITEM})))""",
    ),
    Rule(
        "what a matter waits for is what its process waits for",
        "SELECT count(*) FROM cases_wait",
        f"""SELECT m.case_id, m.id, m.code || ': ' || coalesce(w.message, s.message)
                || CASE WHEN s.message IS NULL THEN ': no subscription' ELSE ': no wait' END
            FROM (SELECT m.id, w.message FROM cases_wait w JOIN cases_matter m ON m.id = w.matter_id
                  WHERE m.status IN {OPEN}) w
            FULL JOIN (SELECT i.owner_id AS id, s.message FROM workflows_subscription s
                  JOIN workflows_instance i ON i.id = s.instance_id
                  WHERE i.owner_type = 'matter') s USING (id, message)
            JOIN cases_matter m ON m.id = coalesce(w.id, s.id)
            WHERE w.message IS NULL OR s.message IS NULL""",
    ),
    Rule(
        "one open case an applicant, one open matter a beneficiary",
        CASES,
        f"""SELECT min(id), NULL::bigint, 'applicant ' || applicant_id || ' has ' || count(*)
            FROM cases_case WHERE status = 'open' GROUP BY applicant_id HAVING count(*) > 1
            UNION ALL
            SELECT min(case_id), min(id), code || ' is open ' || count(*) || ' times'
            FROM cases_matter WHERE status IN {OPEN}
            GROUP BY code, person_id, household_id HAVING count(*) > 1""",
    ),
    Rule(
        "in_person_count is the number of office visits",
        CASES,
        """SELECT c.id, NULL::bigint, c.number || ' says ' || c.in_person_count || ', has '
               || count(v.id)
           FROM cases_case c LEFT JOIN cases_officevisit v ON v.case_id = c.id
           GROUP BY c.id HAVING count(v.id) <> c.in_person_count""",
    ),
    Rule(
        "open pauses are those of the clock's events",
        f"SELECT count(*) FROM cases_matter WHERE status IN {OPEN}",
        f"""SELECT m.case_id, m.id, m.code || ' says ' || m.pauses || ', has ' || x.open
            FROM cases_matter m JOIN LATERAL (
                SELECT count(*) FILTER (WHERE e.kind = 'pause')
                     - count(*) FILTER (WHERE e.kind = 'resume') AS open
                FROM cases_clockevent e WHERE e.matter_id = m.id) x ON true
            WHERE m.status IN {OPEN} AND x.open <> m.pauses""",
    ),
]

EVENT_RULES = [
    Rule("case.opened once a case", CASES, _event_count("case.opened", "1", "expected")),
    Rule(
        "case.closed once a closed case",
        CASES,
        _event_count("case.closed", "(c.status = 'closed')::int", "expected"),
    ),
    Rule(
        "case.withdrawn once a withdrawn case",
        CASES,
        _event_count("case.withdrawn", "(c.status = 'withdrawn')::int", "expected"),
    ),
    Rule(
        "benefit.granted once a benefit",
        BENEFITS,
        _event_count(
            "benefit.granted",
            "(SELECT count(*) FROM households_benefit b WHERE b.case_id = c.id)",
            "benefits",
        ),
    ),
    Rule(
        "task.completed once a finished task",
        "SELECT count(*) FROM workflows_workitem WHERE status = 'done'",
        _event_count(
            "task.completed",
            "(SELECT count(*) FROM workflows_workitem w"
            " WHERE w.subject_id = c.id AND w.status = 'done')",
            "tasks done",
        ),
    ),
]

NEEDS_A_PERSON = [
    Rule(
        "no incident is open",
        "SELECT count(*) FROM workflows_incident",
        """SELECT i.subject_id, CASE WHEN i.owner_type = 'matter' THEN i.owner_id END,
               'incident ' || x.id || ' ' || x.kind || ' at ' || x.element || ': '
               || left(x.message, 200)
           FROM workflows_incident x LEFT JOIN workflows_instance i ON i.id = x.instance_id
           WHERE x.closed_at IS NULL""",
    ),
    Rule(
        "no job was given up",
        "SELECT count(*) FROM procrastinate_jobs",
        """SELECT (args->>'case_id')::bigint, NULL::bigint, 'job ' || id || ' ' || task_name
           FROM procrastinate_jobs WHERE status = 'failed'""",
    ),
]

RULES = [*OUTCOMES, *CASE_RULES, *EVENT_RULES, *NEEDS_A_PERSON]
