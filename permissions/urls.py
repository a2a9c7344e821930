"""Pages of the room: signing in, language, size."""

from django.urls import path

from permissions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="language"),
    path("size/", views.set_size, name="size"),
]
