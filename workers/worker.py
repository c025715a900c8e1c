"""The worker process: Temporal's worker, relay, postman and herald, until it is told to stop."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.context import Tools
from activities.register import activities
from deploy.stopping import GRACE
from schemas.events import api_of
from schemas.steps import QUEUE
from schemas.webhook import is_local
from store import outbox
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from workers.courier import Courier
from workers.herald import Herald
from workers.keeping_keys import hold, wrap_anew
from workers.loops import Loop
from workers.postman import Postman
from workers.promises import keep_promises
from workers.relay import HANDS, Relay
from workers.running import until_told
from workers.schedules import ensure, keep
from workers.settings import Settings, address
from workers.temporal import Temporal
from workers.versioning import config_of, version_of, watch, workflows_of
from workers.watching.door import watched
from workers.watching.health import database, when
from workers.watching.polling import polled
from workflows.approvals import ApprovalsWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.heads import PublishHeadsWorkflow
from workflows.intake import IntakeWorkflow
from workflows.payee import PayeeWorkflow
from workflows.payout import PayoutWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow
from workflows.renewal_round import RenewalRoundWorkflow
from workflows.retention import RetentionWorkflow
from workflows.scouting import ScoutingWorkflow
from workflows.signup import SignupWorkflow
from workflows.street import StreetWorkflow

log = structlog.get_logger("worker")

WORKFLOWS = [
    SignupWorkflow,
    StreetWorkflow,
    EscalationWorkflow,
    IntakeWorkflow,
    PotjeWorkflow,
    PublishHeadsWorkflow,
    ApprovalsWorkflow,
    PayoutWorkflow,
    PayeeWorkflow,
    RenewalWorkflow,
    RenewalRoundWorkflow,
    RetentionWorkflow,
    ScoutingWorkflow,
]
STICKY = timedelta(seconds=1)
"""How long the work of a killed worker waits for it before another takes over; the default is ten seconds."""


CACHED = 1000
"""Workflows that a worker keeps at hand, 40 to 90 KB each; one that waits for months is read again."""


def sandbox() -> SandboxedWorkflowRunner:
    """What tests and replays run in: it refuses what is not deterministic.

    A running worker does without: a copy of our modules for each workflow is three quarters of its work.
    """
    passed = SandboxRestrictions.default.with_passthrough_modules(
        "schemas", "pydantic", "pydantic_core", "babel", "phonenumbers", "slugify", "schwifty", "defusedxml"
    )
    return SandboxedWorkflowRunner(restrictions=passed)


def tools_of(settings: Settings, db: Database) -> Tools:
    """What the activities work with, from the settings."""
    keyring = Keyring.read(settings.master_key_file)
    return Tools(
        db=db,
        keyring=keyring,
        vault=Vault(keyring),
        public_url=address(settings.public_url),
        desk_url=address(settings.desk_url),
        mail_from=settings.mail_from,
    )


def temporal_worker(
    client: Client,
    tools: Tools,
    *,
    queue: str = QUEUE,
    version: WorkerDeploymentVersion | None = None,
    runner: WorkflowRunner | None = None,
) -> Worker:
    """A worker for every workflow and step; with a version it is one build beside others."""

    async def connected() -> Client:
        return client

    return Worker(
        client,
        task_queue=queue,
        workflows=workflows_of(WORKFLOWS, version),
        activities=activities(tools, connected),
        deployment_config=config_of(version),
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=timedelta(seconds=GRACE),
        sticky_queue_schedule_to_start_timeout=STICKY,
        max_cached_workflows=CACHED,
    )


async def _serve_temporal(temporal: Temporal, tools: Tools, version: WorkerDeploymentVersion | None) -> None:
    """Wait for the server, then serve; a server that goes away later is waited for by the SDK itself."""
    while True:
        try:
            client = await temporal()
            await ensure(client)
            break
        except (RPCError, RuntimeError, OSError) as error:
            log.warning("waits for Temporal", exception_type=type(error).__name__)
            await asyncio.sleep(1)
    await temporal_worker(client, tools, version=version).run()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    db = Database(settings.database_url)
    tools = tools_of(settings, db)
    temporal, version = Temporal(), version_of(settings)
    relay = Relay(tools, temporal)
    postman = Postman(db, tools.vault, settings.smtp_url, settings.mail_from, settings.mails_per_second)
    courier = Courier(local=is_local(tools.desk_url))
    herald = Herald(db, tools.keyring, courier, api_of(tools.public_url))
    async with watched("worker", settings, db, polled(temporal)) as health:
        work = [
            _serve_temporal(temporal, tools, version),
            watch(temporal, version),
            keep(db, temporal, desk_url=tools.desk_url),
            keep_promises(db, tools.vault, settings.erasure_log),
            hold(db, tools.keyring, "worker"),
            wrap_anew(db, tools.keyring),
            Loop(db, "inbox", relay.work, hands=HANDS).run(),
            Loop(db, "outbox", postman.work, outbox.become_the_postman).run(),
            herald.run(),
        ]
        migrated = database(db)
        await until_told([when(migrated, each) for each in work], health, settings.drain_seconds)
    await db.close()
