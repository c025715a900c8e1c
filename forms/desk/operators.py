"""Links into the Temporal UI: one workflow, or a ready-made list."""

from urllib.parse import quote

from forms.settings import WebSettings
from schemas.refs import Slug

KINDS = (
    "SignupWorkflow",
    "ScoutingWorkflow",
    "StreetWorkflow",
    "RenewalRoundWorkflow",
    "RenewalWorkflow",
    "EscalationWorkflow",
    "IntakeWorkflow",
    "PotjeWorkflow",
    "ApprovalsWorkflow",
    "PayoutWorkflow",
    "PayeeWorkflow",
)


def _workflows(settings: WebSettings) -> str:
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows"


def workflow_url(settings: WebSettings, workflow_id: str) -> str:
    """The page of a workflow, its latest run."""
    return f"{_workflows(settings)}/{quote(workflow_id)}"


def operator_lists(settings: WebSettings, municipality: Slug) -> dict[str, str]:
    """A list of what runs in a municipality, by kind of workflow."""
    return {kind: f"{_workflows(settings)}?query={quote(_running(municipality, kind))}" for kind in KINDS}


def every_url(settings: WebSettings, municipality: Slug, kind: str) -> str:
    """The list of all of a kind, also of what has ended."""
    every = f'Municipality="{municipality}" and WorkflowType="{kind}"'
    return f"{_workflows(settings)}?query={quote(every)}"


def _running(municipality: Slug, kind: str) -> str:
    return f'Municipality="{municipality}" and WorkflowType="{kind}" and ExecutionStatus="Running"'


def failed_url(settings: WebSettings, municipality: Slug) -> str:
    """What of a municipality failed."""
    failed = f'Municipality="{municipality}" and ExecutionStatus="Failed"'
    return f"{_workflows(settings)}?query={quote(failed)}"


def schedules_url(settings: WebSettings) -> str:
    """What starts by the clock."""
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/schedules"
