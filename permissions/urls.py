"""Pages of the room: signing in, one's own sign-ins, accounts; language, size."""

from django.urls import path

from permissions import (
    account_views,
    oidc_views,
    session_views,
    sign_in_views,
    substitute_views,
    views,
)

urlpatterns = [
    path("substitution/", substitute_views.substitution, name="substitution"),
    path("substitution/<int:pk>/end/", substitute_views.end, name="substitution-end"),
    path("", views.home, name="home"),
    path("sign-in/", sign_in_views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="language"),
    path("size/", views.set_size, name="size"),
    path("oidc/", oidc_views.Leave.as_view(), name="oidc"),
    path("oidc/return/", oidc_views.Return.as_view(), name="oidc-return"),
    path("password/", sign_in_views.change_password, name="password"),
    path("second-factor/", sign_in_views.verify, name="second-factor"),
    path("second-factor/enrol/", sign_in_views.enrol, name="second-factor-enrol"),
    path("second-factor/codes/", sign_in_views.renew_codes, name="recovery-codes"),
    path("sessions/", session_views.own_sessions, name="own-sessions"),
    path("sessions/<uuid:ref>/end/", session_views.end_session, name="session-end"),
    path("tokens/end/", session_views.end_token, name="token-end"),
    path("accounts/", account_views.account_list, name="accounts"),
    path("accounts/new/", account_views.new_account, name="account-new"),
    path("accounts/acts/", account_views.acts, name="account-acts"),
    path("accounts/<int:pk>/", account_views.account, name="account"),
    path("accounts/<int:pk>/password/", account_views.issue_password, name="account-password"),
    path("accounts/<int:pk>/roles/", account_views.grant, name="role-grant"),
    path("accounts/roles/<int:pk>/end/", account_views.end_role, name="role-end"),
    path("accounts/<int:pk>/<slug:verb>/", account_views.act, name="account-act"),
]
