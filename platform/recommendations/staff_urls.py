"""Addresses of the dashboard."""

from django.urls import path

from recommendations import staff_views as views

urlpatterns = [
    path("", views.overview, name="dashboard"),
    path("start/", views.start, name="run_start"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/panel/", views.run_panel, name="run_panel"),
    path("artifacts/<int:pk>/promote/", views.artifact_promote, name="artifact_promote"),
    path("artifacts/rollback/", views.artifact_rollback, name="artifact_rollback"),
    path("schedule/", views.schedule, name="nightly"),
    path("system/", views.system_page, name="system"),
]
