"""Work for the clients: claimed tasks with their answers ready to be sent."""

import random
from collections.abc import Iterator
from itertools import cycle

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat

from cases import outcomes
from cases.bench.clients import Call
from cases.models import Matter
from cases.robots.answers import fill, otherwise
from cases.robots.staff import Post
from cases.services import work_items
from common import clock
from permissions.models import User
from workflows.models import WorkItem


class Desk:
    """Claims tasks for officers in the process, so that only completing them is measured."""

    def __init__(self, posts: dict[Post, list[str]], tokens: dict[str, str], seed: int = 1) -> None:
        self.posts, self.tokens = posts, tokens
        self.users = {user.username: user for user in User.objects.filter(username__in=tokens)}
        self.rng = random.Random(seed)  # noqa: S311 - made-up answers

    def completions(self, rows: QuerySet[WorkItem], count: int = 0) -> list[Call]:
        """Calls that complete so many (0: all) of the ready tasks, which are claimed now."""
        rows = rows.filter(status="ready").select_related("org_unit", "instance")
        return [self.completion(item) for item in (rows[:count] if count else rows)]

    def completion(self, item: WorkItem) -> Call:
        """The call that completes one task, which is claimed for the first who may do it."""
        package = work_items.package_of(item.instance)
        for username in self.posts[item.org_unit.code, item.role]:
            officer = self.users[username]
            if work_items.same_officer(item, officer, package):
                continue
            work_items.claim(actor=officer, item_id=item.pk)
            schema = work_items.form_of(item, package)
            data = fill(schema, self.rng, today=clock.today(), favour=1.0)
            if data.get("decision") == "approved" and _is_barred(item):
                data = otherwise(schema, data) or data
            return Call(f"tasks/{item.pk}/complete/", self.tokens[username], {"data": data})
        raise LookupError(f"nobody may do {item}")


def _is_barred(item: WorkItem) -> bool:
    """Whether other aid stands in the way of approving."""
    if item.owner_type != "matter":
        return False
    matter = Matter.objects.select_related("case", "package", "person").get(pk=item.owner_id)
    return any(meeting.then == "bars" for meeting in outcomes.other_aid(matter))


def one_a_case(seed: int) -> QuerySet[WorkItem]:
    """Ready tasks of open cases, any one of each case, in a random order."""
    dice = MD5(Concat(Cast("pk", CharField()), Value(f"/{seed}")))
    rows = WorkItem.objects.filter(status="ready").order_by("subject_id", dice)
    chosen = rows.distinct("subject_id").values("pk")
    return WorkItem.objects.filter(pk__in=chosen).order_by(dice)


def dealt(calls: list[Call], hands: int) -> list[list[Call]]:
    """The calls dealt out to so many clients in turn."""
    shares: list[list[Call]] = [[] for _ in range(hands)]
    turn: Iterator[list[Call]] = cycle(shares)
    for call in calls:
        next(turn).append(call)
    return shares
