"""Pages of the register."""

from django.urls import path

from households import views

urlpatterns = [
    path("persons/<str:person_no>/unmask/", views.unmask, name="unmask"),
    path("households/", views.household_list, name="households"),
    path("households/<str:household_no>/", views.household, name="household"),
    path("households/<str:household_no>/list/", views.sheet, name="household-list"),
]
