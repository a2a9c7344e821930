"""No page of any role breaks the content policy, and every page has the headers it ought to."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Page

from cases.models import Case
from cases.opening import Wanted
from cases.services.intake import open_case
from permissions.models import OrgUnit, Role, RoleAssignment, User
from screening.models import Finding
from screening.services import findings
from tests.factories.county import make_household, number_of
from tests.factories.policies import make_curator
from tests.factories.screened import make_screened
from tests.journeys.conftest import PASSWORD

ROLES = [
    "window.fuyun", "town.fuyun", "town2.fuyun", "visit.fuyun", "dept.civil.handler",
    "dept.civil.approver", "supervisor", "curator", "auditor", "security",
]  # fmt: skip
# no pages (data, files, parts of pages, a redirect), or pages that only other journeys come to
NO_PAGES = {
    "home", "healthz", "readyz", "api-schema", "material", "case-diagram", "case-diagram-data",
    "oidc", "oidc-return", "second-factor", "rules-table", "rules-changed-table", "rules-change",
    "policy-version", "policy-receipts",
}  # fmt: skip
PERSONAL = {"window", "tasks", "cases", "case", "household", "lead", "finding", "receipt"}


@pytest.fixture
def busy(county, tmp_path) -> Case:
    """A county in which every page has something to show."""
    make_screened(tmp_path)
    found = Finding.objects.get(rule="child_disabled_living")
    findings.resolve(
        actor=county["town.fuyun"], finding_id=found.pk, decision="confirmed", reason="领两份"
    )
    civil = OrgUnit.objects.get(code="civil")
    others = [make_curator()]
    for name, role in (("auditor", Role.AUDITOR), ("security", Role.SECURITY_ADMIN)):
        others.append(User.objects.create(username=name, name=name))
        RoleAssignment.objects.create(
            user=others[-1], org_unit=civil, role=role, division_code="331125000000"
        )
    for user in others:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    head = make_household(90).memberships.get(relation="head").person
    return open_case(
        actor=county["window.fuyun"],
        id_number=number_of(head),
        matters=[Wanted("disabled_living"), Wanted("min_living")],
        channel="window",
        consent=True,
    )


def pages_with_a_view() -> set[str]:
    """The names of addresses that answer GET with a page."""
    return {
        str(pattern.name)
        for pattern in _patterns(get_resolver().url_patterns)
        if pattern.name and "GET" in _verbs(pattern) and pattern.name not in NO_PAGES
    }


def _patterns(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for row in found:
        if isinstance(row, URLResolver):
            if not str(row.pattern).startswith("api/"):
                yield from _patterns(row.url_patterns)
        else:
            yield row


def _verbs(pattern: URLPattern) -> set[str]:
    """What `require_…` lets through: its closure says so."""
    view = pattern.callback
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            if isinstance(cell.cell_contents, list | tuple) and "GET" in cell.cell_contents:
                return {"GET"}
        view = getattr(view, "__wrapped__", None)
    return set()


class Walker:
    """Follows the links of one role, one address of each kind and view."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.seen: set[str] = set()
        self.kinds: set[str] = set()
        self.headers: dict[str, dict[str, str]] = {}

    def walk(self, *starts: str) -> None:
        waiting = [self.base + start for start in starts]
        while waiting:
            address = waiting.pop()
            if self._is_known(address):
                continue
            answer = self.page.goto(address)
            assert answer is not None
            assert answer.status < 500, address
            name = resolve(urlsplit(self.page.url).path).url_name or ""
            self.kinds.add(name)
            self.headers[name] = answer.headers
            waiting += self._links()

    def _is_known(self, address: str) -> bool:
        parts = urlsplit(urldefrag(address).url)
        if not address.startswith(self.base):
            return True
        name = resolve(parts.path).url_name
        key = f"{name}?{re.sub(r'[0-9]+', '0', parts.query)}"
        if key in self.seen or name in NO_PAGES - {"home"}:
            return True
        self.seen.add(key)
        return False

    def _links(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('a[href]')].map((link) => link.href)"
        )
        return found


def test_every_page_of_every_role_keeps_the_policy(busy, sign_in, live_server):
    visited: set[str] = set()
    headers: dict[str, dict[str, str]] = {}

    for role in ROLES:
        page = sign_in(role)
        walker = Walker(page, live_server.url)
        walker.walk("/", "/policies/", f"/cases/{busy.pk}/receipt/", "/leads/report/")
        visited |= walker.kinds
        headers |= walker.headers
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in/")
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.goto(f"{live_server.url}/nowhere/")

    # what was complained of meanwhile fails the test by the page's own fixture
    assert pages_with_a_view() - visited <= {"sign-in", "api-docs"}
    for name, told in headers.items():
        assert "unsafe-eval" not in told["content-security-policy"], name
        is_drawing = "'unsafe-inline'" in told["content-security-policy"]
        assert is_drawing == (name == "case"), name
        assert told["permissions-policy"].startswith("accelerometer=()"), name
        assert told["cross-origin-resource-policy"] == "same-origin", name
    assert all(headers[name]["cache-control"] == "no-store" for name in PERSONAL)


def test_an_injected_script_is_not_run_and_is_noticed(county, live_server, browser):
    """The fixture really sees a breach: here is one."""
    from tests.browser import watched

    context = browser.new_context()
    noticed = watched(context)
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-in/")

    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.broken = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<p style='color:red' id=inline>x</p>");
        }"""
    )

    assert page.evaluate("window.broken") is None
    assert any("script-src" in line for line in noticed)
    assert any("style-src" in line for line in noticed)
    context.close()
