"""Jobs of a PanDA server: asked for one a call, told of in bulk.

`getJob` gives a job away in its answer. An answer that is lost, or that we did not live to write
down, takes its job with it until the server misses its heartbeats and gives it again.
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import httpx

from waystation.backends.feeder.panda import words
from waystation.backends.feeder.panda.words import Terms
from waystation.domains.jobs.entities import Heard, Offer, Report
from waystation.domains.jobs.errors import SourceUnavailableError

AT_ONCE = 4
"""Calls at a time: each gives one job, and waits for a server far away."""
_OK = 200


@dataclass(frozen=True, slots=True)
class PandaConfig:
    """A server.

    Attributes:
        name: of the settings.
        url: `https://HOST:25443/server/panda`.
        terms: how its jobs are run.
        label: prodSourceLabel of jobs that are wanted; empty is any.
        proxy: file with a grid proxy.
        token_file: file whose first line is a bearer token.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
        timeout_s: longest wait for an answer.
    """

    name: str
    url: str
    terms: Terms
    label: str = ""
    proxy: Path | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    ca_dir: Path | None = None
    timeout_s: float = 60.0


class PandaSource:
    """A `Source`."""

    def __init__(self, config: PandaConfig) -> None:
        self._config = config
        self._http: httpx.Client | None = None
        self._made_of: tuple[float, ...] = ()
        self._alone = Lock()

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    def check_config(self) -> list[str]:
        """As the port promises."""
        files = (self._config.proxy, self._config.token_file, self._config.ca_file)
        missing = [each for each in files if each is not None and not each.is_file()]
        return [f"{each} is not there." for each in missing]

    def take(self, most: int) -> Sequence[Offer]:
        """As the port promises."""
        asked = {"siteName": self._config.terms.site, "schedulerID": self._config.terms.scheduler}
        if self._config.label:
            asked["prodSourceLabel"] = self._config.label
        offers: list[Offer] = []
        with ThreadPoolExecutor(AT_ONCE) as crew:
            while len(offers) < most:
                round_ = range(min(AT_ONCE, most - len(offers)))
                answers = list(crew.map(lambda _: self._given(asked), round_))
                offers += [each for each in answers if isinstance(each, Offer)]
                rest = [each for each in answers if not isinstance(each, Offer)]
                wrong = next((each for each in rest if each is not None), None)
                # Those that were given are not to be lost for one that was not.
                if wrong is not None and not offers:
                    raise wrong
                if rest:
                    break
        return offers

    def _given(self, asked: Mapping[str, str]) -> Offer | SourceUnavailableError | None:
        """One job; None when there are no more, or what is wrong."""
        try:
            given = words.fields(self._post("getJob", asked))
        except SourceUnavailableError as problem:
            return problem
        code = given.get("StatusCode", "")
        if code == words.NONE_LEFT:
            return None
        if code != words.GIVEN:
            reason = "knows us not" if code == words.NO_CONTACT else f"says {code!r}"
            return SourceUnavailableError(f"The PanDA of {self.name} {reason}.")
        if not given.get("PandaID", "").isdigit():
            return SourceUnavailableError(f"The PanDA of {self.name} gave a job without a number.")
        return words.offer(given, self._config.terms)

    def kept(self, foreign_ids: Sequence[str]) -> None:
        """As the port promises: the first heartbeat says it, and follows at once."""

    def tell(self, reports: Sequence[Report]) -> Mapping[str, Heard]:
        """As the port promises."""
        lines = [words.update(each, self._config.terms) for each in reports]
        text = self._post("updateJobsInBulk", {"jobList": json.dumps(lines)})
        try:
            good, answers = json.loads(text)
        except (ValueError, TypeError) as problem:
            raise SourceUnavailableError(
                f"The PanDA of {self.name} cannot be understood."
            ) from problem
        if good is not True or not isinstance(answers, list):
            raise SourceUnavailableError(f"The PanDA of {self.name} refuses: {answers!s:.200}")
        return {
            each.foreign_id: words.heard(str(answer))
            for each, answer in zip(reports, answers, strict=False)
        }

    def close(self) -> None:
        """As the port promises."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _post(self, call: str, form: Mapping[str, str]) -> str:
        try:
            answer = self._client().post(f"{self._config.url.rstrip('/')}/{call}", data=form)
        except (httpx.HTTPError, OSError) as problem:
            raise SourceUnavailableError(
                f"The PanDA of {self.name} does not answer: {problem}"
            ) from problem
        if answer.status_code != _OK:
            raise SourceUnavailableError(
                f"The PanDA of {self.name} answers with {answer.status_code}."
            )
        return answer.text

    def _client(self) -> httpx.Client:
        """A client with the proxy and the token as they are now: others renew them."""
        files = [f for f in (self._config.proxy, self._config.token_file) if f is not None]
        made_of = tuple(each.stat().st_mtime for each in files)
        with self._alone:
            if self._http is None or made_of != self._made_of:
                # The one before closes its connections when its last call is over.
                self._http, self._made_of = self._new(), made_of
            return self._http

    def _new(self) -> httpx.Client:
        config, headers = self._config, {}
        context = ssl.create_default_context(cafile=config.ca_file, capath=config.ca_dir)
        if config.proxy is not None:
            context.load_cert_chain(config.proxy)
        if config.token_file is not None:
            token = config.token_file.read_text().splitlines()[0].strip()
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(verify=context, headers=headers, timeout=config.timeout_s)
