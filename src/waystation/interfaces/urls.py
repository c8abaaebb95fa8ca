"""Which path is whose. The hot lane has taken its own before."""

from django.contrib import admin
from django.urls import include, path

from waystation.interfaces.api.app import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("", include("waystation.interfaces.web.urls")),
]
