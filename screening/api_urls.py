"""Addresses of the screening, below /api/v1/."""

from django.urls import path

from screening import api, policy_api

urlpatterns = [
    path("screening/findings/", api.FindingsView.as_view()),
    path("screening/findings/<int:pk>/resolve/", api.ResolveView.as_view()),
    path("policies/", policy_api.PoliciesView.as_view()),
    path("policies/<str:code>/read/", policy_api.ReadView.as_view()),
]
