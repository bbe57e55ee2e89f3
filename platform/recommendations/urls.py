"""Addresses of the home page, the title page, the taste picker and the dashboard."""

from django.urls import include, path

from recommendations import views
from recommendations.staff_views import readyz

urlpatterns = [
    path("", views.home, name="home"),
    path("title/<int:pk>-<slug:slug>/", views.title, name="title"),
    path("title/<int:pk>/", views.title, name="title_by_number"),
    path("titles/<int:pk>/similar/", views.similar, name="similar"),
    path("tastes/", views.tastes, name="tastes"),
    path("readyz/", readyz, name="readyz"),
    path("dashboard/", include("recommendations.staff_urls")),
]
