"""Settings of the tests: the real ones, a database of their own, quick passwords."""

import os
import tempfile
from pathlib import Path

from common import places

os.environ.setdefault("LIANBAN_HOME", str(places.BASE_DIR / "var" / "test"))
os.environ.setdefault("LIANBAN_SAMPLE", "1")
os.environ["LIANBAN_DATABASE_ROLE"] = "owner"

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
UPLOADS = Path(tempfile.gettempdir()) / f"lianban-test-uploads-{os.getpid()}"
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
LIANBAN_LIMITS = {}  # whose tests say what may be asked how often; others count their queries
