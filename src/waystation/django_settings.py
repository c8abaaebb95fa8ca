"""Django's view of our settings; nothing that `waystation.settings` does not say."""

from urllib.parse import unquote, urlsplit

from waystation.interfaces.caches import configuration
from waystation.kernel.keys import load_or_make
from waystation.settings import current

_settings = current()
_dsn = urlsplit(_settings.postgres.dsn.get_secret_value() if _settings.postgres.dsn else "")
_tls = _settings.web.tls_certificate is not None or (_settings.web.url or "").startswith("https:")

SECRET_KEY = load_or_make(_settings.data_dir / "keys" / "django")
DEBUG = False
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    _settings.web.host,
    *_settings.web.allowed_hosts,
    *([urlsplit(_settings.web.url).hostname or ""] if _settings.web.url else []),
]
CSRF_TRUSTED_ORIGINS = [_settings.web.url] if _settings.web.url else []
ROOT_URLCONF = "waystation.interfaces.urls"
INSTALLED_APPS = [
    # Before the admin, whose frame it replaces.
    "waystation.interfaces.web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "waystation.domains.accounts",
    "waystation.domains.audit",
    "waystation.domains.catalogue",
    "waystation.domains.hosting",
    "waystation.domains.notices",
    "waystation.domains.notify",
    "waystation.domains.people",
    "waystation.domains.quotas",
    "waystation.domains.sharing",
    "waystation.domains.staging",
    "waystation.domains.transfers",
    "waystation.domains.jobs",
    "waystation.interfaces.dialects.act",
    "waystation.interfaces.dialects.librarian",
    "waystation.interfaces.dialects.ltfsee_globus",
    "waystation.interfaces.dialects.mwa_staging",
    "waystation.interfaces.dialects.wlcg_tape",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "waystation.interfaces.policy.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Whoever asks again with the ETag of what has not changed gets 304: lists and documents of the
    # API. What is `no-store`, as all pages of people are, has none.
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "waystation.interfaces.policy.ReadCookie",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": unquote(_dsn.hostname or ""),
        "PORT": _dsn.port or "",
        "USER": unquote(_dsn.username or ""),
        "PASSWORD": unquote(_dsn.password or ""),
        "NAME": _dsn.path.lstrip("/"),
        "OPTIONS": {"pool": {"min_size": 0, "max_size": _settings.postgres.connections}},
    }
}
CACHES = {"default": configuration(_settings.web.cache)}
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Of accounts that were taken over, until their people sign in for the first time.
    "waystation.bootstrap.old_passwords.WrappedSha1Hasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _tls
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _settings.web.url else None
X_FRAME_OPTIONS = "DENY"
STATIC_URL = "/static/"
STATIC_ROOT = str(_settings.data_dir / "static")
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# As `interfaces.hot.mounted.LARGEST_ORDINARY`: a forecast for half a million paths fits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 2**20
LOGGING_CONFIG = None
