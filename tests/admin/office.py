"""A node for administrators' work: people of one test each, a space, pages without a browser."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
from oidc_provider_mock import run_server_in_thread

from admin.issuer import AUDIENCE, Issuer, running
from running import House, new_house

SPACE = "lab"


@dataclass
class Person:
    """Somebody with an account."""

    name: str
    password: str
    token: str


@dataclass
class Office:
    house: House
    root: Path
    issuer: Issuer
    provider: str
    numbers: count = field(default_factory=count)

    def person(self, role: str = "") -> Person:
        """Somebody new, with a role in the space."""
        name = f"person{next(self.numbers)}"
        password = self.house.command("user", "add", name)
        token = self.house.command("user", "token", name)
        if role:
            self.house.command("space", "role", SPACE, name, role)
        return Person(name, password, token)

    def http(self, who: Person | None = None, **more) -> httpx.Client:
        """The API as somebody; the administrator when nobody is named."""
        return self.house.client(who.token if who else None, **more)

    def browser(self, who: Person | None = None) -> httpx.Client:
        """Pages as somebody who signed in."""
        name, password = (
            (who.name, who.password) if who else (self.house.name, self.house.password)
        )
        http = httpx.Client(base_url=self.house.url, follow_redirects=True, timeout=30)
        self.sign_in(http, name, password)
        return http

    def sign_in(self, http: httpx.Client, name: str, password: str) -> httpx.Response:
        return post(http, "/sign-in", name=name, password=password)

    def acts(self, thing: str) -> list[tuple[object, ...]]:
        """What the trail says of a thing: what, who, how, outcome."""
        sql = "SELECT act, actor, via, outcome FROM audit_entry WHERE thing = %(t)s ORDER BY id"
        return self.house.rows(sql, t=thing)

    def rows_of(self, actor: str) -> list[object]:
        """What the trail says that somebody did."""
        sql = "SELECT act FROM audit_entry WHERE actor = %(a)s ORDER BY id"
        return [row[0] for row in self.house.rows(sql, a=actor)]


def post(http: httpx.Client, path: str, at: str = "", **form: str) -> httpx.Response:
    """Send a form as a browser does, with the page's own token against forgery."""
    page = http.get(at or path)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    token = found[1] if found else http.cookies.get("csrftoken", "")
    return http.post(path, data={**form, "csrfmiddlewaretoken": token})


@contextmanager
def opened(root: Path) -> Iterator[Office]:
    """A node that believes an issuer."""
    with running() as issuer, run_server_in_thread() as server:
        provider = f"http://localhost:{server.server_port}"
        found = httpx.get(f"{provider}/.well-known/openid-configuration").json()["issuer"]
        variables = {
            "WAYSTATION_STORES__DISK__ROOT": str(root),
            "WAYSTATION_ISSUERS__TEST__URL": issuer.url,
            "WAYSTATION_ISSUERS__TEST__AUDIENCES": json.dumps([AUDIENCE]),
            "WAYSTATION_ISSUERS__TEST__GROUPS": json.dumps({"/vo": "vo"}),
            "WAYSTATION_ISSUERS__TEST__PLAIN": "true",
            "WAYSTATION_WEB__PROXIES": json.dumps(["127.0.0.1"]),
            "WAYSTATION_SIGN_IN__LOCAL__TITLE": "The Institute",
            "WAYSTATION_SIGN_IN__LOCAL__ISSUER": found,
            "WAYSTATION_SIGN_IN__LOCAL__CLIENT_ID": "waystation",
            "WAYSTATION_SIGN_IN__LOCAL__CLIENT_SECRET": "a secret of ours",
            "WAYSTATION_SIGN_IN__LOCAL__DOMAINS": json.dumps(["good.test"]),
            "WAYSTATION_SIGN_IN__LOCAL__PLAIN": "true",
        }
        with new_house(files_each=1, **variables) as house:
            house.command("space", "add", SPACE, "--owner", house.name, "--store", "disk")
            yield Office(house, root, issuer, found)
