"""What can be watched, played or heard: titles, the people behind them, and who may see what."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import NO_AGE_LIMIT
from catalog.posters.spec import PosterSpec, poster_digest


class Genre(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: Any) -> Self:
        """Known from at least one title that this person may see."""
        titles = Title.objects.visible_to(user)
        return self.filter(Exists(Credit.objects.filter(person=OuterRef("pk"), title__in=titles)))


class Person(models.Model):
    name = models.CharField(max_length=120, unique=True)
    search_name = models.CharField(
        max_length=120
    )  # without accents, lower case: what search matches

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"
        indexes = [
            GinIndex(name="person_trigrams", fields=["search_name"], opclasses=["gin_trgm_ops"]),
            models.Index(
                name="person_prefix", fields=["search_name"], opclasses=["varchar_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.pk, slugify(self.name) or "person"])


class TitleQuerySet(models.QuerySet["Title"]):
    def visible_to(self, user: Any) -> Self:
        """Published, not hidden by this person, within their age limit. Every list starts here."""
        titles = self.allowed_to(user)
        if not user.is_authenticated:
            return titles
        return titles.exclude(pk__in=Hidden.objects.filter(user=user.pk).values("title"))

    def allowed_to(self, user: Any) -> Self:
        """Published and within the age limit: `visible_to` and what they hid, to take that back."""
        titles = self.filter(published=True)
        if user.is_authenticated and user.age_limit < NO_AGE_LIMIT:
            titles = titles.filter(
                minimum_age__lte=user.age_limit
            )  # unknown is NULL: never below a limit
        return titles

    def for_cards(self) -> Self:
        """With what a card shows, without a query per card."""
        credits = Credit.objects.select_related("person")
        return self.prefetch_related("genres", models.Prefetch("credits", credits))


class Title(models.Model):
    class Kind(models.TextChoices):
        FILM = "film", _("Film")
        SERIES = "series", _("Series")
        GAME = "game", _("Game")
        MUSIC = "music", _("Music")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FILM)
    name = models.CharField(max_length=250)  # as people say it: "The Matrix"
    sort_name = models.CharField(
        max_length=250
    )  # without article and accents, lower case: "matrix"
    search_name = models.CharField(max_length=250)  # without accents, lower case, with the article
    source = models.CharField(max_length=40)  # where it was imported from
    source_id = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    released_on = models.DateField(null=True, blank=True)  # a fact, not a state
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    minimum_age = models.PositiveSmallIntegerField(null=True, blank=True)  # None = unknown
    country = models.CharField(max_length=120, blank=True)
    franchise = models.CharField(max_length=120, blank=True, db_index=True)  # "" = of none
    description = models.TextField(blank=True)
    published = models.BooleanField(default=True)
    added_at = models.DateTimeField(auto_now_add=True)
    # Counts over everybody, kept up to date by events.services.refresh_statistics
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_mean = models.FloatField(null=True, editable=False)
    popularity = models.FloatField(
        default=0, editable=False
    )  # positive events, decayed from the newest
    genres = models.ManyToManyField(Genre, related_name="titles", blank=True)
    people = models.ManyToManyField(Person, through="Credit", related_name="titles")
    search = models.GeneratedField(
        expression=SearchVector("search_name", weight="A", config="simple")
        + SearchVector("description", weight="C", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = TitleQuerySet.as_manager()

    class Meta:
        ordering = ["sort_name", "year", "id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="one_title_per_source_id"),
            models.CheckConstraint(
                condition=Q(minimum_age__isnull=True) | Q(minimum_age__lte=21),
                name="sensible_minimum_age",
            ),
        ]
        indexes = [
            GinIndex(F("search"), name="title_search"),
            GinIndex(name="title_trigrams", fields=["search_name"], opclasses=["gin_trgm_ops"]),
            models.Index(
                name="title_prefix", fields=["search_name"], opclasses=["varchar_pattern_ops"]
            ),
            models.Index(name="title_order", fields=["sort_name", "id"]),
            models.Index(name="title_added", fields=["-added_at", "-year"]),
            models.Index(name="title_popularity", fields=["-popularity", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name

    def get_absolute_url(self) -> str:
        return reverse("title", args=[self.pk, slugify(self.name) or "title"])

    @property
    def directors(self) -> list["Credit"]:
        return [credit for credit in self.credits.all() if credit.role in Credit.MAKERS]

    @property
    def actors(self) -> list["Credit"]:
        return [credit for credit in self.credits.all() if credit.role == Credit.Role.ACTOR]

    @cached_property
    def poster(self) -> PosterSpec:
        return PosterSpec(
            title=self.name,
            year=self.year,
            genres=tuple(genre.name for genre in self.genres.all()),
            director=self.directors[0].person.name if self.directors else "",
            kind=str(
                self.kind
            ),  # a member of Kind on a title just made, text on one from the database
        )

    @property
    def poster_url(self) -> str:
        return reverse("poster", args=[self.pk, poster_digest(self.poster)])

    @property
    def glow_url(self) -> str:
        return reverse("glow", args=[self.pk, poster_digest(self.poster)])


class Credit(models.Model):
    class Role(models.TextChoices):
        DIRECTOR = "director", _("Director")
        CREATOR = "creator", _("Creator")
        DEVELOPER = "developer", _("Developer")
        ARTIST = "artist", _("Artist")
        ACTOR = "actor", _("Actor")

    MAKERS = (Role.DIRECTOR, Role.CREATOR, Role.DEVELOPER, Role.ARTIST)

    title = models.ForeignKey(Title, models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits")
    role = models.CharField(max_length=10, choices=Role.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["role", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["title", "person", "role"], name="one_credit_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}"


class Link(models.Model):
    """Where a title can be opened; opening it is a `play`."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="links")
    label = models.CharField(max_length=60)
    url = models.URLField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title", "url"], name="one_link_per_url")]

    def __str__(self) -> str:
        return self.url


class Hidden(models.Model):
    """ "Not interested". Here and not among the events, because visibility is decided here."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hidden")
    title = models.ForeignKey(Title, models.CASCADE, related_name="hidden_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "title"], name="hidden_once")]

    def __str__(self) -> str:
        return f"{self.title} hidden by {self.user}"
