"""The workers and beat: `celery --workdir platform -A config worker -Q interactive,periodic`."""

import os

from config import services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
services.export()

from celery import Celery  # noqa: E402

app = Celery("marquee")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
