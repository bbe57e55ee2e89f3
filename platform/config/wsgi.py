"""The web process. Its services are found (or started) before the settings are read."""

import os

from config import memory, services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
services.export()

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
memory.settle()
