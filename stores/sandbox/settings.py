"""Django settings of the sandbox server: no apps, no database, loopback only."""

from __future__ import annotations

DEBUG = False
SECRET_KEY = "sandbox-holds-no-secrets"  # noqa: S105 - nothing is signed with it
# It listens on 127.0.0.1 only (see __main__), and clients may use any name for that.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "stores.sandbox.urls"
WSGI_APPLICATION = "stores.sandbox.wsgi.application"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
DATABASES: dict[str, dict[str, str]] = {}
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
# Peers judge the size of a body themselves; a 1 MB note is one of the cases.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        # Refusals are the sandbox's daily work; only its own errors are news.
        "django.request": {
            "handlers": ["console"],
            "level": "ERROR",
            "propagate": False,
            "filters": ["unplanned"],
        }
    },
    "filters": {"unplanned": {"()": "stores.sandbox.logs.Unplanned"}},
}
