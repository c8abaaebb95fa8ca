"""Keystone, Nova, Neutron, Cinder and Glance on one port, a folder of the URL each."""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from waystation_sim.openstack.cloud import PROJECT, Cloud, RefusedError
from waystation_sim.server import Answer, Request

USER, PASSWORD = "operator", "secret of the cloud"
VERSIONS = {
    "identity": ("v3", "v3.14"),
    "compute": ("v2.1", "v2.1"),
    "network": ("v2.0", "v2.0"),
    "volume": ("v3", "v3.0"),
    "image": ("v2", "v2.9"),
}
"""Of each: the folder of its version, and the version's name."""
TYPES = {"volume": "block-storage"}
NOT_FIELDS = {"limit", "marker", "sort_key", "sort_dir", "fields", "all_tenants", "is_public"}


class Face:
    """The APIs of one cloud."""

    def __init__(self, cloud: Cloud, url: str) -> None:
        self.cloud = cloud
        self._url = url
        self._tokens: set[str] = set()

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        _, service, *parts = [*request.path.split("/"), ""]
        parts = [each for each in parts if each]
        try:
            return self._answer(request, service, parts)
        except RefusedError as refused:
            return Answer(refused.status, {"error": {"message": str(refused)}})

    def _answer(self, request: Request, service: str, parts: list[str]) -> Answer:
        if service not in VERSIONS:
            raise RefusedError(404, "No such service.")
        if parts[1:] == ["auth", "tokens"]:
            return self._token(request)
        if parts in ([], [VERSIONS[service][0]]):
            return self._version(service, one=bool(parts))
        if request.headers.get("x-auth-token") not in self._tokens:
            raise RefusedError(401, "A token is needed.")
        rest = [each for each in parts[1:] if each != PROJECT]
        return (self._compute if service == "compute" else self._any)(request, rest)

    def _version(self, service: str, *, one: bool) -> Answer:
        folder, name = VERSIONS[service]
        links = [{"rel": "self", "href": f"{self._url}/{service}/{folder}/"}]
        told = {"id": name, "status": "CURRENT", "links": links}
        if service == "identity":
            return Answer(200, {"version": told} if one else {"versions": {"values": [told]}})
        if service == "compute":
            told |= {"version": "2.1", "min_version": "2.1"}
        return Answer(200, {"version": told} if one else {"versions": [told]})

    def _token(self, request: Request) -> Answer:
        asked = json.loads(request.body)["auth"]["identity"]
        user = asked.get("password", {}).get("user", {})
        if (user.get("name"), user.get("password")) != (USER, PASSWORD):
            raise RefusedError(401, "The request you have made requires authentication.")
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        domain = {"id": "default", "name": "Default"}
        told = {
            "methods": ["password"],
            "user": {"id": "user1", "name": USER, "domain": domain},
            "project": {"id": PROJECT, "name": "science", "domain": domain},
            "roles": [{"id": "member", "name": "member"}],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "catalog": [self._endpoint(service, folder) for service, (folder, _) in
                        VERSIONS.items()],
        }  # fmt: skip
        return Answer(201, {"token": told}, {"X-Subject-Token": token})

    def _endpoint(self, service: str, folder: str) -> Mapping[str, object]:
        end = {"volume": f"/{folder}/{PROJECT}", "compute": f"/{folder}", "identity": f"/{folder}"}
        url = f"{self._url}/{service}{end.get(service, '')}"
        place = {"id": service, "interface": "public", "region": "one", "region_id": "one",
                 "url": url}  # fmt: skip
        kind = TYPES.get(service, service)
        return {"id": service, "type": kind, "name": kind, "endpoints": [place]}

    def _any(self, request: Request, rest: list[str]) -> Answer:
        """Things of one kind: list, get, make, delete."""
        kind, *more = rest
        if kind == "extensions":
            return Answer(200, {"extensions": []})
        one = kind.replace("-", "_").removesuffix("s")
        many = kind.replace("-", "_")
        bare = kind == "images"
        if request.method == "POST":
            told = json.loads(request.body)[one]
            return Answer(201, {one: self.cloud.add(kind, told)})
        if more and more != ["detail"]:
            if request.method == "DELETE":
                self.cloud.remove(kind, more[0])
                return Answer(204)
            found = self.cloud.get(kind, more[0])
            return Answer(200, found if bare else {one: found})
        asked = {name: value for name, value in request.query.items() if name not in NOT_FIELDS}
        return Answer(200, {many: self.cloud.find(kind, asked)})

    def _compute(self, request: Request, rest: list[str]) -> Answer:
        table: dict[tuple[str, str], Callable[[Request, list[str]], Answer]] = {
            ("servers", "os-volume_attachments"): self._attachments,
            ("servers", "os-security-groups"): self._groups,
        }
        special = table.get((rest[0], rest[2] if len(rest) > 2 else ""))  # noqa: PLR2004
        if special:
            return special(request, rest)
        if rest[0] == "os-keypairs":
            return self._keypairs(request, rest)
        if rest[0] == "flavors" and rest[-1] == "os-extra_specs":
            return Answer(200, {"extra_specs": {}})
        if rest == ["servers"] and request.method == "POST":
            made = self.cloud.add("servers", json.loads(request.body)["server"])
            return Answer(202, {"server": {"id": made["id"], "adminPass": secrets.token_hex(8)}})
        return self._any(request, rest)

    def _keypairs(self, request: Request, rest: list[str]) -> Answer:
        if request.method == "POST":
            told: dict[str, Any] = json.loads(request.body)["keypair"]
            made = self.cloud.add("keypairs", {**told, "id": told["name"], "fingerprint": "00:11"})
            return Answer(200, {"keypair": made})
        if rest[1:]:
            return Answer(200, {"keypair": self.cloud.get("keypairs", rest[1])})
        return Answer(200, {"keypairs": [{"keypair": each} for each in
                                         self.cloud.find("keypairs", {})]})  # fmt: skip

    def _attachments(self, request: Request, rest: list[str]) -> Answer:
        if request.method == "POST":
            volume = json.loads(request.body)["volumeAttachment"]["volumeId"]
            return Answer(200, {"volumeAttachment": self.cloud.attach(rest[1], volume)})
        places = [{"id": each["id"], "volumeId": each["id"], "serverId": rest[1],
                   "device": each["attachments"][0]["device"]}
                  for each in self.cloud.attached(rest[1])]  # fmt: skip
        return Answer(200, {"volumeAttachments": places})

    def _groups(self, _: Request, rest: list[str]) -> Answer:
        names = {each["name"] for each in self.cloud.get("servers", rest[1])["security_groups"]}
        groups = [each for each in self.cloud.find("security-groups", {}) if each["name"] in names]
        return Answer(200, {"security_groups": groups})
