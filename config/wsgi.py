"""The web application for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from config import exposure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
exposure.refuse_debug_on(exposure.proxied_hosts())
application = get_wsgi_application()
