"""Addresses of the dashboard."""

from django.urls import path

from recommendations import (
    experiment_views,
    inspect_views,
    lab_views,
    rule_views,
    served_list_views,
    served_views,
    tuning_views,
)
from recommendations import staff_views as views

urlpatterns = [
    path("", views.overview, name="dashboard"),
    path("start/", views.start, name="run_start"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/panel/", views.run_panel, name="run_panel"),
    path("artifacts/<int:pk>/promote/", views.artifact_promote, name="artifact_promote"),
    path("artifacts/rollback/", views.artifact_rollback, name="artifact_rollback"),
    path("tuning/", tuning_views.tuning_list, name="tuning_list"),
    path("tuning/start/", tuning_views.tuning_start, name="tuning_start"),
    path("tuning/<int:pk>/", tuning_views.tuning, name="tuning"),
    path("tuning/<int:pk>/panel/", tuning_views.tuning_panel, name="tuning_panel"),
    path("tuning/<int:pk>/train/", tuning_views.tuning_train, name="tuning_train"),
    path("schedule/", views.schedule, name="nightly"),
    path("evaluation/", lab_views.evaluation, name="evaluation"),
    path("evaluation/measure/", lab_views.measure, name="evaluation_start"),
    path("served/", served_views.served, name="served"),
    path("served/<uuid:list_id>/", served_list_views.served_list, name="served_list"),
    path("inspect/", inspect_views.inspect_page, name="inspect"),
    path("experiments/", experiment_views.experiment_list, name="experiment_list"),
    path("experiments/new/", experiment_views.experiment_new, name="experiment_new"),
    path("experiments/<int:pk>/", experiment_views.experiment, name="experiment"),
    path("experiments/<int:pk>/start/", experiment_views.experiment_start, name="experiment_start"),
    path("experiments/<int:pk>/stop/", experiment_views.experiment_stop, name="experiment_stop"),
    path("rules/", rule_views.rule_list, name="rule_list"),
    path("rules/new/", rule_views.rule_new, name="rule_new"),
    path("rules/preview/", rule_views.rule_preview, name="rule_preview"),
    path("rules/<int:pk>/", rule_views.rule, name="rule"),
    path("rules/<int:pk>/switch/", rule_views.rule_switch, name="rule_switch"),
    path("rules/<int:pk>/remove/", rule_views.rule_remove, name="rule_remove"),
    path("system/", views.system_page, name="system"),
]
