from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from studio.image_services import hide_image, let_stand
from studio.models import Generator, Image, Report, is_reported
from studio.services import use_generator, withdraw_generator


class LookedAt(admin.ModelAdmin):
    """Changed by its services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)  # actions of the list

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Generator)
class GeneratorAdmin(LookedAt):
    list_display = ["name", "version", "is_current", "size", "published_at", "published_by"]
    list_filter = ["is_current"]
    list_select_related = ["published_by"]
    actions = ["use", "withdraw"]

    @admin.action(permissions=["change"], description=_("Let it draw under its name"))
    def use(self, request: HttpRequest, generators: QuerySet[Generator]) -> None:
        for generator in generators:
            use_generator(generator)
            messages.success(request, _("%(what)s draws now.") % {"what": generator})

    @admin.action(permissions=["change"], description=_("Withdraw: it draws nothing new"))
    def withdraw(self, request: HttpRequest, generators: QuerySet[Generator]) -> None:
        for generator in generators:
            withdraw_generator(generator)
            messages.success(request, _("%(what)s is withdrawn.") % {"what": generator})


@admin.register(Image)
class ImageAdmin(LookedAt):
    """What is published, reported or hidden; what is only somebody's own is theirs."""

    list_display = ["id", "label", "seed", "generator", "visibility", "created_at"]
    list_filter = ["visibility", "label"]
    list_select_related = ["generator"]
    fields = readonly_fields = (
        *("label", "seed", "steps", "truncation", "generator", "visibility"),
        *("hidden_because", "published_at", "created_at", "sha256"),
    )
    actions = ["hide", "stand"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return (
            super()
            .get_queryset(request)
            .filter(is_reported() | ~Q(visibility=Image.Visibility.OWN))
        )

    @admin.action(permissions=["change"], description=_("Hide"))
    def hide(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        chosen = list(images)  # before: hiding changes which images the list has
        for image in chosen:
            hide_image(image=image, reason=str(_("It was reported.")))
        self._say(request, len(chosen))

    @admin.action(permissions=["change"], description=_("Let stand; settles the reports"))
    def stand(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        chosen = list(images)
        for image in chosen:
            let_stand(image=image)
        self._say(request, len(chosen))

    def _say(self, request: HttpRequest, count: int) -> None:
        said = ngettext("%(n)d image is judged.", "%(n)d images are judged.", count)
        messages.success(request, said % {"n": count})


@admin.register(Report)
class ReportAdmin(LookedAt):
    list_display = ["image", "reason", "created_at", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["image"]
    fields = readonly_fields = ("image", "by", "reason", "created_at", "settled_at")
