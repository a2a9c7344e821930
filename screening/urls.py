"""Pages of the screening: leads, findings, stops; policy packages; the rules and what is tried."""

from django.urls import path

from screening import correction_views, finding_views, lead_views, policy_views, rehearsal_views

urlpatterns = [
    path("leads/", lead_views.lead_list, name="leads"),
    path("leads/report/", lead_views.report, name="lead-report"),
    path("leads/rules/", lead_views.rules, name="lead-rules"),
    path("leads/<int:pk>/", lead_views.lead, name="lead"),
    path("leads/<int:pk>/take/", lead_views.take, name="lead-take"),
    path("leads/<int:pk>/visit/", lead_views.visit, name="lead-visit"),
    path("leads/<int:pk>/resolve/", lead_views.resolve, name="lead-resolve"),
    path("findings/", finding_views.finding_list, name="findings"),
    path("findings/<int:pk>/", finding_views.finding, name="finding"),
    path("findings/<int:pk>/resolve/", finding_views.resolve, name="finding-resolve"),
    path("corrections/", correction_views.correction_list, name="corrections"),
    path("corrections/<int:pk>/", correction_views.correction, name="correction"),
    path("policies/", policy_views.public_list, name="policies"),
    path("policies/<str:code>/", policy_views.public, name="policy"),
    path("policy-packages/", policy_views.board, name="policy-packages"),
    path("policy-packages/<str:code>/", policy_views.package, name="policy-package"),
    path("policy-packages/<str:code>/read/", policy_views.read, name="policy-read"),
    path("policy-packages/<str:code>/edit/", policy_views.edit, name="policy-edit"),
    path("policy-packages/<str:code>/receipts/", policy_views.receipts, name="policy-receipts"),
    path(
        "policy-packages/<str:code>/versions/<int:version>/",
        policy_views.version,
        name="policy-version",
    ),
    path("rules/", rehearsal_views.rules, name="rules"),
    path("rules/try/", rehearsal_views.try_change, name="rules-try"),
    path("rules/tables/<slug:name>.dmn", rehearsal_views.table_source, name="rules-table"),
    path("rules/changes/<int:pk>/", rehearsal_views.change, name="rules-change"),
    path("rules/changes/<int:pk>/again/", rehearsal_views.try_again, name="rules-again"),
    path("rules/changes/<int:pk>/publish/", rehearsal_views.publish, name="rules-publish"),
    path(
        "rules/changes/<int:pk>/<slug:name>.dmn",
        rehearsal_views.changed_source,
        name="rules-changed-table",
    ),
]
