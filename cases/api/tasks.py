"""Tasks (待办任务): lists, one task, and what staff do with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from cases import briefing, represent, taskrows
from cases.api import bodies, shapes
from cases.api.cases import LIGHTS
from cases.api.docs import TASK_FILTERS
from cases.models import Case, Matter, Supplement
from cases.querysets import OPEN_ITEM, items_visible_to, of_posts
from cases.services import work_items
from common import clock
from common.http.answers import answer
from common.http.bodies import Body
from common.http.docs import PAGE, page_of
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from permissions.access_log import record
from permissions.models import User
from workflows.models import WorkItem

Items = QuerySet[WorkItem]


class TasksView(ApiView):
    @extend_schema(
        operation_id="tasks_list",
        parameters=[*TASK_FILTERS, *PAGE],
        responses=page_of(shapes.TaskShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Tasks of one's organisations, the oldest first."""
        rows = narrowed(items_visible_to(self.user), Filters(request), self.user)
        page = paginate(request, rows.select_related("org_unit", "assignee"), order="id")
        return answer(page.around(taskrows.tasks(page.rows)))


def narrowed(rows: Items, filters: Filters, user: User) -> Items:
    """The list's filters."""
    if status := filters.choice("status", WorkItem.Status.values):
        rows = rows.filter(status=status)
    mine, claimable = filters.flag("mine"), filters.flag("claimable")
    if mine is not None:
        rows = rows.filter(assignee=user) if mine else rows.exclude(assignee=user)
    if claimable is not None:
        rows = rows.filter(_claimable(user)) if claimable else rows.exclude(_claimable(user))
    if code := filters.text("matter"):
        concerned = Matter.objects.filter(pk=OuterRef("owner_id"), code=code)
        rows = rows.filter(Exists(concerned), owner_type="matter")
    if light := filters.choice("light", LIGHTS):
        rows = rows.filter(_lit(light))
    if organisation := filters.text("organisation"):
        rows = rows.filter(org_unit__code=organisation)
    if case := filters.text("case"):
        rows = rows.filter(subject_id__in=Case.objects.filter(_named(case)).values("pk"))
    return rows


def _claimable(user: User) -> Q:
    return of_posts(user.access.reach("task.do")) & Q(status="ready")


def _named(text: str) -> Q:
    """A case by its id or its number."""
    return Q(pk=int(text)) if text.isascii() and text.isdigit() else Q(number=text.upper())


def _lit(light: str) -> Combinable | Q:
    """What taskrows.light shows, as a condition."""
    today = clock.midnight(clock.today())
    paused = Q(owner_type="matter") & Exists(
        Matter.objects.filter(pk=OuterRef("owner_id"), pauses__gt=0)
    )
    is_open = Q(status__in=OPEN_ITEM)
    red = Q(due_at__lte=today)
    yellow = Q(due_at__gt=today, warn_at__lt=today + timedelta(days=1))
    grey = paused | Q(due_at=None)
    match light:
        case "grey":
            return is_open & grey
        case "red":
            return is_open & red & ~paused
        case "yellow":
            return is_open & yellow & ~paused
    late_warning = Q(warn_at=None) | Q(warn_at__gte=today + timedelta(days=1))
    return ~is_open | (Q(due_at__gt=today) & late_warning & ~paused)


class TaskView(ApiView):
    @extend_schema(operation_id="tasks_read", responses=shapes.TaskDetail)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """One task with its form and what is known."""
        found = briefing.brief(pk, self.user)
        record(kind="view", case_id=found["case"])
        return answer(found)


def task_json(item: WorkItem) -> dict[str, Any]:
    return taskrows.tasks([item])[0]


def supplement_json(row: Supplement) -> dict[str, Any]:
    return {
        "id": row.pk,
        "materials": row.kinds,
        "message": row.message,
        "due_at": row.due_at.astimezone(clock.ZONE).isoformat(),
        "due_reason": row.due_reason,
        "matters": list(row.matters.order_by("id").values_list("code", flat=True)),
    }


class TaskPost(ApiView):
    """A POST that does one thing with one task."""

    body: type[Body] | None = None
    service: Callable[..., Any]
    shows_case = False

    def post(self, request: Request, pk: int) -> HttpResponse:
        values = self.body.read(request.data) if self.body else {}
        return self.perform(
            request,
            lambda: type(self).service(actor=self.user, item_id=pk, **self.named(values)),
            lambda found: self.render(found, self.user),
        )

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        """The service's arguments."""
        return values

    def render(self, found: Any, user: User) -> dict[str, Any]:
        """What the service gives back, as JSON."""
        return represent.case(found, user) if self.shows_case else task_json(found)


@extend_schema_view(
    post=extend_schema(operation_id="tasks_claim", request=None, responses=shapes.TaskShape)
)
class ClaimView(TaskPost):
    """Take a task of one's organisation."""

    service = staticmethod(work_items.claim)


@extend_schema_view(
    post=extend_schema(operation_id="tasks_release", request=None, responses=shapes.TaskShape)
)
class ReleaseView(TaskPost):
    """Put it back for the organisation."""

    service = staticmethod(work_items.release)


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_complete", request=bodies.DataBody, responses=shapes.CaseShape
    )
)
class CompleteView(TaskPost):
    """Finish it with the form's answers; the case as it then stands."""

    body = bodies.DataBody
    service = staticmethod(work_items.complete_work_item)
    shows_case = True


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_draft", request=bodies.DataBody, responses=shapes.TaskShape
    )
)
class DraftView(TaskPost):
    """Keep what was typed, as typed."""

    body = bodies.DataBody
    service = staticmethod(work_items.save_draft)


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_supplement",
        request=bodies.SupplementBody,
        responses=shapes.SupplementShape,
    )
)
class SupplementView(TaskPost):
    """补正: ask for papers; the matters that need them stand still."""

    body = bodies.SupplementBody
    service = staticmethod(work_items.ask_supplement)

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"kinds": values["materials"], "message": values["message"]}

    def render(self, found: Any, user: User) -> dict[str, Any]:
        return supplement_json(found)


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_transfer", request=bodies.PassBody, responses=shapes.TaskShape
    )
)
class TransferView(TaskPost):
    """转办: a colleague gets it for good."""

    body = bodies.PassBody
    service = staticmethod(work_items.transfer)


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_delegate", request=bodies.PassBody, responses=shapes.TaskShape
    )
)
class DelegateView(TaskPost):
    """委派: a colleague does it, then it comes back."""

    body = bodies.PassBody
    service = staticmethod(work_items.delegate)


@extend_schema_view(
    post=extend_schema(
        operation_id="tasks_return", request=bodies.ReturnBody, responses=shapes.CaseShape
    )
)
class ReturnView(TaskPost):
    """退回: to the human step before, or the one named."""

    body = bodies.ReturnBody
    service = staticmethod(work_items.return_work_item)
    shows_case = True
