"""Addresses of the screening, below /api/v1/."""

from django.urls import path

from screening import api, lead_api, policy_api, rehearsal_api

urlpatterns = [
    path("screening/findings/", api.FindingsView.as_view()),
    path("screening/findings/<int:pk>/resolve/", api.ResolveView.as_view()),
    path("screening/corrections/", lead_api.CorrectionsView.as_view()),
    path("screening/corrections/<int:pk>/decide/", lead_api.CorrectionDecideView.as_view()),
    path("leads/", lead_api.LeadsView.as_view()),
    path("leads/precision/", lead_api.LeadPrecisionView.as_view()),
    path("leads/<int:pk>/take/", lead_api.LeadTakeView.as_view()),
    path("leads/<int:pk>/visit/", lead_api.LeadVisitView.as_view()),
    path("leads/<int:pk>/resolve/", lead_api.LeadResolveView.as_view()),
    path("what-if/", rehearsal_api.RehearsalsView.as_view()),
    path("what-if/<int:pk>/", rehearsal_api.RehearsalView.as_view()),
    path("what-if/<int:pk>/publish/", rehearsal_api.PublishView.as_view()),
    path("policies/", policy_api.PoliciesView.as_view()),
    path("policies/<str:code>/read/", policy_api.ReadView.as_view()),
]
