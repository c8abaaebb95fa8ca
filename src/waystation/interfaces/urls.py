"""Which path is whose. The hot lane has taken its own before."""

from django.urls import include, path

from waystation.interfaces.api.app import api
from waystation.interfaces.backoffice.site import office

urlpatterns = [
    path("api/v1/", api.urls),
    path("admin/", office().urls),
    path("", include("waystation.interfaces.web.urls")),
]
