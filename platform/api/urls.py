"""Version 1 of the REST API; each app keeps its views in its own api.py."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts import api as accounts
from arcade import api as arcade
from arcade import tournament_api as tournaments
from arcade import training_api as agents
from catalog import api as catalog
from events import api as events
from jobs import api as jobs
from recommendations import api as recommendations
from recommendations import rule_api as rules
from recommendations import run_api as runs
from recommendations.replay_api import ServedReplay
from recommendations.why_api import WhyTitle
from studio import api as studio
from studio import dataset_api as datasets
from studio import image_api as images
from studio import training_api as trainings
from studio import walk_api as walks

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    path("titles/", catalog.TitleList.as_view(), name="titles"),
    path("titles/<int:pk>/", catalog.TitleDetail.as_view(), name="title"),
    path("titles/<int:pk>/why/", WhyTitle.as_view(), name="why"),
    path("titles/<int:pk>/similar/", recommendations.Similar.as_view(), name="similar"),
    path("search/", catalog.Search.as_view(), name="search"),
    path("people/", catalog.PersonList.as_view(), name="people"),
    path("people/<int:pk>/", catalog.PersonDetail.as_view(), name="person"),
    path("genres/", catalog.GenreList.as_view(), name="genres"),
    path("recommendations/", recommendations.Recommendations.as_view(), name="recommendations"),
    path("home/", recommendations.Home.as_view(), name="home"),
    path("events/", events.EventCreate.as_view(), name="events"),
    path("events/<int:pk>/", events.EventUndo.as_view(), name="event"),
    path("ratings/", events.RatingList.as_view(), name="ratings"),
    path("ratings/<int:title>/", events.RatingClear.as_view(), name="rating"),
    path("saved/", events.SavedList.as_view(), name="saved-list"),
    path("saved/<int:title>/", events.SavedClear.as_view(), name="saved"),
    path("hidden/", events.HiddenList.as_view(), name="hidden-list"),
    path("hidden/<int:title>/", events.HiddenClear.as_view(), name="hidden"),
    path("me/", accounts.Me.as_view(), name="me"),
    path("jobs/<int:pk>/", jobs.JobDetail.as_view(), name="job"),
    path("jobs/<int:pk>/cancel/", jobs.JobCancel.as_view(), name="job-cancel"),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/<int:pk>/", runs.RunDetail.as_view(), name="run"),
    path("runs/<int:pk>/promote/", runs.RunPromote.as_view(), name="run-promote"),
    path("served/<uuid:list_id>/replay/", ServedReplay.as_view(), name="replay"),
    path("rules/", rules.RuleList.as_view(), name="rules"),
    path("rules/<int:pk>/", rules.RuleDetail.as_view(), name="rule"),
    path("studio/generators/", studio.GeneratorList.as_view(), name="studio-generators"),
    path("studio/drawings/", studio.DrawingList.as_view(), name="studio-drawings"),
    path("studio/drawings/<int:pk>/", studio.DrawingDetail.as_view(), name="studio-drawing"),
    path(
        "studio/drawings/<int:pk>/retry/",
        studio.DrawingRetry.as_view(),
        name="studio-drawing-retry",
    ),
    path("studio/images/", images.ImageList.as_view(), name="studio-images"),
    path("studio/images/<int:pk>/", images.ImageDetail.as_view(), name="studio-image"),
    path("studio/images/<int:pk>/file/", images.ImageFile.as_view(), name="studio-file"),
    path("studio/images/<int:pk>/publish/", images.ImagePublish.as_view(), name="studio-publish"),
    path(
        "studio/images/<int:pk>/unpublish/",
        images.ImageUnpublish.as_view(),
        name="studio-unpublish",
    ),
    path("studio/images/<int:pk>/wear/", images.ImageWear.as_view(), name="studio-wear"),
    path("studio/images/<int:pk>/report/", images.ImageReport.as_view(), name="studio-report"),
    path(
        "studio/images/<int:pk>/variations/",
        images.ImageVariations.as_view(),
        name="studio-variations",
    ),
    path("studio/images/<int:pk>/hide/", images.ImageHide.as_view(), name="studio-hide"),
    path(
        "studio/images/<int:pk>/let-stand/",
        images.ImageLetStand.as_view(),
        name="studio-let-stand",
    ),
    path("studio/walks/", walks.WalkList.as_view(), name="studio-walks"),
    path("studio/walks/<int:pk>/", walks.WalkDetail.as_view(), name="studio-walk"),
    path(
        "studio/walks/<int:pk>/file/<slug:kind>/",
        walks.WalkFile.as_view(),
        name="studio-walk-file",
    ),
    path("generator-runs/", trainings.GeneratorRunList.as_view(), name="generator-runs"),
    path("generator-runs/<int:pk>/", trainings.GeneratorRunDetail.as_view(), name="generator-run"),
    path(
        "generator-runs/<int:pk>/retry/",
        trainings.GeneratorRunRetry.as_view(),
        name="generator-run-retry",
    ),
    path(
        "generator-runs/<int:pk>/measure/",
        trainings.GeneratorRunMeasure.as_view(),
        name="generator-run-measure",
    ),
    path(
        "generator-runs/<int:pk>/publish/",
        trainings.GeneratorRunPublish.as_view(),
        name="generator-run-publish",
    ),
    path(
        "generator-runs/<int:pk>/previews/<int:step>/",
        trainings.GeneratorRunPreview.as_view(),
        name="generator-run-preview",
    ),
    path("generators/", trainings.GeneratorList.as_view(), name="generators"),
    path("generators/<int:pk>/use/", trainings.GeneratorUse.as_view(), name="generator-use"),
    path(
        "generators/<int:pk>/withdraw/",
        trainings.GeneratorWithdraw.as_view(),
        name="generator-withdraw",
    ),
    path("datasets/", datasets.DatasetList.as_view(), name="datasets"),
    path("datasets/<int:pk>/", datasets.DatasetDetail.as_view(), name="dataset"),
    path("datasets/<int:pk>/retry/", datasets.DatasetRetry.as_view(), name="dataset-retry"),
    path("arcade/games/", arcade.GameList.as_view(), name="arcade-games"),
    path("arcade/ladder/<slug:game>/", arcade.Ladder.as_view(), name="arcade-ladder"),
    path("arcade/tournaments/", tournaments.TournamentList.as_view(), name="arcade-tournaments"),
    path(
        "arcade/tournaments/<int:pk>/",
        tournaments.TournamentDetail.as_view(),
        name="arcade-tournament",
    ),
    path(
        "arcade/tournaments/<int:pk>/retry/",
        tournaments.TournamentRetry.as_view(),
        name="arcade-tournament-retry",
    ),
    path(
        "arcade/tournaments/<int:pk>/take-over/",
        tournaments.TournamentTakeOver.as_view(),
        name="arcade-tournament-take-over",
    ),
    path("arcade/matches/", arcade.MatchList.as_view(), name="arcade-matches"),
    path("arcade/matches/<slug:code>/", arcade.MatchDetail.as_view(), name="arcade-match"),
    path("arcade/matches/<slug:code>/moves/", arcade.MatchMoves.as_view(), name="arcade-moves"),
    path("arcade/matches/<slug:code>/think/", arcade.MatchThink.as_view(), name="arcade-think"),
    path(
        "arcade/matches/<slug:code>/take-back/",
        arcade.MatchTakeBack.as_view(),
        name="arcade-take-back",
    ),
    path("arcade/matches/<slug:code>/resign/", arcade.MatchResign.as_view(), name="arcade-resign"),
    path(
        "arcade/matches/<slug:code>/rematch/", arcade.MatchRematch.as_view(), name="arcade-rematch"
    ),
    path(
        "arcade/matches/<slug:code>/try-again/",
        arcade.MatchTryAgain.as_view(),
        name="arcade-try-again",
    ),
    path("arcade/agent-runs/", agents.AgentRunList.as_view(), name="agent-runs"),
    path("arcade/agent-runs/<int:pk>/", agents.AgentRunDetail.as_view(), name="agent-run"),
    path(
        "arcade/agent-runs/<int:pk>/cancel/",
        agents.AgentRunCancel.as_view(),
        name="agent-run-cancel",
    ),
    path(
        "arcade/agent-runs/<int:pk>/resume/",
        agents.AgentRunResume.as_view(),
        name="agent-run-resume",
    ),
    path(
        "arcade/agent-runs/<int:pk>/publish/",
        agents.AgentRunPublish.as_view(),
        name="agent-run-publish",
    ),
    path("arcade/agents/", agents.PublishedAgentList.as_view(), name="agents"),
    path(
        "arcade/agents/<slug:game>/roll-back/",
        agents.AgentRollBack.as_view(),
        name="agent-roll-back",
    ),
    path("arcade/agents/<slug:game>/<str:key>/", agents.AgentCardDetail.as_view(), name="agent"),
    path("artifacts/rollback/", runs.RollBack.as_view(), name="rollback"),
]
