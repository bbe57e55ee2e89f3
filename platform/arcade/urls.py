"""Addresses of the arcade."""

from django.urls import path
from django.views.generic import RedirectView

from arcade import tournament_views, views

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
]
