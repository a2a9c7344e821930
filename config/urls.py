"""Every address of the product; rooms bring their own `urls` and `api_urls`."""

from django.urls import include, path, re_path

from common.http import problems
from common.http.schema import docs, schema
from config import health, openapi  # noqa: F401 - registers how one signs in

urlpatterns = [
    path("", include("permissions.urls")),
    path("", include("cases.urls")),
    path("", include("households.urls")),
    path("", include("screening.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/schema/", schema, name="api-schema"),
    path("api/v1/docs/", docs, name="api-docs"),
    path("api/v1/", include("cases.api_urls")),
    path("api/v1/", include("households.api_urls")),
    path("api/v1/", include("screening.api_urls")),
    re_path(r"^api/", problems.nowhere),
]
handler400 = "common.http.problems.bad_request"
handler403 = "common.http.problems.permission_denied"
handler404 = "common.http.problems.page_not_found"
handler500 = "common.http.problems.server_error"
