"""Real nginx and HAProxy on loopback, with the files that we ship."""

import os
import re
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from running import until

DEPLOY = Path(__file__).parents[2] / "deploy"
START_S, STOP_S = 15.0, 10.0


def program(name: str) -> str:
    """A program of a Debian package; without it the test is not run, in CI it fails."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is not installed"
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return found


def rendered(place: Path, template: str, **values: object) -> Path:
    """A shipped template by the shipped step, with other values where they are given."""
    shipped = (DEPLOY / template).with_name("values.env").read_text()
    for name, value in values.items():
        shipped, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", shipped)
        assert count == 1, f"{template} has no value {name}"
    file = place / "values.env"
    file.write_text(shipped)
    made = place / Path(template).name.removesuffix(".in")
    words = [DEPLOY / "render", file, DEPLOY / template]
    made.write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
    return made


@dataclass
class Proxy:
    """One that runs; `log` has what it said."""

    child: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End it with its children."""
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def start_nginx(place: Path, config: Path) -> Proxy:
    """Run nginx with one of our files included in an `http` block, as Debian's does."""
    binary = program("nginx")
    main = place / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {place}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user} daemon off; pid {place}/nginx.pid; error_log stderr;\n"
        f"events {{ worker_connections 512; }}\n"
        f"http {{ {temporary} access_log off; include {config}; }}\n"
    )
    words = [binary, "-e", "stderr", "-p", str(place), "-c", str(main)]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    return _started(words, place / "nginx.log")


def start_haproxy(place: Path, config: Path) -> Proxy:
    """Run HAProxy with one of our files."""
    words = [program("haproxy"), "-db", "-f", str(config)]
    checked = subprocess.run([*words, "-c"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr
    return _started(words, place / "haproxy.log")


MODULES = (
    *("mpm_event", "authz_core", "alias", "mime", "ssl", "socache_shmcb", "http2", "headers"),
    *("proxy", "proxy_http", "slotmem_shm", "proxy_balancer", "lbmethod_byrequests"),
    *("rewrite", "reqtimeout", "xsendfile"),
)


def start_apache(place: Path, config: Path) -> Proxy:
    """Run Apache with one of our files, as Debian's does with its modules; never as root.

    It does not serve as root, so as root it is nobody's, in the group that may read the spaces.
    """
    binary = program("apache2")
    modules = "".join(
        f"LoadModule {each}_module /usr/lib/apache2/modules/mod_{each}.so\n" for each in MODULES
    )
    listens = re.findall(r"<VirtualHost (\S+)>", config.read_text())
    main = place / "apache2.conf"
    main.write_text(
        f"{modules}{''.join(f'Listen {each}' + chr(10) for each in listens)}"
        f"ServerName localhost\nPidFile {place}/apache2.pid\nDefaultRuntimeDir {place}\n"
        f"Mutex file:{place}\nErrorLog {place}/error.log\nTypesConfig /etc/mime.types\n"
        f"Include {config}\n"
    )
    words = [binary, "-f", str(main)]
    if os.geteuid() == 0:
        for each in (place, *place.iterdir()):
            os.chown(each, -1, os.getegid())
            each.chmod(each.stat().st_mode | 0o070)
        words = ["setpriv", "--reuid=65534", "--clear-groups", "--no-new-privs", *words]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stderr.strip() == "Syntax OK", checked.stderr
    started = _started([*words, "-DFOREGROUND"], place / "apache.log")
    return Proxy(started.child, place / "error.log")


def _started(words: list[str], log: Path) -> Proxy:
    with log.open("wb") as said:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    threading.Event().wait(0.1)
    assert child.poll() is None, log.read_text()
    return Proxy(child, log)


def answers(condition) -> None:
    """Wait until a proxy answers."""
    assert until(condition, START_S)
