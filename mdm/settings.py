"""Django's settings, derived from `mdm.conf`; nothing here reads the environment itself."""

from typing import Any

import django_stubs_ext
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from mdm.conf import BASE_DIR, conf
from security.authentication import single_sign_on

django_stubs_ext.monkeypatch()

SECRET_KEY = conf.secret_key
DEBUG = False
ALLOWED_HOSTS = conf.allowed_hosts
ROOT_URLCONF = "mdm.urls"
WSGI_APPLICATION = "mdm.wsgi.application"

#: The house's own apps, lowest first (the import contract in pyproject.toml has the same order).
HOUSE_APPS = ["security", "mdm", "customers", "credentials", "special_info", "consolidation", "batch"]
INSTALLED_APPS = [
    *HOUSE_APPS,
    "security.approvals.apps.ApprovalsConfig",
    "mdm.backoffice.apps.BackofficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "guardian",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mdm.rest.middleware.RequestIdMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "mdm.backoffice.unsealing.SealedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "mdm.backoffice.uploads.StrangersMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "security.authentication.middleware.SessionUseMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
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
            ],
            "libraries": {"panorama": "mdm.backoffice.tags"},
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": conf.database["name"],
        "USER": conf.database["user"],
        "PASSWORD": conf.database["password"],
        "HOST": conf.database["host"],
        "PORT": conf.database["port"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {"connect_timeout": 5, "target_session_attrs": "read-write"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "mdm.storage.cache_values.ValkeyCache",
        "LOCATION": conf.valkey_url,
        "KEY_PREFIX": "panorama",
        "TIMEOUT": 300,
        "OPTIONS": {
            "socket_connect_timeout": 0.2,
            "socket_timeout": 0.2,
            "serializer": "mdm.storage.cache_values.PlainSerializer",
        },
    },
    # in this process: what it has just asked Valkey for
    "near": {
        "BACKEND": "mdm.storage.cache_values.NearCache",
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
}
STORAGES = {
    "default": {
        "BACKEND": "mdm.storage.s3.OneByOneStorage",
        "OPTIONS": {
            "bucket_name": conf.s3["bucket"],
            "endpoint_url": conf.s3["endpoint"],
            "access_key": conf.s3["access_key"],
            "secret_key": conf.s3["secret_key"],
            "region_name": "us-east-1",
            "addressing_style": "path",
            "file_overwrite": False,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = conf.var / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
# Compressing takes most of `collectstatic`: neither source maps nor a second copy without hash need it.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
if conf.environment == "test":  # files are found where they lie, nothing is collected first
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

AUTH_USER_MODEL = "security.User"
AUTHENTICATION_BACKENDS = ["security.authentication.backend.StaffBackend"]
_HASHERS = {name: f"security.authentication.hashers.{name.title()}Hasher" for name in ("scrypt", "sm3")}
PASSWORD_HASHERS = [_HASHERS[conf.get("PASSWORD_HASHER", "scrypt")], *_HASHERS.values()]
PASSWORD_HASHERS += ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # of accounts from before the pepper
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "security.authentication.passwords.LongEnough"},
    {"NAME": "security.authentication.passwords.NotTheName"},
    {"NAME": "security.authentication.passwords.NotHeldBefore"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
GUARDIAN_USER_OBJ_PERMS_MODEL = "security.UserException"
GUARDIAN_GROUP_OBJ_PERMS_MODEL = "security.GroupException"
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# allauth: our own backend counts guesses, our own rule asks for fresh proof, nobody signs up.
ACCOUNT_ADAPTER = "security.authentication.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "security.authentication.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not conf.production  # localhost
SOCIALACCOUNT_ADAPTER = "security.authentication.accounts.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": single_sign_on.provider(conf)}
SIMPLE_HISTORY_REVERT_DISABLED = True

SESSION_ENGINE = "security.authentication.sessions"  # `security.authentication.policy` says how long
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "mdm.backoffice.problems.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = conf.production
if conf.production:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "script-src": _SELF,
        "style-src": _SELF,
        "img-src": _SELF,
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": single_sign_on.form_targets(conf),
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["mdm.backoffice.uploads.BoundedHandler"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "panorama_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Strict"
USE_TZ = True
TIME_ZONE = conf.time_zone
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mdm.rest.authentication.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["mdm.rest.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "mdm.rest.schema.PanoramaSchema",
    "EXCEPTION_HANDLER": "mdm.rest.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Panorama",
    "DESCRIPTION": _("The bank's customer master: one place that knows who every customer is."),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["mdm.rest.schema.tidy"],
    "PATH_CONVERTER_OVERRIDES": {
        "number": {"type": "string", "pattern": "^[A-Z][0-9]{11}$", "example": "C12345678903"},
        "row": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**18 - 1},
    },
}

CELERY_BROKER_URL = conf.valkey_url
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "panorama"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # workers log through `mdm.logs` like everybody
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "batch.services.relay.relay_runs", "schedule": 15.0},
    "forget_proofs": {"task": "mdm.tasks.forget_proofs", "schedule": 300.0},
    "forget_answers": {"task": "mdm.tasks.forget_answers", "schedule": 3600.0},
    "forget_batches": {"task": "batch.services.batches.forget_batches", "schedule": 3600.0},
    "seal_audit": {"task": "mdm.tasks.seal_audit", "schedule": 5.0, "options": {"expires": 5.0}},
    "age_requests": {"task": "mdm.tasks.age_requests", "schedule": 300.0},
    "approval_rules": {"task": "mdm.tasks.apply_policies", "schedule": 60.0},
    "key_ceremonies": {"task": "mdm.tasks.carry_out_ceremonies", "schedule": 60.0},
    "expire_exports": {"task": "customers.services.exporting.expire_exports", "schedule": 3600.0},
    "verify_audit": {"task": "mdm.tasks.verify_audit", "schedule": 24 * 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(conf.var / "run" / "beat")

DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestIdMiddleware put it there, never a caller
LOGGING_CONFIG = "mdm.logs.configure"
LOGGING: dict[str, object] = {"version": 1}  # Django calls LOGGING_CONFIG only where this is not empty
PROMETHEUS_EXPORT_MIGRATIONS = False
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # its backend knows no expiry: exceptions are read by our own scope
]
