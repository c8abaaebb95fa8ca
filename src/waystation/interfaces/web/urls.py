"""Addresses of the pages; included by the root under the name space `web`."""

from django.urls import path

from waystation.interfaces.web.pages import changes
from waystation.interfaces.web.pages.deliveries import deliveries, replay
from waystation.interfaces.web.pages.file import file, search
from waystation.interfaces.web.pages.files import changes as files
from waystation.interfaces.web.pages.files.folder import folder
from waystation.interfaces.web.pages.files.spaces import spaces
from waystation.interfaces.web.pages.files.tokens import token
from waystation.interfaces.web.pages.home import home
from waystation.interfaces.web.pages.request import request
from waystation.interfaces.web.pages.requests import requests
from waystation.interfaces.web.pages.sign_in import session, sign_in, sign_out
from waystation.interfaces.web.pages.stage import stage
from waystation.interfaces.web.pages.tape import tape
from waystation.interfaces.web.pages.tokens import revoke, tokens

app_name = "web"
urlpatterns = [
    path("", home, name="home"),
    path("stage", stage, name="stage"),
    path("requests", requests, name="requests"),
    path("requests/<int:request_id>", request, name="request"),
    path("requests/<int:request_id>/retry", changes.retry, name="retry"),
    path("requests/<int:request_id>/cancel", changes.cancel, name="cancel"),
    path("requests/<int:request_id>/release", changes.release, name="release"),
    path("requests/<int:request_id>/extend", changes.extend, name="extend"),
    path("files/", spaces, name="files"),
    path("files/<str:space>/", folder, name="folder"),
    path("files/<str:space>/<path:path>", folder, name="folder"),
    path("spaces/<str:space>/make-folder", files.make_folder, name="make-folder"),
    path("spaces/<str:space>/move", files.move, name="move"),
    path("spaces/<str:space>/delete", files.delete, name="delete"),
    path("spaces/<str:space>/bring-back", files.bring_back, name="bring-back"),
    path("spaces/<str:space>/trash", files.trash, name="trash"),
    path("spaces/<str:space>/upload-token", token, name="upload-token"),
    path("tape", tape, name="tape"),
    path("tokens", tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke", revoke, name="revoke"),
    path("messages", deliveries, name="deliveries"),
    path("messages/<int:delivery_id>/replay", replay, name="replay"),
    path("file", file, name="file"),
    path("search", search, name="search"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("session", session, name="session"),
]
