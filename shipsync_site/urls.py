"""Where each page is."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from orders.views import privacy
from shipsync_site import sync_now, views
from shipsync_site.health import healthz
from shipsync_site.metrics import metrics

handler403 = "shipsync_site.denied.denied"
urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("navigation/", views.navigation_fragment, name="navigation"),
    path(
        "login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"
    ),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "password/changed/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    path("stores/<slug:slug>/sync/", sync_now.start, name="sync_now"),
    path("stores/<slug:slug>/sync/progress/", sync_now.progress, name="sync_progress"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    # Before the admin's own, which asks people to sign in who are signed in.
    path("admin/login/", views.raw_records_login, name="raw_records_login"),
    path("admin/", admin.site.urls),
    path("buyer-data/", privacy.kept, name="buyer_data"),
    path("buyer-data/looks/", privacy.reveals, name="buyer_reveals"),
    path("", include("shipsync_site.security.urls")),
    path("", include("shipsync_site.guide.urls")),
    path("", include("shipsync_site.training.urls")),
    path("", include("stores.urls")),
    path("", include("orders.urls")),
    path("", include("reconciliation.urls")),
]
