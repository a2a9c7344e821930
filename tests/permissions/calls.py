"""Every way to reach a thing over HTTP, and what the answer says: yes, denied or missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken

from common import clock
from permissions.models import User
from tests.api.papers import PDF

API = "/api/v1/"
DONE = {200, 201, 202, 302}


class Caller:
    """Somebody with a token and with a browser."""

    def __init__(self, user: User) -> None:
        _row, token = AuthToken.objects.create(user=user)
        self._token = {"Authorization": f"Token {token}"}
        self._outside, self._browser = Client(), Client()
        self._browser.force_login(user)

    def get(self, path: str) -> Any:
        """By the API."""
        return self._outside.get(API + path, headers=self._token)

    def post(self, path: str, body: Any) -> Any:
        return self._outside.post(
            API + path, body, content_type="application/json", headers=self._token
        )

    def send(self, path: str, fields: dict[str, Any]) -> Any:
        return self._outside.post(API + path, fields, headers=self._token)

    def page(self, path: str) -> Any:
        """By the browser."""
        return self._browser.get(path)

    def form(self, path: str, fields: dict[str, Any]) -> Any:
        return self._browser.post(path, fields)

    def ids(self, path: str, key: str) -> set[Any]:
        """Everything that a list of the API shows."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        assert answer.json()["next"] is None
        return {row[key] for row in answer.json()["results"]}


Do = Callable[[Caller, Any], Any]


@dataclass(frozen=True)
class Call:
    """One way to do one thing. also: statuses that an allowed caller may get besides."""

    action: str
    name: str
    do: Do
    also: frozenset[int] = frozenset()

    @property
    def kind(self) -> str:
        return self.name.split()[0]

    def verdict(self, caller: Caller, row: Any) -> str:
        answer = self.do(caller, row)
        if answer.streaming:
            assert b"".join(answer.streaming_content)
        status = answer.status_code
        if status in DONE | self.also:
            return "yes"
        return {403: "denied", 404: "missing"}.get(status, f"status {status}")


def _paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pdf", PDF, "application/pdf")


def _claimed(caller: Caller, row: Any) -> Any:
    return caller.post(f"tasks/{row.pk}/complete/", {"data": {}})


def _look_up(caller: Caller, number: str) -> Any:
    return caller.post("applicants/lookup/", {"id_number": number})


PACKAGE = "/policy-packages/min_living/"
SHARE = {"username": "town.wuxi", "reason": "会商"}
REASON = {"reason": "测试"}
UNCLAIMED = frozenset({409})
LIFE = {"kind": "guardian_changed"}
CALLS = [
    Call("case.see", "case detail", lambda c, r: c.get(f"cases/{r.pk}/")),
    Call("case.see", "case timeline", lambda c, r: c.get(f"cases/{r.pk}/timeline/")),
    Call("case.see", "case diagram", lambda c, r: c.get(f"cases/{r.pk}/diagram/")),
    Call("case.see", "case page", lambda c, r: c.page(f"/cases/{r.pk}/")),
    Call("case.see", "case receipt", lambda c, r: c.page(f"/cases/{r.pk}/receipt/")),
    Call("case.see", "case drawing", lambda c, r: c.page(f"/cases/{r.pk}/diagram/")),
    Call("case.see", "case drawing data", lambda c, r: c.page(f"/cases/{r.pk}/diagram.json")),
    Call(
        "case.see_papers",
        "case file",
        lambda c, r: c.page(f"/cases/{r.pk}/materials/{r.paper.pk}/"),
    ),
    Call(
        "case.declare_relative",
        "case relative",
        lambda c, r: c.post(
            f"cases/{r.pk}/relatives/", {"username": "town.fuyun", "relation": "兄弟"}
        ),
    ),
    Call(
        "case.declare_relative",
        "case relative form",
        lambda c, r: c.form(
            f"/cases/{r.pk}/relatives/", {"username": "town.fuyun", "relation": "兄弟"}
        ),
    ),
    Call("case.see_access", "case access", lambda c, r: c.page(f"/cases/{r.pk}/access/")),
    Call(
        "case.share",
        "case share",
        lambda c, r: c.form(f"/cases/{r.pk}/access/", SHARE | {"until": str(clock.today())}),
    ),
    Call("case.withdraw", "case withdraw", lambda c, r: c.post(f"cases/{r.pk}/withdraw/", REASON)),
    Call("case.withdraw", "case form", lambda c, r: c.form(f"/cases/{r.pk}/withdraw/", REASON)),
    Call(
        "case.record_office_visit",
        "case visit",
        lambda c, r: c.post(f"cases/{r.pk}/office-visits/", REASON),
    ),
    Call(
        "case.record_office_visit",
        "case visit form",
        lambda c, r: c.form(f"/cases/{r.pk}/office-visits/", REASON),
    ),
    Call(
        "case.add_material",
        "case paper",
        lambda c, r: c.send(f"cases/{r.pk}/materials/", {"file": _paper(), "kind": "consent"}),
    ),
    Call(
        "case.add_material",
        "case paper form",
        lambda c, r: c.form(f"/cases/{r.pk}/materials/", {"file": _paper(), "kind": "consent"}),
    ),
    Call("task.see", "task detail", lambda c, r: c.get(f"tasks/{r.pk}/")),
    Call("task.see", "task page", lambda c, r: c.page(f"/tasks/{r.pk}/")),
    Call("task.do", "task claim", lambda c, r: c.post(f"tasks/{r.pk}/claim/", {})),
    Call("task.do", "task claim form", lambda c, r: c.form(f"/tasks/{r.pk}/claim/", {})),
    Call("task.do", "task release", lambda c, r: c.post(f"tasks/{r.pk}/release/", {}), UNCLAIMED),
    Call("task.do", "task complete", _claimed, UNCLAIMED),
    Call(
        "task.do",
        "task draft",
        lambda c, r: c.post(f"tasks/{r.pk}/draft/", {"data": {}}),
        UNCLAIMED,
    ),
    Call("household.see", "household detail", lambda c, r: c.get(home(r))),
    Call("household.see", "household list", lambda c, r: c.get(home(r) + "list/")),
    Call("household.see", "household page", lambda c, r: c.page("/" + home(r))),
    Call(
        "household.see",
        "household sheet",
        lambda c, r: c.page("/" + home(r) + "list/"),
    ),
    Call("household.see", "household person", lambda c, r: c.get(f"persons/{head(r)}/")),
    Call(
        "person.unmask",
        "household unmask",
        lambda c, r: c.post(
            f"persons/{head(r)}/unmask/", {"fields": ["id_number"], "purpose": "电话约定入户"}
        ),
    ),
    Call(
        "person.unmask",
        "household unmask form",
        lambda c, r: c.form(
            f"/persons/{head(r)}/unmask/", {"fields": ["phone"], "purpose": "电话约定入户"}
        ),
    ),
    Call(
        "person.record_life_event",
        "household life event",
        lambda c, r: c.post(
            "life-events/", LIFE | {"person_no": head(r), "on": str(clock.today())}
        ),
    ),
    Call("finding.see", "finding page", lambda c, r: c.page(f"/findings/{r.pk}/")),
    Call(
        "finding.resolve",
        "finding resolve",
        lambda c, r: c.post(
            f"screening/findings/{r.pk}/resolve/", REASON | {"decision": "dismissed"}
        ),
    ),
    Call(
        "finding.resolve",
        "finding form",
        lambda c, r: c.form(f"/findings/{r.pk}/resolve/", REASON | {"decision": "dismissed"}),
    ),
    Call("lead.see", "lead page", lambda c, r: c.page(f"/leads/{r.pk}/")),
    Call("lead.work", "lead take", lambda c, r: c.post(f"leads/{r.pk}/take/", {})),
    Call("lead.work", "lead take form", lambda c, r: c.form(f"/leads/{r.pk}/take/", {})),
    Call("correction.see", "correction page", lambda c, r: c.page(f"/corrections/{r.pk}/")),
    Call(
        "correction.decide",
        "correction decide",
        lambda c, r: c.post(f"screening/corrections/{r.pk}/decide/", REASON | {"decision": "keep"}),
    ),
    Call(
        "correction.decide",
        "correction form",
        lambda c, r: c.form(f"/corrections/{r.pk}/", {"decision": "keep", "keep_reason": "测试"}),
    ),
]
# what is not about something that is there: open to a role, or denied
OPEN_CALLS = [
    Call(
        "applicant.look_up",
        "any lookup",
        _look_up,
    ),
    Call("case.open", "any window", lambda c, _r: c.page("/window/")),
    Call(
        "case.open",
        "any case",
        lambda c, r: c.post(
            "cases/",
            {"id_number": r, "matters": ["temporary_aid"], "channel": "window", "consent": True},
        ),
    ),
    Call(
        "lead.report",
        "any report",
        lambda c, r: c.post("leads/", {"channel": "grid", "text": "困难", "id_number": r}),
    ),
    Call("lead.report", "any report page", lambda c, _r: c.page("/leads/report/")),
    Call("lead.see_precision", "any precision page", lambda c, _r: c.page("/leads/rules/")),
    Call("rule.see", "any rules page", lambda c, _r: c.page("/rules/")),
    Call(
        "rule.try",
        "any rehearsal",
        lambda c, _r: c.post("what-if/", {"parameters": {"S": "1200"}}),
    ),
    Call("account.manage", "any accounts", lambda c, _r: c.page("/accounts/")),
    Call("account.see_acts", "any acts", lambda c, _r: c.page("/accounts/acts/")),
    Call("log.see", "any access log", lambda c, _r: c.get("access-log/")),
    Call("log.see", "any access log page", lambda c, _r: c.page("/access-log/")),
    Call("log.see", "any changes", lambda c, _r: c.get("changes/?no=P000010")),
    Call("log.see", "any changes page", lambda c, _r: c.page("/changes/")),
    Call(
        "log.export",
        "any export",
        lambda c, _r: c.form("/access-log/export/", {"purpose": "年度抽查"}),
    ),
    Call("policy.edit", "any policy edit", lambda c, _r: c.page(f"{PACKAGE}edit/")),
    Call(
        "policy.see_receipts",
        "any policy receipts",
        lambda c, _r: c.page(f"{PACKAGE}receipts/"),
    ),
]


def home(household: Any) -> str:
    """Its address."""
    return f"households/{household.household_no}/"


def head(household: Any) -> str:
    """The register number of a household's head."""
    return str(household.memberships.get(relation="head").person_no)


def paper_of(case: Any) -> str:
    """The address of its paper."""
    return f"/cases/{case.pk}/materials/{case.paper.pk}/"
