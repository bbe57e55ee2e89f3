"""Addresses of privacy: one's own data, and the two statements."""

from django.urls import path

from privacy import views

urlpatterns = [
    path("me/data/", views.download_data, name="download_data"),
    path("me/delete/", views.delete_account, name="delete_account"),
    path("goodbye/", views.goodbye, name="goodbye"),
    path("privacy/", views.privacy_notice, name="privacy_notice"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
