"""Pages as staff read them."""

from django.test import Client


def text_of(client: Client, path: str = "/dashboard/") -> str:
    return client.get(path).content.decode()
