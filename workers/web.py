"""The web process: the public pages and the desk, on two ports, so that a proxy gives them two hosts."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from forms.desk.app import desk_app
from forms.public.app import public_app
from forms.settings import WebSettings
from store.database import Database
from store.keys import Keyring
from workers.keeping_keys import hold
from workers.settings import Settings, address, proxies
from workers.temporal import Temporal, namespace
from workers.worker import until_told


class Server(uvicorn.Server):
    """A server whose stop is decided by the process, since two of them share it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business."""
        yield


async def _serve(server: Server) -> None:
    """Serve until cancelled; then let the requests under way end."""
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving


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
        (public_app(db, keyring, web), settings.public_port),
        (desk_app(db, keyring, Temporal(), web), settings.desk_port),
    ]
    servers = [
        Server(
            uvicorn.Config(
                app,
                host=settings.web_host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                # Who a reader is, we find out ourselves: see forms/site/visitors.py.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )
        for app, port in apps
    ]
    await until_told([*(_serve(server) for server in servers), hold(db, keyring, "web")])
    await db.close()
