"""Every address of the product; rooms bring their own `urls` and `api_urls`."""

from django.urls import path

from config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
