"""The register over HTTP: households, people, the happiness list."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from common.errors import MissingError
from common.http.answers import answer
from common.http.bodies import Body, Text, Texts
from common.http.docs import DIVISION, PAGE, page_of, query
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from households import represent
from households.happiness import happiness_list
from households.models import Household
from households.services import unmasking
from households.visibility import households_visible_to, people_visible_to
from permissions.access import asked_prefix
from permissions.access_log import record
from permissions.models import User

Shape = s.Serializer[Any]


def _anything() -> s.DictField:
    return s.DictField(child=s.JSONField())


class HouseholdBrief(Shape):
    household_no = s.CharField()
    head = s.CharField(allow_null=True)
    members = s.IntegerField()
    division = s.CharField()
    township = s.CharField(allow_null=True)
    village = s.CharField(allow_null=True)
    category = s.CharField(allow_blank=True)
    is_provisional = s.BooleanField()


class Totals(Shape):
    month = s.CharField()
    quarter = s.CharField()
    year = s.CharField()


class Entry(Shape):
    matter = s.CharField()
    measure = s.CharField()
    organisation = s.CharField()
    organisation_name = s.CharField()
    person_no = s.CharField(allow_null=True)
    amount = s.CharField(allow_null=True)
    form = s.CharField()
    starts_on = s.DateField()
    ends_on = s.DateField(allow_null=True)
    granted_on = s.DateField(allow_null=True)
    source = s.CharField()  # type: ignore[assignment]
    lines = s.ListField(child=_anything())


class HappinessList(Shape):
    household = _anything()
    members = s.ListField(child=_anything())
    entries = Entry(many=True)
    totals = Totals()


def visible_household(user: User, household_no: str) -> Household:
    """A household that the user sees. Raises MissingError."""
    rows = households_visible_to(user).filter(household_no=household_no)
    found: Household | None = rows.first()
    if found is None:
        raise MissingError
    return found


class HouseholdsView(ApiView):
    limit = "search"

    @extend_schema(
        operation_id="households_list",
        parameters=[
            query("q", "household number, beginning of a member's name, or number's last four"),
            DIVISION,
            *PAGE,
        ],
        responses=page_of(HouseholdBrief, "Household"),
    )
    def get(self, request: Request) -> HttpResponse:
        """Households that one sees."""
        filters = Filters(request)
        rows = households_visible_to(self.user).search(filters.text("q"))
        if division := filters.text("division"):
            rows = rows.in_divisions([asked_prefix(division)])
        page = paginate(request, rows, order="household_no")
        record(kind="search", household_ids=[row.pk for row in page.rows])
        return answer(page.around(represent.households(page.rows)))


class HouseholdView(ApiView):
    @extend_schema(operation_id="households_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, household_no: str) -> HttpResponse:
        """One household: register, members, what is granted."""
        found = visible_household(self.user, household_no)
        record(kind="view", household_id=found.pk)
        return answer(represent.household(found, self.user))


class HappinessListView(ApiView):
    @extend_schema(
        operation_id="households_happiness_list",
        parameters=[
            query("as_of", "what held on that day", OpenApiTypes.DATE),
            query("known_at", "as it was known at that moment", OpenApiTypes.DATETIME),
        ],
        responses=HappinessList,
    )
    def get(self, request: Request, household_no: str) -> HttpResponse:
        """幸福清单: all aid of the household."""
        filters = Filters(request)
        household = visible_household(self.user, household_no)
        as_of, known_at = filters.day("as_of"), filters.moment("known_at")
        record(kind="view", household_id=household.pk)
        return answer(happiness_list(household, as_of=as_of, known_at=known_at))


class PersonView(ApiView):
    @extend_schema(operation_id="persons_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, person_no: str) -> HttpResponse:
        """One person, by any of their registration numbers; numbers are masked."""
        rows = people_visible_to(self.user)
        found = rows.filter(memberships__person_no=person_no).first()
        if found is None:
            raise MissingError
        record(kind="view", person_ids=[found.pk])
        return answer(represent.person(found, self.user))


class UnmaskBody(Body):
    fields = Texts()  # type: ignore[assignment]
    purpose = Text(max_length=200)


class Unmasked(Shape):
    person_no = s.CharField()
    fields = _anything()  # type: ignore[assignment]


class UnmaskView(ApiView):
    @extend_schema(operation_id="persons_unmask", request=UnmaskBody, responses=Unmasked)
    def post(self, request: Request, person_no: str) -> HttpResponse:
        """Some masked fields of one person, for a purpose; who asked and why is kept."""
        values = UnmaskBody.read(request.data)
        found, opened = unmasking.unmask(actor=self.user, person_no=person_no, **values)
        shown = {name: represent.plain(value) for name, value in opened.items()}
        return answer({"person_no": found.person_no, "fields": shown})
