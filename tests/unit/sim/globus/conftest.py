"""A simulated Globus and real clients of it."""

import globus_sdk
import pytest

from waystation_sim.globus.running import RunningGlobus


@pytest.fixture(scope="module")
def globus(tmp_path_factory):
    """Two collections: one with 5 files in two folders, one empty."""
    root = tmp_path_factory.mktemp("globus")
    a, b = root / "a", root / "b"
    for n in range(5):
        place = a / ("one" if n < 3 else "two") / f"file {n}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bytes([n]) * (1000 + n))
    b.mkdir()
    places = {"A": a, "B": b, "asks": b}
    with RunningGlobus(root / "service", places, consent=frozenset({"asks"})) as running:
        yield running


@pytest.fixture
def client(globus, monkeypatch):
    """The SDK as a confidential client."""
    for name, value in globus.environment.items():
        monkeypatch.setenv(name, value)
    auth = globus_sdk.ConfidentialAppAuthClient(globus.client, globus.secret)
    scopes = globus_sdk.TransferClient.scopes.all
    with globus_sdk.TransferClient(
        authorizer=globus_sdk.ClientCredentialsAuthorizer(auth, scopes=scopes)
    ) as made:
        yield made


@pytest.fixture
def well(globus):
    """Whatever was broken is mended afterwards."""
    yield
    globus.fault("globus-well")
