"""The web: the hosts answer with a certificate that is valid for a while, and our processes are well."""

import asyncio
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.addresses import ALIVE_PATH, HEALTH_PATH, READY_PATH
from schemas.sign_in import is_loopback
from store import policies, watching
from workers.doctor.database import opened
from workers.doctor.findings import Check, Finding, attention, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place
from workers.safekeeping.manifest import our_version
from workers.settings import address

ANSWER = 4.0
SOON = timedelta(days=14)
"""A certificate that is renewed by itself never comes this close."""
FINE, SIGN_IN, MOVED = 200, (401, 403), range(300, 400)
MEASURES = "/metrics"
BUILD = "straat_build_info"

HOSTS = {
    "STRAAT_PUBLIC_URL": ("public site", "public_url"),
    "STRAAT_DESK_URL": ("desk", "desk_url"),
}


def client() -> httpx.AsyncClient:
    """One that trusts whom this machine trusts, goes by no proxy, and follows nobody."""
    trusted = ssl.create_default_context()
    return httpx.AsyncClient(verify=trusted, timeout=ANSWER, trust_env=False, follow_redirects=False)


async def hosts(place: Place) -> list[Finding]:
    """The public pages and the desk."""
    asked = [_host(place, name) for name in HOSTS if place.has(name)]
    found = [finding for some in await asyncio.gather(*asked) for finding in some]
    settings = place.settings
    if place.has(*HOSTS) and settings.public_url.host == settings.desk_url.host and not place.here:
        told = "the public pages and the desk are on one host: their cookies would meet"
        found.append(broken(told, "give STRAAT_DESK_URL a host of its own"))
    return found


async def _host(place: Place, name: str) -> list[Finding]:
    what, field = HOSTS[name]
    url = getattr(place.settings, field)
    if url.scheme != "https" and not is_loopback(url.host):
        told = f"{name} is not https: what people type could be read on the way"
        return [broken(told, "put a proxy with TLS before it: docs/install.md")]
    try:
        async with client() as http:
            answer = await http.get(address(url) + HEALTH_PATH)
    except httpx.HTTPError as error:
        return [_unreached(what, str(url.host), error)]
    if answer.status_code != FINE:
        told = f"the {what} at {url.host} says it is unwell (status {answer.status_code})"
        return [broken(told, "look at the web process, then at PostgreSQL: docs/alerts.md, PagesAreUnwell")]
    found = [good(f"the {what} at {url.host} answers, and so does its database")]
    return [*found, *([await _certificate(str(url.host), url.port or 443)] if url.scheme == "https" else [])]


def _unreached(what: str, host: str, error: Exception) -> Finding:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        told = f"the certificate of the {what} at {host} is wrong: {cause.verify_message}"
        return broken(told, "see whether the proxy could renew it, and whether it is for this name")
    told = f"the {what} at {host} cannot be reached from here ({type(error).__name__})"
    if is_loopback(host):
        return broken(told, "start straat web")
    return attention(told, "look from outside too: some networks do not let their own machines in that way")


async def _certificate(host: str, port: int) -> Finding:
    """How long it is valid; whether it is right was seen just before."""
    try:
        _, writer = await asyncio.open_connection(host, port, ssl=True)
    except OSError as error:
        return not_checked(f"how long the certificate of {host} is valid ({type(error).__name__})")
    until = writer.get_extra_info("peercert")["notAfter"]
    writer.close()
    left = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) - datetime.now(UTC)
    told = f"the certificate of {host} is valid for {left.days} day(s)"
    return attention(told, "see why the proxy does not renew it") if left < SOON else good(told)


async def engine(place: Place) -> list[Finding]:
    """The Temporal UI: whoever is in can end every workflow, so it must ask who comes."""
    if not place.has("STRAAT_TEMPORAL_UI_URL"):
        return []
    url = place.settings.temporal_ui_url
    try:
        async with client() as http:
            status = (await http.get(address(url))).status_code
    except httpx.HTTPError as error:
        told = f"the Temporal UI at {url.host} cannot be reached from here ({type(error).__name__})"
        return [attention(told, "the desk leads operators there; is STRAAT_TEMPORAL_UI_URL right?")]
    if is_loopback(url.host) or status in SIGN_IN or status in MOVED:
        return [good(f"the Temporal UI at {url.host} is there (status {status})")]
    told = f"the Temporal UI at {url.host} asks nobody who they are (status {status})"
    return [attention(told, "fine if only operators reach it; else put a sign-in before it: docs/install.md")]


async def processes(place: Place) -> list[Finding]:
    """Those whose port for who watches is known."""
    if not place.watches:
        told = "the processes themselves: STRAAT_WATCH_PORT is not set here"
        return [not_checked(told, "straat doctor --watch http://HOST:PORT, once for each")]
    return [each for some in await asyncio.gather(*map(_process, place.watches)) for each in some]


async def _process(url: str) -> list[Finding]:
    where = re.sub(r"^\w+://(?:[^/@]*@)?", "", url).rstrip("/")
    base = url.rstrip("/")
    try:
        async with client() as http:
            alive, ready = await http.get(base + ALIVE_PATH), await http.get(base + READY_PATH)
            build = _build((await http.get(base + MEASURES)).text)
            parts, stuck = ready.json()["parts"], alive.json()["stuck"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        told = f"nobody tells at {where} how they are ({type(error).__name__})"
        return [broken(told, "does the process run, with STRAAT_WATCH_PORT? docs/monitoring.md")]
    who = build.get("process", "process")
    if stuck:
        told = f"{who} at {where}: a loop stands still ({', '.join(map(str, stuck))})"
        return [broken(told, "start it anew: docs/alerts.md, LoopIsStuck")]
    if ready.status_code != FINE:
        away = ", ".join(str(part) for part, well in parts.items() if not well)
        return [
            broken(f"{who} at {where} is not ready: {away or 'it stops'}", "see what is away, and its log")
        ]
    return [_same_release(who, where, build)]


def _build(text: str) -> dict[str, str]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == BUILD:
                return dict(sample.labels)
    return {}


def _same_release(who: str, where: str, build: dict[str, str]) -> Finding:
    ours, theirs = (our_version(), watching.newest()), (build.get("version"), build.get("migration"))
    told = (
        f"{who} at {where} is ready: version {theirs[0]}, migration {theirs[1]}, Python {build.get('python')}"
    )
    if theirs == ours:
        return good(told)
    return attention(f"{told}; this doctor is of {ours[0]}, migration {ours[1]}", "let all be of one release")


async def sign_in(place: Place) -> list[Finding]:
    """Where staff come in by a provider, the secret of our client is there."""
    async with opened(place).connection() as conn:
        towns = [each.slug for each in await policies.all_current(conn) if each.sign_in.provider]
    folder = place.settings.sign_in_secrets
    if not towns:
        return []
    if folder is None:
        told = (
            f"{len(towns)} municipality(s) sign in by a provider, and STRAAT_SIGN_IN_SECRETS is not set here"
        )
        return [not_checked(told, "ask where the web runs")]
    lacking = [town for town in towns if not _filled(folder / town)]
    if lacking:
        told = f"staff of {', '.join(lacking)} cannot sign in: there is no file with the secret of our client"
        return [broken(told, "put it in STRAAT_SIGN_IN_SECRETS: docs/sign-in.md")]
    return [good(f"{len(towns)} municipality(s) sign in by a provider, and each has its secret")]


def _filled(path: Path) -> bool:
    try:
        return bool(path.read_bytes().strip())
    except OSError:
        return False


CHECKS = [
    Check(Group.PAGES, "public pages and desk", hosts, seconds=9),
    Check(Group.PAGES, "the Temporal UI", engine),
    Check(Group.PAGES, "our processes", processes, seconds=9),
    Check(Group.PAGES, "the sign-in of staff", sign_in, (Part.DATABASE,)),
]
