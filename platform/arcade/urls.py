"""Addresses of the arcade."""

from django.urls import path
from django.views.generic import RedirectView

from arcade import agent_views, tournament_views, training_views, views

urlpatterns = [
    path("arcade/", views.arcade, name="arcade"),
    path("arcade/new/", views.new, name="arcade_new"),
    path("arcade/ladder/<slug:game>/", views.ladder, name="arcade_ladder"),
    path("arcade/tournaments/", tournament_views.tournaments, name="arcade_tournaments"),
    path("arcade/tournaments/<int:pk>/", tournament_views.tournament, name="arcade_tournament"),
    path("dashboard/tournaments/", tournament_views.tournament_list, name="tournament_list"),
    path(
        "dashboard/tournaments/start/", tournament_views.tournament_start, name="tournament_start"
    ),
    path(
        "dashboard/tournaments/<int:pk>/take-over/",
        tournament_views.tournament_take_over,
        name="tournament_take_over",
    ),
    path("arcade/matches/", RedirectView.as_view(pattern_name="arcade"), name="arcade_matches"),
    path("arcade/matches/<slug:code>/", views.match, name="arcade_match"),
    path("arcade/matches/<slug:code>/move/", views.move, name="arcade_move"),
    path("arcade/matches/<slug:code>/take-back/", views.take_back, name="arcade_take_back"),
    path("arcade/matches/<slug:code>/resign/", views.resign, name="arcade_resign"),
    path("arcade/matches/<slug:code>/rematch/", views.rematch, name="arcade_rematch"),
    path("arcade/matches/<slug:code>/try/", views.try_again, name="arcade_try"),
    path("arcade/agents/<slug:game>/<str:key>/", agent_views.agent, name="arcade_agent"),
    path("dashboard/agents/", training_views.agent_list, name="agent_list"),
    path("dashboard/agents/start/", training_views.agent_start, name="agent_start"),
    path("dashboard/agents/<int:pk>/", training_views.agent_run, name="agent_run"),
    path("dashboard/agents/<int:pk>/panel/", training_views.agent_panel, name="agent_panel"),
    path("dashboard/agents/<int:pk>/publish/", training_views.agent_publish, name="agent_publish"),
    path(
        "dashboard/agents/<slug:game>/roll-back/",
        training_views.agent_roll_back,
        name="agent_roll_back",
    ),
]
