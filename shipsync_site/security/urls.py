"""Second factor, own account, people."""

from __future__ import annotations

from django.urls import path

from shipsync_site.security.views import account, factor, people

urlpatterns = [
    path("second-factor/", factor.check, name="second_factor"),
    path("second-factor/set-up/", factor.set_up, name="second_factor_setup"),
    path("second-factor/renew/", factor.renew, name="second_factor_renew"),
    path("second-factor/codes/", factor.codes, name="second_factor_codes"),
    path("second-factor/off/", factor.off, name="second_factor_off"),
    path("password/", account.PasswordChange.as_view(), name="password_change"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="sessions_end"),
    path("people/", people.list_people, name="people"),
    path("people/rules/<slug:audience>/", people.set_rule, name="second_factor_rule"),
    path("people/<int:pk>/", people.detail, name="person"),
    path(
        "people/<int:pk>/sessions/end/", people.end_sessions, name="person_sessions_end"
    ),
    path("people/<int:pk>/second-factor/reset/", people.reset, name="person_reset"),
    path("people/<int:pk>/unlock/", people.unlock, name="person_unlock"),
]
