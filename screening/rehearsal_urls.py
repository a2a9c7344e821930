"""Addresses of the rules and of what is tried with them: pages, and below /api/v1/."""

from django.urls import path

from screening import rehearsal_api as api
from screening import rehearsal_views as views

urlpatterns = [
    path("rules/", views.rules, name="rules"),
    path("rules/try/", views.try_change, name="rules-try"),
    path("rules/tables/<slug:name>.dmn", views.table_source, name="rules-table"),
    path("rules/changes/<int:pk>/", views.change, name="rules-change"),
    path("rules/changes/<int:pk>/again/", views.try_again, name="rules-again"),
    path("rules/changes/<int:pk>/publish/", views.publish, name="rules-publish"),
    path(
        "rules/changes/<int:pk>/<slug:name>.dmn", views.changed_source, name="rules-changed-table"
    ),
    path("api/v1/what-if/", api.RehearsalsView.as_view()),
    path("api/v1/what-if/<int:pk>/", api.RehearsalView.as_view()),
    path("api/v1/what-if/<int:pk>/publish/", api.PublishView.as_view()),
]
