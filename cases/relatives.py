"""Who is barred from a case as a near relative (近亲属备案), and what follows from it."""

from cases.models import Case, Relative
from common.errors import DeniedError
from households import kin
from permissions.models import RoleAssignment, User
from workflows.models import WorkItem

AT_TOWNSHIP = ("window_clerk", "township_officer", "township_approver", "helper")
OPEN = ("ready", "claimed")


def insist_unrelated(user: User, case_id: int) -> None:
    """Raise DeniedError related-person where a user is declared or found to be a relative."""
    if Relative.objects.filter(case_id=case_id, user=user).exists() or is_found(user, case_id):
        raise DeniedError("related-person")


def is_found(user: User, case_id: int) -> bool:
    """Whether the register shows it; no query for a user whom the register does not know."""
    if user.id_index is None:
        return False
    case = Case.objects.get(pk=case_id)
    return kin.is_kin(user, household_id=case.household_id, person_ids=_people(case))


def county_visits(case: Case) -> bool:
    """Whether somebody of the case's township is a relative, so that the county visits itself."""
    posts = RoleAssignment.objects.in_force().filter(
        org_unit=case.township_id, role__in=AT_TOWNSHIP
    )
    staff = User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
    if staff.filter(relatives__case=case).exists():
        return True
    known = list(staff.exclude(id_index=None))
    return kin.kin_among(known, household_id=case.household_id, person_ids=_people(case))


def put_back(user: User, case: Case) -> None:
    """What a relative has claimed in the case is anybody's again; inside another's transaction."""
    mine = WorkItem.objects.filter(subject_id=case.pk, status="claimed", assignee=user)
    mine.update(status="ready", assignee=None, claimed_at=None, delegated_by=None, draft={})


def _people(case: Case) -> list[int]:
    theirs = case.matters.exclude(person=None).values_list("person_id", flat=True)
    return [case.applicant_id, *(pk for pk in theirs if pk is not None)]
