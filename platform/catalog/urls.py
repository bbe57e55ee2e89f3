"""Addresses of catalog."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("browse/", views.browse, name="browse"),
    path("search/", views.search, name="search"),
    path("search/panel/", views.search_panel, name="search_panel"),
    path("people/<int:pk>/<slug:slug>/", views.person, name="person"),
    path("people/<int:pk>/", views.person, name="person_by_number"),
    path("posters/<int:pk>/<slug:digest>.svg", views.poster, name="poster"),
    path("glows/<int:pk>/<slug:digest>.svg", views.glow, name="glow"),
]
