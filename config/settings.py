"""All settings, from the environment (docs/reference/settings.md)."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from common import cluster, places

BASE_DIR = places.BASE_DIR
LIANBAN_HOME = places.home()
DATABASE_URL = os.environ.get("DATABASE_URL", "")


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name, "")
    return value.lower() in {"1", "true", "yes", "on"} if value else default


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


# --- what this installation is -----------------------------------------------------------------
DEBUG = flag("DEBUG")
LIANBAN_SAMPLE = flag("LIANBAN_SAMPLE", default=not DATABASE_URL)
LIANBAN_WEBHOOK_NETWORKS = names("LIANBAN_WEBHOOK_NETWORKS")
LIANBAN_CIPHER = os.environ.get("LIANBAN_CIPHER", "aes")
if LIANBAN_CIPHER not in {"aes", "sm4"}:
    raise ValueError("LIANBAN_CIPHER must be aes or sm4")
SECRET_KEY = places.secret(LIANBAN_HOME / "keys" / "django")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *names("LIANBAN_HOSTS")]
LIANBAN_HTTPS = flag("LIANBAN_HTTPS")
# whose X-Forwarded-… count; behind HTTPS the proxy on this machine unless others are named
LIANBAN_PROXIES = names("LIANBAN_PROXIES") or (["127.0.0.1", "::1"] if LIANBAN_HTTPS else [])

# --- database: the embedded one or the operator's, as one of three roles -------------------------
DATABASE_ROLE = os.environ.get("LIANBAN_DATABASE_ROLE", "application")


def external(url: str) -> dict[str, Any]:
    """Django's settings for postgresql://user:password@host:port/name?option=value."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    options = dict(parse_qsl(parts.query))
    return {
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "USER": options.pop("user", unquote(parts.username or "")),
        "PASSWORD": options.pop("password", unquote(parts.password or "")),
        "NAME": unquote(parts.path.lstrip("/")),
        "OPTIONS": options,
    }


def database(role: str) -> dict[str, Any]:
    urls = {
        "owner": os.environ.get("DATABASE_OWNER_URL") or DATABASE_URL,
        "application": DATABASE_URL,
        "reader": os.environ.get("DATABASE_READER_URL") or DATABASE_URL,
    }
    if DATABASE_URL:
        found = external(urls[role])
    else:
        login = cluster.Cluster(LIANBAN_HOME).login(role)
        found = {
            "HOST": login["host"],
            "USER": login["user"],
            "PASSWORD": login["password"],
            "NAME": login["dbname"],
            "OPTIONS": {},
        }
    if flag("LIANBAN_PREPARE", default=True):
        # statements are planned once a connection; switch it off behind a pooler that
        # gives each transaction another connection
        prepared = {"server_side_binding": True, "prepare_threshold": 2}
        found["OPTIONS"] = prepared | found["OPTIONS"]
    return found | {
        "ENGINE": "common.postgres",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": database(DATABASE_ROLE),
    "reader": database("reader") | {"TEST": {"MIRROR": "default"}},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- applications --------------------------------------------------------------------------------
ROOMS = [
    "common",
    "permissions",
    "workflows",
    "households",
    "rules",
    "cases",
    "screening",
    "exchange",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "knox",
    "guardian",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "drf_spectacular",
    "procrastinate.contrib.django",
    *ROOMS,
]
MIDDLEWARE = [
    "common.http.proxies.TrustedProxies",
    "common.http.headers.BrowserHeaders",
    "django.middleware.security.SecurityMiddleware",
    "common.current.CurrentMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.http.bodies.BodyLimit",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "permissions.gate.GateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.http.limits.Limits",
    "common.clock.ClockMiddleware",
    "permissions.access_log.AccessLogMiddleware",
    "common.pages.PagesMiddleware",
    "axes.middleware.AxesMiddleware",
]
if flag("LIANBAN_TIMING"):  # Server-Timing headers for `make bench`
    MIDDLEWARE.insert(0, "common.timing.TimingMiddleware")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "common.pages.context",
            ],
        },
    },
]

# --- people and sessions -------------------------------------------------------------------------
AUTH_USER_MODEL = "permissions.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
# argon2 for what is set from now on; the others for what a database may hold from before
PASSWORD_HASHERS = [
    "permissions.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "permissions.passwords.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "permissions.passwords.KindsValidator"},
    {
        "NAME": "permissions.passwords.LikenessValidator",
        "OPTIONS": {"user_attributes": ["username", "name", "phone"]},
    },
    {"NAME": "permissions.passwords.CommonValidator"},
    {"NAME": "permissions.passwords.UsedValidator"},
]
LIANBAN_PASSWORD_DAYS = number("LIANBAN_PASSWORD_DAYS", 90)  # 0: for ever
LIANBAN_SECOND_FACTOR_ROLES = names(
    "LIANBAN_SECOND_FACTOR_ROLES", "curator,system_admin,security_admin,auditor,supervisor"
)
OTP_TOTP_ISSUER = "联办"
# named exceptions are rows of guardian; they are read in SQL with everything else (cases/shares.py)
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
# wrong passwords: from one address so many, from everywhere four times as many
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "permissions.lockout.Handler"
AXES_FAILURE_LIMIT = number("LIANBAN_WRONG_PASSWORDS", 5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_COOLOFF_TIME = timedelta(minutes=number("LIANBAN_LOCK_MINUTES", 15))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "permissions.sign_in_views.locked"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "common.current.client_address"
# sign-in by an identity provider, off unless configured
LIANBAN_OIDC_ISSUER = os.environ.get("LIANBAN_OIDC_ISSUER", "")
LIANBAN_OIDC_CLAIM = os.environ.get("LIANBAN_OIDC_CLAIM") or "preferred_username"
OIDC_RP_CLIENT_ID = os.environ.get("LIANBAN_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("LIANBAN_OIDC_CLIENT_SECRET", "")
OIDC_RP_SIGN_ALGO = os.environ.get("LIANBAN_OIDC_ALGORITHM") or "RS256"
OIDC_RP_SCOPES = "openid profile"
OIDC_USE_PKCE = True
OIDC_CREATE_USER = False
OIDC_TIMEOUT = 10  # seconds
OIDC_AUTHENTICATION_CALLBACK_URL = "oidc-return"
AXES_WHITELIST_CALLABLE = "permissions.oidc.is_no_password"
if LIANBAN_OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("permissions.oidc.Backend")
SESSION_ENGINE = "permissions.sessions"
SESSION_COOKIE_AGE = number("LIANBAN_SESSION_HOURS", 12) * 3600  # since signing in
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LIANBAN_IDLE_MINUTES = number("LIANBAN_IDLE_MINUTES", 30)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- what browsers may do, and over HTTPS only ---------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = LIANBAN_HTTPS
if LIANBAN_HTTPS:  # no other host or path can set cookies of these names
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if LIANBAN_HTTPS else None
SECURE_SSL_REDIRECT = LIANBAN_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked on the machine itself
SECURE_HSTS_SECONDS = 31_536_000 if LIANBAN_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = LIANBAN_HTTPS
# whether browsers know a domain beforehand is for its owner to ask for, not for one of its hosts;
# guardian's rows are read by our own queries, its backend is not asked
SILENCED_SYSTEM_CHECKS = ["security.W021", "guardian.W001"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in names("LIANBAN_HOSTS")]
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- how often one may ask: requests a minute of a user, and of an address ------------------------
LIMITS = {
    "general": (1200, 12_000),
    "lookup": (60, 600),  # one number after the other
    "search": (120, 1200),
    "unmask": (30, 300),
    "sign-in": (60, 120),
    "wrong-token": (600, 600),
}


def limits(text: str, *, times: int) -> dict[str, tuple[int, int]]:
    """`lookup=30/300,search=60/600` in place of the usual ones; `off` for none at all."""
    if text == "off":
        return {}
    found = {kind: (user * times, address * times) for kind, (user, address) in LIMITS.items()}
    for part in filter(None, text.split(",")):
        kind, _equals, told = part.strip().partition("=")
        user, _slash, address = told.partition("/")
        if kind not in LIMITS:
            raise ValueError(f"LIANBAN_LIMITS knows {', '.join(LIMITS)}, not {kind}")
        found[kind] = (int(user), int(address or user))
    return found


# in a sample database robots work as fast as they can
LIANBAN_LIMITS = limits(os.environ.get("LIANBAN_LIMITS", ""), times=1000 if LIANBAN_SAMPLE else 1)

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "permissions.authentication.TokenAuthentication",
        "permissions.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.http.problems.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_LIMIT_PER_USER": None}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Lianban",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["common.http.schema.add_common"],
}

# --- background jobs -----------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- logs of changes and of looks: how long they are kept; six months at least -------------------
LIANBAN_LOG_DAYS = int(os.environ.get("LIANBAN_LOG_DAYS") or 3 * 366)

# --- language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- files ---------------------------------------------------------------------------------------
UPLOADS: Path = LIANBAN_HOME / "uploads"
BUNDLE: Path = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
STATIC_ROOT = LIANBAN_HOME / "static"
STATICFILES_DIRS = [BUNDLE] if BUNDLE.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LIANBAN_CLAMD = os.environ.get("LIANBAN_CLAMD", "")
LIANBAN_CLAMD_SECONDS = float(os.environ.get("LIANBAN_CLAMD_SECONDS") or 20)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- logs: no personal data, no request bodies ---------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},  # it would name who mistyped
        "httpx": {"level": "WARNING"},  # a line a request otherwise
    },
}
