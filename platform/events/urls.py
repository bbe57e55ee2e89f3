"""Addresses of events: what the buttons post to, and the pages of what a person did."""

from django.urls import path

from events import pages, views

urlpatterns = [
    path("titles/<int:pk>/rate/", views.rate, name="rate"),
    path("titles/<int:pk>/save/", views.save, name="save"),
    path("titles/<int:pk>/dislike/", views.dislike, name="dislike"),
    path("titles/<int:pk>/hide/", views.hide, name="hide"),
    path("titles/<int:pk>/click/", views.click, name="click"),
    path("titles/<int:pk>/play/", views.play, name="play"),
    path("titles/<int:pk>/finish/", views.finish, name="finish"),
    path("events/<int:pk>/undo/", views.undo, name="undo_event"),
    path("events/<int:pk>/restore/", views.restore, name="restore_event"),
    path("events/impressions/", views.impressions, name="impressions"),
    path("my-list/", pages.my_list, name="my_list"),
    path("history/", pages.history, name="history"),
]
