"""Row 29: a pilot's certificate acts for a user only with a token for the job, naming user, path.

ben's certificate is the pilot's; ana's are the files.
"""

import os

import pytest

DATA = os.urandom(300_001)


@pytest.fixture
def job(host):
    """Makes tokens for a job of ana's: places are (path, verbs)."""

    def make(*places: tuple[str, str]) -> str:
        wanted = [{"space": "ana", "path": path, "verbs": verbs.split()} for path, verbs in places]
        with host.house.client(host.ana) as http:
            answer = http.post("/job-tokens", json={"name": "pilot", "places": wanted})
        assert answer.is_success, answer.text
        return str(answer.json()["token"])

    return make


def pilot(host, *words: str, token: str = "") -> tuple[int, str]:
    """curl with the pilot's certificate, and a token if it has one; the status, what was said."""
    bens = ("--cert", str(host.bens.certificate), "--key", str(host.bens.key), "-k")
    held = ("-H", f"Authorization: Bearer {token}") if token else ()
    said = host.curl(*bens, *held, "-w", "\n%{http_code}", *words)
    text, _, status = said.rpartition("\n")
    return int(status), text


def put(host, file, token: str = "", user: str = "ana") -> tuple[int, str]:
    form = ("-F", f"file2xmit=@{file}", "-F", f"username={user}")
    return pilot(host, *form, f"{host.grid}/transmit/", token=token)


def get(host, name: str, token: str = "", user: str = "ana") -> tuple[int, str]:
    return pilot(
        host,
        *("-G", "-d", f"username={user}", "--data-urlencode", f"filename={name}", "-o", "-"),
        f"{host.grid}/receive/",
        token=token,
    )


def test_row_29_a_pilot_acts_for_a_user_with_a_token_for_the_job(host, job, tmp_path):
    name = host.name()
    (tmp_path / name).write_bytes(DATA)
    assert put(host, tmp_path / name)[0] == 403, "without one it is only itself"
    assert not host.disk(name).exists()
    token = job((name, "create read"))
    assert put(host, tmp_path / name, token)[0] == 200
    assert host.disk(name).read_bytes() == DATA
    assert not host.disk(name, "ben").exists()
    (tmp_path / name).write_bytes(b"another")
    assert put(host, tmp_path / name, token)[0] == 403, "create is not replace"
    assert host.disk(name).read_bytes() == DATA
    back = tmp_path / "back"
    query = f"{host.grid}/receive/?filename={name}&username=ana"
    assert pilot(host, "-o", str(back), query, token=token)[0] == 200
    assert back.read_bytes() == DATA


def test_row_29_the_token_names_the_user_the_path_and_the_verbs(host, job, tmp_path):
    name, other = host.name(), host.name()
    for each in (name, other):
        (tmp_path / each).write_bytes(b"mine")
        assert (
            host.house.client(host.ana)
            .put(f"{host.house.url}/dav/ana/{each}", content=b"ana's")
            .is_success
        )
    token = job((name, "read"))
    assert get(host, name, token) == (200, "ana's")
    assert get(host, other, token)[0] == 403
    assert get(host, f"../ben/{other}", token)[0] == 400
    assert get(host, name, token, user="ben")[0] == 403
    assert put(host, tmp_path / other, token)[0] == 403
    assert pilot(host, "-d", f"filename={name}", f"{host.grid}/delete/", token=token)[0] == 403
    assert pilot(host, f"{host.grid}/list/", token=token)[0] == 403
    assert host.disk(name).read_bytes() == b"ana's"


def test_row_29_a_whole_token_of_somebody_else_is_not_enough(host):
    name = host.name()
    assert (
        host.house.client(host.ana)
        .put(f"{host.house.url}/dav/ana/{name}", content=b"x")
        .is_success
    )
    status, text = get(host, name, host.ana)
    assert status == 403
    assert "is not 'ana'" in text
    assert get(host, name, host.ben, user="ben")[0] == 404, "one's own is"


def test_row_29_a_token_that_was_revoked_is_none(host, job):
    name = host.name()
    assert (
        host.house.client(host.ana)
        .put(f"{host.house.url}/dav/ana/{name}", content=b"x")
        .is_success
    )
    token = job((name, "read"))
    assert get(host, name, token)[0] == 200
    with host.house.client(host.ana) as http:
        assert http.delete(f"/job-tokens/{token.split('_')[1]}").is_success
    assert get(host, name, token)[0] == 401
