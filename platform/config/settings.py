"""Everything that is read from the environment. Safe by default: DEBUG is off unless asked for."""

import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import api_settings, schedule

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
STATE_DIR = Path(env.str("MARQUEE_STATE", default=str(ROOT / "var")))
ARTIFACTS_DIR = STATE_DIR / "artifacts"
SITE_URL = env.str("SITE_URL", default="").rstrip("/")  # https://films.example.org behind a proxy
DEMO = env.str("DEMO", default="movielens")
FIRST_PRESET = env.str("FIRST_PRESET", default="small")  # of the model trained at the first start


def own_secret_key() -> str:
    """The key of this installation, made on first use and kept beside its data (0600)."""
    path = STATE_DIR / "secret-key"
    if not path.exists():
        STATE_DIR.mkdir(parents=True, exist_ok=True)
        fresh = STATE_DIR / f"secret-key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        with suppress(FileExistsError):  # of several first processes one wins
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if SITE_URL.startswith("https"):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give a public site its own long random SECRET_KEY."
        )
    SECRET_KEY = own_secret_key()

SITE_HOST = urlsplit(SITE_URL).hostname
SECURE = SITE_URL.startswith("https")
HOST = env.str("HOST", default="").strip("[]")  # where the launcher listens, and asks
ALLOWED_HOSTS = [
    *env.list("ALLOWED_HOSTS", default=[]),
    SITE_HOST or "",
    *("localhost", "127.0.0.1", "[::1]"),  # the launcher and health checks ask here
    f"[{HOST}]" if ":" in HOST else HOST,
]
ALLOWED_HOSTS = [host for host in dict.fromkeys(ALLOWED_HOSTS) if host]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
PROXIES = env.int("PROXIES", default=0)  # how many of our own add to X-Forwarded-For

OUR_APPS = ["config", "jobs", "accounts", "catalog", "events"]
OUR_APPS += ["recommendations", "studio", "arcade", "privacy", "api"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "django_celery_beat",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
    *OUR_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.policy.ContentSecurityPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PLATFORM / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jobs.context.running_jobs",
            ],
            "builtins": ["config.templatetags.icons"],
        },
    }
]

# Data. The embedded servers export both URLs before this file is read (config/services.py).

DATABASE = env.db_url("DATABASE_URL", default="postgres://marquee@localhost/marquee")
DATABASE["CONN_MAX_AGE"] = 0
DATABASE["OPTIONS"] = DATABASE.get("OPTIONS", {}) | {
    # after an outage attempts come ever more rarely: so give up soon, the next request tries anew
    "pool": {"min_size": 1, "max_size": 8, "timeout": 10, "reconnect_timeout": 5}
}
DATABASES = {"default": DATABASE}
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "TIMEOUT": 600,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Jobs. The Celery message is only a wake-up: state lives in jobs.Job.

LONGEST_JOB = timedelta(hours=24)
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(LONGEST_JOB.total_seconds()),
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
PERIODIC_QUEUE = schedule.PERIODIC_QUEUE
CELERY_BEAT_SCHEDULE = schedule.BEAT_SCHEDULE
JOB_LEASE = timedelta(seconds=30)
JOB_MAX_ATTEMPTS = 3
STUDIO_IMAGES_A_DAY = env.int("STUDIO_IMAGES_A_DAY", default=500)  # drawn for one member
STUDIO_UPLOAD_MB = env.int("STUDIO_UPLOAD_MB", default=200)  # of images that generators learn from
STUDIO_MODERATION_MODEL = env.str("STUDIO_MODERATION_MODEL", default="")  # a folder; "": none
SERVED_LISTS_KEPT = timedelta(days=env.int("SERVED_LISTS_DAYS", default=90))

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_SIGNUP_REDIRECT_URL = "tastes"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Marquee: "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "events.adapter.MergingAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {  # beside allauth's own
    "download_data": "10/h/user",
    "visit": "60/m/ip",  # new browser sessions whose events are kept
}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
USERSESSIONS_TRACK_ACTIVITY = False

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    EMAIL_CONFIG = env.email_url_config(EMAIL_URL)
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = STATE_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="marquee@localhost")

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [PLATFORM / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files

STATIC_URL = "static/"
STATICFILES_DIRS = [PLATFORM / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.StaticFiles"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    "jpg", "png", "webp", "gif", "woff", "woff2", "zip", "gz", "br", "map",
]  # fmt: skip
MEDIA_ROOT = STATE_DIR / "media"

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE

# API

REST_FRAMEWORK: dict[str, Any] = api_settings.REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("API_RATE_ANONYMOUS", default="120/min"),
        "user": env.str("API_RATE_MEMBER", default="600/min"),
    },
    "NUM_PROXIES": PROXIES,
}
SPECTACULAR_SETTINGS = api_settings.SPECTACULAR_SETTINGS

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()  # of our own code; libraries: WARNING
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": LOG_LEVEL} for name in (*OUR_APPS, "recsys", "genai")},
}
