"""The web process: the public pages and the desk, on two ports, so that a proxy gives them two hosts."""

import asyncio
from importlib import import_module

from forms.desk import later
from forms.desk.app import desk_app
from forms.public.app import public_app
from forms.settings import WebSettings
from store.database import Database
from store.keys import Keyring
from workers.keeping_keys import hold
from workers.running import until_told
from workers.settings import Settings, address, proxies
from workers.temporal import CONNECTING, Temporal, namespace
from workers.watching.door import watched
from workers.watching.health import when
from workers.watching.requests import Measured
from workers.watching.serving import serve, server

AFTERWARDS = (CONNECTING, *later.PLACES, "phonenumbers", "schwifty")
"""What no page needs to be shown; an act does, or a form that is sent."""
PAUSE = 1.0
"""Seconds that the pages have for themselves once they are there; then that is read."""


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    db = Database(settings.database_url)
    keyring = Keyring.read(settings.master_key_file)
    web = WebSettings(
        public_url=address(settings.public_url),
        desk_url=address(settings.desk_url),
        temporal_ui_url=address(settings.temporal_ui_url),
        temporal_namespace=namespace(),
        local_sign_in=settings.local_sign_in,
        api_contact=settings.api_contact,
        sign_in_secrets=settings.sign_in_secrets,
        trusted_proxies=proxies(settings),
        forwarded_header=settings.forwarded_header,
    )
    apps = [
        (Measured(public_app(db, keyring, web), "public"), settings.public_port),
        (Measured(desk_app(db, keyring, Temporal(), web), "desk"), settings.desk_port),
    ]
    servers = [server(app, settings.web_host, port) for app, port in apps]

    async def listening() -> bool:
        return all(each.started for each in servers)

    # While PostgreSQL is away the pages say so themselves, and keep what was typed: they stay in the row.
    async with watched("web", settings, db, {"pages": listening}, lenient=True) as health:
        serving = [serve(each) for each in servers]
        reading = asyncio.create_task(when(listening, _read_on()))
        await until_told([*serving, hold(db, keyring, "web")], health, settings.drain_seconds)
        reading.cancel()
    await db.close()


async def _read_on() -> None:
    """Read before anybody acts what the first act would wait for."""
    await asyncio.sleep(PAUSE)
    for module in AFTERWARDS:
        await asyncio.to_thread(import_module, module)
