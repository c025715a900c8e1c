"""Caddy before the real pages and the real Temporal UI: hosts apart, TLS, locks, what it keeps to itself."""

import signal
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.deploy.conftest import Bare, Caddy, Web, until
from tests.deploy.tools import COMPOSE, run, said, tool

CONFIG = COMPOSE / "caddy" / "Caddyfile"
PUBLIC, DESK, TEMPORAL = "straat.test", "bureau.test", "temporal.test"
OPERATOR = ("op", "geheim-van-de-operator")


class Door:
    """The proxy as browsers meet it: by a name, over TLS that its own authority vouches for."""

    def __init__(self, root: Path, https: int, http: int, watch: int) -> None:
        self.https, self.http, self.watch = https, http, watch
        self._root = root

    def ask(
        self, host: str, path: str = "/", auth: tuple[str, str] | None = None, *, trust: bool = True
    ) -> httpx.Response:
        """One request, no redirect followed."""
        trusted = ssl.create_default_context(cafile=str(self._root) if trust else None)
        with httpx.Client(verify=trusted, trust_env=False, timeout=20) as client:
            more = {"headers": {"Host": host}, "extensions": {"sni_hostname": host}}
            return client.get(f"https://127.0.0.1:{self.https}{path}", auth=auth, **more)  # type: ignore[arg-type]

    def measured(self) -> dict[str, float]:
        """How Caddy says the pages are, by port."""
        text = httpx.get(f"http://127.0.0.1:{self.watch}/metrics", trust_env=False).text
        lines = [
            line for line in text.splitlines() if line.startswith("caddy_reverse_proxy_upstreams_healthy{")
        ]
        found = {line.partition('upstream="')[2].partition('"')[0]: float(line.split()[-1]) for line in lines}
        return {name: value for name, value in found.items() if name.startswith("localhost:")}


Open = Callable[..., tuple[Door, Caddy]]


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operators, as docs/install.md has them made."""
    hashed = run(
        tool("caddy"), "hash-password", "--bcrypt-cost", "10", given=f"{OPERATOR[1]}\n"
    ).stdout.strip()
    path = tmp_path_factory.mktemp("users") / "users"
    path.write_text(f"{OPERATOR[0]} {hashed}\n")
    return path


@pytest.fixture(scope="module")
def opened(web: Web, temporal: Bare, users: Path, caddy: Callable[..., Caddy]) -> Open:
    """Starts the proxy of Compose before them, with other settings where a test wants those."""

    def open_it(**other: str) -> tuple[Door, Caddy]:
        https, http, watch = free_port(), free_port(), free_port()
        settings = {
            "PUBLIC_HOST": PUBLIC,
            "DESK_HOST": DESK,
            "TEMPORAL_UI_HOST": TEMPORAL,
            "CADDY_TLS": "tls internal",
            "PUBLIC_UPSTREAM": f"127.0.0.1:{web.public}",
            "DESK_UPSTREAM": f"127.0.0.1:{web.desk}",
            "PUBLIC_WATCHED": f"localhost:{web.public}",
            "DESK_WATCHED": f"localhost:{web.desk}",
            "TEMPORAL_UI_UPSTREAM": f"127.0.0.1:{temporal.ui}",
            "TEMPORAL_UI_USERS": str(users),
            "HTTPS_PORT": str(https),
            "HTTP_PORT": str(http),
            "WATCH_PORT": str(watch),
            "WATCH_INTERVAL": "500ms",
        }
        running = caddy(CONFIG, **(settings | other))
        door = Door(running.root, https, http, watch)
        until(running.root.exists, "Caddy has an authority")
        until(lambda: _shows_itself(door), "Caddy has its certificates")
        return door, running

    return open_it


@pytest.fixture(scope="module")
def door(opened: Open) -> Door:
    """The proxy with the settings of the example."""
    return opened()[0]


def _shows_itself(door: Door) -> bool:
    try:
        for host in (PUBLIC, DESK, TEMPORAL):
            door.ask(host)
    except httpx.HTTPError:
        return False
    return True


def environment(users: Path, tls: str) -> dict[str, str]:
    """What the file needs to be read."""
    hosts = {"PUBLIC_HOST": PUBLIC, "DESK_HOST": DESK, "TEMPORAL_UI_HOST": TEMPORAL}
    return hosts | {"TEMPORAL_UI_USERS": str(users), "CADDY_TLS": tls}


@pytest.mark.parametrize("tls", ["", "tls internal"])
def test_caddy_takes_the_file_and_would_write_it_so(users: Path, tls: str) -> None:
    words = ("validate", "--adapter", "caddyfile", "--config", CONFIG)
    assert "Valid configuration" in said(tool("caddy"), *words, env=environment(users, tls))
    assert said(tool("caddy"), "fmt", CONFIG) == CONFIG.read_text()


def test_without_operators_it_does_not_start(tmp_path: Path) -> None:
    nobody = environment(tmp_path / "none", "tls internal")
    done = run(tool("caddy"), "validate", "--adapter", "caddyfile", "--config", CONFIG, env=nobody)
    assert done.returncode != 0
    assert "File to import not found" in done.stderr


def test_each_host_shows_its_own_and_nothing_else(door: Door) -> None:
    public, desk = door.ask(PUBLIC), door.ask(DESK)
    assert (public.status_code, desk.status_code) == (200, 200)
    assert "Lief" in public.text
    assert public.text != desk.text
    assert door.ask(PUBLIC, "/rotterdam/aanmelden").status_code in (200, 303)
    assert door.ask(DESK, "/rotterdam/aanmelden").status_code == 404
    assert door.ask(PUBLIC, "/bureau.css").status_code == 404
    assert door.ask(DESK, "/bureau.css").status_code == 200
    for answer in (public, desk):
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers


def test_it_speaks_tls_only_and_for_our_names_only(door: Door) -> None:
    for host in (PUBLIC, DESK, TEMPORAL):
        plain = httpx.get(f"http://127.0.0.1:{door.http}/x", headers={"Host": host}, trust_env=False)
        assert (plain.status_code, plain.headers["Location"]) == (308, f"https://{host}/x")
    with pytest.raises(httpx.ConnectError):
        door.ask("iemand-anders.test")
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        door.ask(PUBLIC, trust=False)


def test_the_temporal_ui_is_never_open(door: Door) -> None:
    for path in (
        "/",
        "/api/v1/namespaces",
        "/namespaces/default/workflows",
        "/_app/version.json",
        "/healthz",
    ):
        assert door.ask(TEMPORAL, path).status_code == 401, path
    assert door.ask(TEMPORAL, auth=(OPERATOR[0], "geraden")).status_code == 401
    shown = door.ask(TEMPORAL, "/api/v1/namespaces", auth=OPERATOR)
    assert shown.status_code == 200
    assert "namespaces" in shown.json()
    assert shown.headers["Cache-Control"] == "no-store"


def test_operators_come_from_their_own_networks(opened: Open, tmp_path: Path) -> None:
    door, _ = opened(OPERATOR_NETWORKS="192.0.2.0/24 2001:db8::/32")
    assert door.ask(TEMPORAL, auth=OPERATOR).status_code == 403
    assert door.ask(PUBLIC).status_code == 200
    empty = tmp_path / "empty"
    empty.write_text("")
    nobody, _ = opened(TEMPORAL_UI_USERS=str(empty))
    assert nobody.ask(TEMPORAL, auth=OPERATOR).status_code == 401


def test_pages_that_are_away_are_told_kindly_and_their_links_stay_secret(opened: Open, web: Web) -> None:
    """The last one here: it takes the pages away."""
    door, running = opened()
    both = {f"localhost:{web.public}", f"localhost:{web.desk}"}
    until(lambda: door.measured() == dict.fromkeys(both, 1.0), "Caddy finds the pages well")
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(10) == 0
    answer = door.ask(PUBLIC, "/rotterdam/antwoord/geheim-van-een-bewoner")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "112" in answer.text
    until(lambda: door.measured() == dict.fromkeys(both, 0.0), "Caddy finds the pages unwell")
    # What no page answers for is told by Caddy alone: an error is written, and the request is not.
    told = httpx.get(f"http://127.0.0.1:{door.watch}/pages?geheim-van-een-bewoner", trust_env=False)
    assert told.status_code == 503
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(15) == 0
    written = running.log.read_text()
    assert "no upstreams available" in written
    assert "geheim-van-een-bewoner" not in written
    assert "antwoord" not in written
