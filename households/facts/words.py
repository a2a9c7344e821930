"""Conditions that several facts share, as SQL; `%(on)s` is the day asked for."""

from households.codes import Category, Matter

ON = "%(on)s::date"
MONTHLY_SUMS = (
    *(Matter.MIN_LIVING, Matter.DESTITUTE_SUPPORT, Matter.DISABLED_LIVING),
    *(Matter.DISABLED_CARE, Matter.CHILD_SUPPORT),
)
STATUSES = ", ".join(f"'{code}'" for code in Category.values if code != Category.NONE)


def current(alias: str) -> str:
    """A membership holds on the day (as `MembershipQuerySet.current`)."""
    return (
        f"({alias}.member_from IS NULL OR {alias}.member_from <= {ON})"
        f" AND ({alias}.member_to IS NULL OR {alias}.member_to > {ON})"
    )


def held(alias: str) -> str:
    """A granted status holds on the day (as `StatusHolder.status`)."""
    return (
        f"{alias}.granted_category <> ''"
        f" AND ({alias}.granted_since IS NULL OR {alias}.granted_since <= {ON})"
        f" AND ({alias}.granted_until IS NULL OR {alias}.granted_until > {ON})"
    )


def happened(column: str) -> str:
    """An event of a day has come to pass; no day on record: it has not."""
    return f"coalesce({column} <= {ON}, false)"


def any_of(condition: str) -> str:
    """Over the members who count (`p`): true for one, else false where it is known of all."""
    return (
        f"CASE WHEN bool_or({condition}) THEN true"
        f" WHEN count(*) FILTER (WHERE p.id IS NOT NULL AND ({condition}) IS NULL) = 0"
        " THEN false END"
    )


# a certificate counts from its first day to its last
CERTIFICATE = f"""CASE WHEN p.disability_category = 'none' THEN false
    WHEN p.disability_category <> '' THEN
        (p.disability_from IS NULL OR p.disability_from <= {ON})
        AND (p.disability_to IS NULL OR p.disability_to >= {ON}) END"""
SEVERE = f"""(p.disability_grade <= 2 OR p.disability_grade = 3
    AND nullif(p.disability_category, '') IN ('intellectual', 'mental')) AND {CERTIFICATE}"""
STUDENT = "nullif(p.school_stage, '') <> 'none'"
