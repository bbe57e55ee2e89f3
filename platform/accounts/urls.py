"""Addresses of accounts; signing in and everything around it is allauth's, under /account/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("me/", views.account, name="account"),
    path("me/name/", views.change_name, name="change_name"),
    path("me/age-limit/", views.set_age_limit, name="set_age_limit"),
    path("me/avatar/clear/", views.clear_avatar, name="clear_avatar"),
    path("me/avatar/<slug:digest>.png", views.avatar, name="avatar"),
    path("me/tokens/", views.create_token, name="create_token"),
    path("me/tokens/<int:pk>/revoke/", views.revoke, name="revoke_token"),
]
