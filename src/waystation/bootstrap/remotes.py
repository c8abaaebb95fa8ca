"""Other servers that files are copied from and to."""

from waystation.backends.remote.http import HttpRemotes, RemoteConfig
from waystation.kernel.hosts import AllowedHosts
from waystation.settings.transfers import Transfers


def remotes(said: Transfers) -> HttpRemotes:
    """As the settings say."""
    hosts = AllowedHosts(
        said.hosts, tuple(said.networks), said.plain_hosts, what="Copies", section="transfers"
    )
    places = [str(place) if place else None for place in (said.ca_file, said.ca_dir)]
    return HttpRemotes(RemoteConfig(hosts, said.silence_s, *places))
