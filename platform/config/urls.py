"""Every address of the site; each app keeps its own list."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView, TemplateView

from config import health

icon = lazy(static, str)("img/favicon.ico")  # its name carries a hash, known after collectstatic

urlpatterns = [
    path("livez/", health.livez, name="livez"),
    path("api/v1/", include("api.urls")),  # before the apps' own lists, which it need not read
    path("favicon.ico", RedirectView.as_view(url=icon), name="favicon"),
    path(
        "robots.txt",
        TemplateView.as_view(template_name="robots.txt", content_type="text/plain"),
        name="robots",
    ),
    path("admin/", admin.site.urls),
    path(
        "account/",
        login_required(RedirectView.as_view(pattern_name="account")),
        name="account_index",
    ),
    path("account/", include("allauth.urls")),
    path("", include("jobs.urls")),
    path("", include("accounts.urls")),
    path("", include("catalog.urls")),
    path("", include("events.urls")),
    path("", include("recommendations.urls")),
    path("", include("studio.urls")),
    path("", include("arcade.urls")),
    path("", include("privacy.urls")),
]

# the API answers problems as JSON, every other address Django's pages
handler400 = "api.errors.bad_request"
handler403 = "api.errors.permission_denied"
handler404 = "api.errors.not_found"
handler500 = "api.errors.server_error"
