"""Django's admin over our tables: to look, never to touch.

What is changed is changed by the pages, the API and the commands, which ask roles, keep counters
right and leave a trail; a form over a table would do none of that. Secrets are not shown, large
tables are not counted, and signing in is the house's own, with its throttle.
"""

import re

from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import BigAutoField, CompositePrimaryKey, Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

SECRET = {"password", "digest", "secret", "nonce", "raw", "key"}
"""Columns that are not shown, also when they are digests."""

COLUMNS = 9
MANY = 10_000
"""Rows that are counted at most: no list of a table of ten million waits for a count."""


class SomePages(Paginator):  # type: ignore[type-arg]  # at run time it takes none
    """Counts no further than anybody turns pages."""

    @cached_property
    def count(self) -> int:
        """How many rows, at most `MANY`."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return int(rows.order_by()[:MANY].count())


class Looked(ModelAdmin):  # type: ignore[type-arg]  # at run time it takes none
    """A table that can be looked at."""

    show_full_result_count = False
    list_per_page = 50
    paginator = SomePages
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never here."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never here."""
        del request, obj
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """For whom the site lets in."""
        del obj
        return bool(getattr(request.user, "is_superuser", False))

    def get_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> list[str | list[str] | tuple[str, ...] | tuple[()]]:
        """All columns but secrets."""
        del request, obj
        return [*_shown(self.model)]


class Office(AdminSite):
    """The site."""

    site_header = "Waystation"
    site_title = "Tables"
    index_title = "Tables, to look at"
    site_url = "/administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        user = request.user
        return user.is_active and bool(getattr(user, "is_superuser", False))

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """By the house's own page, which counts guesses and knows other systems to sign in by.

        Raises:
            PermissionDenied: signed in, and no administrator.
        """
        del extra_context
        if request.user.is_authenticated:
            raise PermissionDenied
        onward = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('web:sign-in')}?{onward}")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[object]:
        """With plurals that are English."""
        found = super().get_app_list(request, app_label)
        for app in found:
            for table in app["models"]:
                table["name"] = re.sub("ys$", "ies", str(table["name"]))
        return found


def office() -> Office:
    """Our tables, registered; a table without a key of one column cannot be shown."""
    site = Office()
    for model in apps.get_models():
        ours = model.__module__.startswith("waystation.")
        if ours and not isinstance(model._meta.pk, CompositePrimaryKey):  # noqa: SLF001 - documented
            attributes = {
                "list_display": _shown(model)[:COLUMNS],
                "ordering": ["-pk"] if isinstance(model._meta.pk, BigAutoField) else ["pk"],  # noqa: SLF001
            }
            site.register(model, type(f"{model.__name__}Looked", (Looked,), attributes))
    return site


def _shown(model: type[Model]) -> list[str]:
    columns = (each for each in model._meta.get_fields() if isinstance(each, Field))  # noqa: SLF001
    return [each.name for each in columns if each.concrete and each.name not in SECRET
            and not each.many_to_many]  # fmt: skip
