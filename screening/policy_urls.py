"""Pages of the policy packages: for everyone, and for staff."""

from django.urls import path

from screening import policy_views as views

urlpatterns = [
    path("policies/", views.public_list, name="policies"),
    path("policies/<str:code>/", views.public, name="policy"),
    path("policy-packages/", views.board, name="policy-packages"),
    path("policy-packages/<str:code>/", views.package, name="policy-package"),
    path("policy-packages/<str:code>/read/", views.read, name="policy-read"),
    path("policy-packages/<str:code>/edit/", views.edit, name="policy-edit"),
    path("policy-packages/<str:code>/receipts/", views.receipts, name="policy-receipts"),
    path(
        "policy-packages/<str:code>/versions/<int:version>/", views.version, name="policy-version"
    ),
]
