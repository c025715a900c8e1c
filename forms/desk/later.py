"""Temporal's SDK and the workflows that the desk acts on: read at the first look at one of their names.

No page needs them to be shown, and they are a sixth of the start. Who looks before then, such as a type
that is not in quotes, makes every start wait for them: `tests/unit/test_start.py` fails.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from temporalio.client import Client as Client
    from temporalio.client import RPCTimeoutOrCancelledError as RPCTimeoutOrCancelledError
    from temporalio.client import WithStartWorkflowOperation as WithStartWorkflowOperation
    from temporalio.client import WorkflowUpdateFailedError as WorkflowUpdateFailedError
    from temporalio.common import Priority as Priority
    from temporalio.common import WorkflowIDConflictPolicy as WorkflowIDConflictPolicy
    from temporalio.common import WorkflowIDReusePolicy as WorkflowIDReusePolicy
    from temporalio.exceptions import ApplicationError as ApplicationError
    from temporalio.exceptions import WorkflowAlreadyStartedError as WorkflowAlreadyStartedError
    from temporalio.service import RPCError as RPCError
    from temporalio.service import RPCStatusCode as RPCStatusCode

    from workflows.approvals import ApprovalsWorkflow as ApprovalsWorkflow
    from workflows.engine import attributes as attributes
    from workflows.intake import IntakeWorkflow as IntakeWorkflow
    from workflows.payee import PayeeWorkflow as PayeeWorkflow
    from workflows.payout import PayoutWorkflow as PayoutWorkflow
    from workflows.potje import PotjeWorkflow as PotjeWorkflow
    from workflows.renewal import RenewalWorkflow as RenewalWorkflow
    from workflows.scouting import ScoutingWorkflow as ScoutingWorkflow
    from workflows.signup import SignupWorkflow as SignupWorkflow
    from workflows.street import StreetWorkflow as StreetWorkflow
    from workflows.with_start import answered_by_update as answered_by_update
else:

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is there
        """What has this name in one of the places."""
        for place in () if name.startswith("__") else PLACES:
            if hasattr(module := import_module(place), name):
                return getattr(module, name)
        raise AttributeError(name)


PLACES = (
    *(f"temporalio.{part}" for part in ("client", "common", "exceptions", "service")),
    *("workflows.approvals", "workflows.engine", "workflows.intake", "workflows.payee", "workflows.payout"),
    *("workflows.potje", "workflows.renewal", "workflows.scouting", "workflows.signup", "workflows.street"),
    "workflows.with_start",
)
"""The modules of those names."""
