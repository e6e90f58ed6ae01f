"""Settings of shipsync: everything that differs between installations is read from
the environment, every secret also from ``<NAME>_FILE``."""

from __future__ import annotations

import os
import re
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from shipsync_site.lib import clock

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("SHIPSYNC_VAR", BASE_DIR / "var"))

env = environ.Env()
environ.Env.read_env(os.environ.get("SHIPSYNC_ENV_FILE", str(BASE_DIR / ".env")))


def secret(name: str, default: str = "") -> str:
    """A secret from ``<name>_FILE`` or ``<name>``."""
    path = env.str(f"{name}_FILE", default="")
    if path:
        return Path(path).read_text().strip()
    return str(env.str(name, default=default))


DEBUG = env.bool("SHIPSYNC_DEBUG", default=False)
# Development keys exist only with SHIPSYNC_DEVELOPMENT=1 (make demo, make test set it);
# without it a missing secret is refused by the system checks and by Django itself.
DEVELOPMENT = env.bool("SHIPSYNC_DEVELOPMENT", default=False)
_DEV = "development-only-" * 3 if DEVELOPMENT else ""
SECRET_KEY = secret("SHIPSYNC_SECRET_KEY", _DEV)
_DEV_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMDEyMzQ=" if DEVELOPMENT else ""
SHIPSYNC_FIELD_KEYS = [
    key
    for key in re.split(r"[\s,]+", secret("SHIPSYNC_FIELD_KEYS", _DEV_FIELD_KEY))
    if key
]
SHIPSYNC_SEARCH_KEY = secret("SHIPSYNC_SEARCH_KEY", _DEV)
SHIPSYNC_SANDBOX_URL = env.str("SHIPSYNC_SANDBOX_URL", default="http://127.0.0.1:8900")
# Where peers and sellers' browsers reach this console, such as https://ops.example.com;
# without it no webhook is subscribed to. Outside development it must be https.
SHIPSYNC_PUBLIC_URL = env.str("SHIPSYNC_PUBLIC_URL", default="").rstrip("/")
# Bearer token for /metrics; without one only this machine may read them.
SHIPSYNC_METRICS_TOKEN = secret("SHIPSYNC_METRICS_TOKEN")
# Where alerts by mail go out, such as smtp+tls://name:password@mail.example.com:587;
# without it nobody is mailed, and the page of alerts says so.
_mail = secret("EMAIL_URL")
EMAIL_IS_SET = bool(_mail)
globals().update(environ.Env.email_url_config(_mail or "dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("SHIPSYNC_MAIL_FROM", default="shipsync@localhost")
# Below this folder schedules write their reports; without it they are only mailed.
SHIPSYNC_EXPORT_ROOT = env.str("SHIPSYNC_EXPORT_ROOT", default="")
SHIPSYNC_BANNER = env.str("SHIPSYNC_BANNER", default="")

# How long ShipStation's index may lag behind its writes (facts: up to five minutes),
# how long the mirror waits between polls, in business seconds; demos scale them down.
SHIPSYNC_MIRROR_LAG = env.float("SHIPSYNC_MIRROR_LAG", default=300.0)
SHIPSYNC_MIRROR_INTERVAL = env.float("SHIPSYNC_MIRROR_INTERVAL", default=60.0)
SHIPSYNC_DISPATCH_INTERVAL = env.float("SHIPSYNC_DISPATCH_INTERVAL", default=60.0)
# How often a ShipStation account's stores, tags and carriers are compared with before.
SHIPSYNC_DRIFT_INTERVAL = env.float("SHIPSYNC_DRIFT_INTERVAL", default=300.0)
# Poll interval of the marketplaces; 0 takes the connector's own (Amazon: 180 s).
SHIPSYNC_PULL_INTERVAL = env.float("SHIPSYNC_PULL_INTERVAL", default=0.0)
# Real seconds: how long a pump works, how long a lease lasts, when a heart is stale.
SHIPSYNC_PUMP_SPAN = env.float("SHIPSYNC_PUMP_SPAN", default=15.0)
SHIPSYNC_LEASE = env.float("SHIPSYNC_LEASE", default=90.0)
SHIPSYNC_HEART_STALE = env.float("SHIPSYNC_HEART_STALE", default=90.0)

ALLOWED_HOSTS = env.list("SHIPSYNC_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("SHIPSYNC_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_q",
    "django_include_bootstrap",
    "lucide",
    "shipsync_site.apps.SiteConfig",
    "stores",
    "orders",
    "reconciliation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "shipsync_site.security.middleware.SessionPolicyMiddleware",
    "shipsync_site.security.middleware.LoginFirstMiddleware",
    "shipsync_site.security.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "shipsync_site.denied.FormAddressMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "shipsync_site.urls"
WSGI_APPLICATION = "shipsync_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shipsync_site.context_processors.console",
            ],
        },
    }
]

DATABASES = {
    "default": env.db_url(
        "DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'shipsync.sqlite3'}"
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "shipsync_site.lockout.ManyAddressesBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# Per user and address, so that one mistyping colleague never locks out an office.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_RESET_ON_SUCCESS = True
# The wait is 15 minutes from the last counted mistake, and the page names its end.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "shipsync_site.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "shipsync_site.lockout.client_address"
# Only these may say in X-Forwarded-For who asks: addresses, networks, or 'unix'.
SHIPSYNC_PROXIES = env.list("SHIPSYNC_PROXIES", default=[])
# A name that is locked at so many addresses at once waits everywhere.
SHIPSYNC_LOCKED_ADDRESSES = env.int("SHIPSYNC_LOCKED_ADDRESSES", default=5)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "shipsync_site" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEVELOPMENT
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# How long a session may last, and how long it may stay without a request of its person.
SHIPSYNC_SESSION_HOURS = env.float("SHIPSYNC_SESSION_HOURS", default=12.0)
SHIPSYNC_SESSION_IDLE_MINUTES = env.float("SHIPSYNC_SESSION_IDLE_MINUTES", default=60.0)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(SHIPSYNC_SESSION_HOURS * 3600)
CSRF_COOKIE_SAMESITE = "Lax"
TLS = env.bool("SHIPSYNC_TLS", default=not DEVELOPMENT)
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
SECURE_SSL_REDIRECT = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]

# django-q2 carries nudges only (docs/decisions): our leases bring work back, not it.
Q_CLUSTER = {
    "name": env.str("SHIPSYNC_QUEUE_NAME", default="shipsync"),
    "orm": "default",
    "workers": env.int("SHIPSYNC_WORKERS", default=2),
    "queue_limit": env.int("SHIPSYNC_WORKERS", default=2),
    "bulk": 1,
    "timeout": 120,
    "retry": 600,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.2,
    "recycle": 500,
    "label": "Background work",
}
# With Redis a killed worker loses its nudge; the next tick makes another.
if _redis := secret("SHIPSYNC_REDIS_URL"):
    del Q_CLUSTER["orm"]
    # A Redis that hangs must not hold up people's requests; the queue blocks for 1 s.
    if "socket_timeout" not in _redis:
        _redis += "&" if "?" in _redis else "?"
        _redis += "socket_connect_timeout=2&socket_timeout=5"
    Q_CLUSTER["redis"] = _redis

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "plain": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEVELOPMENT else "json",
        }
    },
    "root": {"handlers": ["console"], "level": env.str("SHIPSYNC_LOG", default="INFO")},
    "loggers": {
        "django_q": {"level": "WARNING"},
        "django-q": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}

clock.configure(clock.parse(env.str(clock.ENV_NAME, default="")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
