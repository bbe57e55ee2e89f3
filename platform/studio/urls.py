"""Addresses of the studio."""

from django.urls import path

from studio import dataset_views, image_views, training_views, views, walk_views

urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("studio/bench/", views.bench, name="studio_bench"),
    path("studio/draw/<int:pk>/", views.draw, name="studio_draw"),
    path("studio/drawings/<int:pk>/", views.drawing, name="studio_drawing"),
    path("studio/images/<int:pk>/", image_views.image, name="studio_image"),
    path("studio/images/<int:pk>/<slug:digest>.png", image_views.file, name="studio_file"),
    path("studio/images/<int:pk>/publish/", image_views.publish, name="studio_publish"),
    path("studio/images/<int:pk>/unpublish/", image_views.unpublish, name="studio_unpublish"),
    path("studio/images/<int:pk>/wear/", image_views.wear, name="studio_wear"),
    path("studio/images/<int:pk>/delete/", image_views.delete, name="studio_delete"),
    path("studio/images/<int:pk>/report/", image_views.report, name="studio_report"),
    path("studio/images/<int:pk>/variations/", image_views.variations, name="studio_variations"),
    path("studio/images/<int:pk>/hide/", image_views.hide, name="studio_hide"),
    path("studio/images/<int:pk>/let-stand/", image_views.let_stand, name="studio_let_stand"),
    path("studio/images/<int:pk>/walk/", walk_views.walk_new, name="studio_walk_new"),
    path("studio/walks/", walk_views.walks, name="studio_walks"),
    path("studio/walks/<int:pk>/delete/", walk_views.walk_delete, name="studio_walk_delete"),
    path("studio/walks/<int:pk>/", walk_views.walk, name="studio_walk"),
    path("studio/walks/<int:pk>/walk.<slug:kind>", walk_views.walk_file, name="studio_walk_file"),
    path("dashboard/generators/", training_views.generator_list, name="generator_list"),
    path("dashboard/generators/start/", training_views.generator_start, name="generator_start"),
    path("dashboard/generators/<int:pk>/", training_views.generator_run, name="generator_run"),
    path(
        "dashboard/generators/<int:pk>/panel/",
        training_views.generator_panel,
        name="generator_panel",
    ),
    path(
        "dashboard/generators/<int:pk>/previews/<int:step>.png",
        training_views.generator_preview,
        name="generator_preview",
    ),
    path(
        "dashboard/generators/<int:pk>/measure/",
        training_views.generator_measure,
        name="generator_measure",
    ),
    path(
        "dashboard/generators/<int:pk>/publish/",
        training_views.generator_publish,
        name="generator_publish",
    ),
    path(
        "dashboard/generators/published/<int:pk>/use/",
        training_views.generator_use,
        name="generator_use",
    ),
    path(
        "dashboard/generators/published/<int:pk>/withdraw/",
        training_views.generator_withdraw,
        name="generator_withdraw",
    ),
    path("dashboard/datasets/", dataset_views.dataset_list, name="dataset_list"),
    path("dashboard/datasets/add/", dataset_views.dataset_add, name="dataset_add"),
    path("dashboard/datasets/<int:pk>/", dataset_views.dataset, name="dataset"),
    path(
        "dashboard/datasets/<int:pk>/remove/", dataset_views.dataset_remove, name="dataset_remove"
    ),
    path(
        "dashboard/datasets/<int:pk>/<slug:digest>/<int:number>.png",
        dataset_views.dataset_examples,
        name="dataset_examples",
    ),
]
