from django.apps import AppConfig


class ArcadeConfig(AppConfig):
    name = "arcade"
