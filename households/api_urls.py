"""Addresses of the register, below /api/v1/."""

from django.urls import path

from households import api

urlpatterns = [
    path("households/", api.HouseholdsView.as_view()),
    path("households/<str:household_no>/", api.HouseholdView.as_view()),
    path("households/<str:household_no>/list/", api.HappinessListView.as_view()),
    path("persons/<str:person_no>/", api.PersonView.as_view()),
    path("persons/<str:person_no>/unmask/", api.UnmaskView.as_view()),
]
