"""Addresses of the pages; included by the root under the name space `web`."""

from django.urls import path

from waystation.interfaces.web.pages import changes, sign_in_by_certificate, sign_in_with
from waystation.interfaces.web.pages.administration import accounts as administration
from waystation.interfaces.web.pages.administration import audit, groups, notices, sites
from waystation.interfaces.web.pages.administration import spaces as usage
from waystation.interfaces.web.pages.deliveries import deliveries, replay
from waystation.interfaces.web.pages.file import file, search
from waystation.interfaces.web.pages.files import changes as files
from waystation.interfaces.web.pages.files.finding import find
from waystation.interfaces.web.pages.files.folder import folder
from waystation.interfaces.web.pages.files.nearline import bring
from waystation.interfaces.web.pages.files.spaces import spaces
from waystation.interfaces.web.pages.files.tokens import token
from waystation.interfaces.web.pages.home import home
from waystation.interfaces.web.pages.jobs import lists, one
from waystation.interfaces.web.pages.notices import dismiss
from waystation.interfaces.web.pages.policy import policy
from waystation.interfaces.web.pages.request import request
from waystation.interfaces.web.pages.requests import requests
from waystation.interfaces.web.pages.share.job_tokens import job_tokens
from waystation.interfaces.web.pages.share.job_tokens import revoke as revoke_job_token
from waystation.interfaces.web.pages.share.links import links, sign
from waystation.interfaces.web.pages.share.links import revoke as revoke_link
from waystation.interfaces.web.pages.share.visit import unlock, visit
from waystation.interfaces.web.pages.sign_in import session, sign_in, sign_out
from waystation.interfaces.web.pages.space import changes as terms
from waystation.interfaces.web.pages.space.settings import settings
from waystation.interfaces.web.pages.stage import stage
from waystation.interfaces.web.pages.tape import tape
from waystation.interfaces.web.pages.tokens import end_session, revoke, tokens
from waystation.interfaces.web.pages.welcome import welcome

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
    path("find", find, name="find"),
    path("files/<str:space>/", folder, name="folder"),
    path("files/<str:space>/<path:path>", folder, name="folder"),
    path("spaces/<str:space>/make-folder", files.make_folder, name="make-folder"),
    path("spaces/<str:space>/move", files.move, name="move"),
    path("spaces/<str:space>/delete", files.delete, name="delete"),
    path("spaces/<str:space>/bring-back", files.bring_back, name="bring-back"),
    path("spaces/<str:space>/bring", bring, name="bring"),
    path("spaces/<str:space>/settings", settings, name="space-settings"),
    path("spaces/<str:space>/settings/give", terms.give, name="space-give"),
    path("spaces/<str:space>/settings/take", terms.take, name="space-take"),
    path("spaces/<str:space>/settings/change", terms.change, name="space-change"),
    path("spaces/<str:space>/settings/retain", terms.retain, name="space-retain"),
    path("spaces/<str:space>/settings/hold", terms.hold, name="space-hold"),
    path("spaces/<str:space>/settings/lift", terms.lift, name="space-lift"),
    path("spaces/<str:space>/trash", files.trash, name="trash"),
    path("spaces/<str:space>/upload-token", token, name="upload-token"),
    path("spaces/<str:space>/links", links, name="links"),
    path("spaces/<str:space>/links/sign", sign, name="sign"),
    path("spaces/<str:space>/links/<int:share_id>/revoke", revoke_link, name="revoke-link"),
    path("s/<str:secret>", visit, name="visit"),
    path("s/<str:secret>/open", unlock, name="unlock"),
    path("s/<str:secret>/at/<path:path>", visit, name="visit"),
    path("administration", administration.accounts, name="administration"),
    path("administration/accounts/<str:name>/invite", administration.invite, name="invite"),
    path("administration/accounts/<str:name>/suspend", administration.suspend, name="suspend"),
    path("administration/accounts/<str:name>/resume", administration.resume, name="resume"),
    path("administration/groups", groups.groups, name="groups"),
    path("administration/groups/make", groups.make, name="make-group"),
    path("administration/groups/<str:group>/change", groups.change, name="change-group"),
    path("administration/spaces", usage.spaces, name="space-usage"),
    path("administration/spaces/<str:space>/quota", usage.quota, name="quota"),
    path("administration/sites", sites.sites, name="sites"),
    path("administration/sites/<str:name>/switch", sites.switch_partner, name="switch-partner"),
    path("administration/rules/<str:name>", sites.rule, name="rule"),
    path("administration/rules/<str:name>/switch", sites.switch_rule, name="switch-rule"),
    path("administration/shipments/<int:number>", sites.shipment, name="shipment"),
    path("administration/shipments/<int:number>/cancel", sites.cancel, name="cancel-shipment"),
    path("administration/messages", notices.notices, name="notices"),
    path("administration/messages/post", notices.post, name="post-notice"),
    path(
        "administration/messages/<int:message_id>/withdraw",
        notices.withdraw,
        name="withdraw-notice",
    ),
    path("administration/audit", audit.audit, name="audit"),
    path("administration/audit.<str:form>", audit.export, name="audit-export"),
    path("policy", policy, name="policy"),
    path("welcome/<str:secret>", welcome, name="welcome"),
    path("tape", tape, name="tape"),
    path("jobs", lists.jobs, name="jobs"),
    path("jobs/run", lists.run, name="run"),
    path("jobs/run-with/<str:space>", lists.run_with, name="run-with"),
    path("jobs/<int:number>", one.job_request, name="job-request"),
    path("jobs/<int:number>/cancel", one.cancel, name="cancel-jobs"),
    path("jobs/<int:number>/retry", one.retry, name="retry-jobs"),
    path("jobs/<int:number>/<int:n>", one.job, name="job"),
    path("clusters/<str:name>/drain", lists.drain, name="drain"),
    path("tokens", tokens, name="tokens"),
    path("tokens/jobs", job_tokens, name="job-tokens"),
    path("tokens/jobs/<int:token_id>/revoke", revoke_job_token, name="revoke-job-token"),
    path("tokens/<int:token_id>/revoke", revoke, name="revoke"),
    path("devices/<int:device_id>/sign-out", end_session, name="end-session"),
    path("messages", deliveries, name="deliveries"),
    path("messages/<int:delivery_id>/replay", replay, name="replay"),
    path("notices/<int:message_id>/dismiss", dismiss, name="dismiss"),
    path("file", file, name="file"),
    path("search", search, name="search"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-in/with/<str:name>", sign_in_with.begin, name="sign-in-with"),
    path("sign-in/from/<str:name>", sign_in_with.back, name="sign-in-back"),
    path("sign-in/certificate", sign_in_by_certificate.begin, name="sign-in-certificate"),
    path("sign-in/certificate/back", sign_in_by_certificate.back),
    path("sign-out", sign_out, name="sign-out"),
    path("session", session, name="session"),
]
