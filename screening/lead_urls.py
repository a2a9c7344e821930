"""Pages of leads, findings and corrections."""

from django.urls import path

from screening import correction_views, finding_views, lead_views

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
]
