"""The page about events is true: its list is the code's, its example is right, its Python works."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from schemas.events import KEPT_DAYS, CloudEvent, Kind, type_of
from schemas.webhook import JITTER, STEPS
from store.webhooks import PREFIX
from tests.docs.event_samples import samples
from tests.unit.test_event_rules import follows_the_profile
from workers.courier import WHOLE_SECONDS
from workers.herald import EACH, signed

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")
ROW = re.compile(r"^\| `(nl\.[^`]+)` \| (.+) \| `(\{.*\})` \|$", re.MULTILINE)
SECRET = bytes(range(32))


def block(language: str) -> str:
    """The one block of code in this language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_list_is_the_one_in_the_code() -> None:
    rows = {name: (when, json.loads(example)) for name, when, example in ROW.findall(PAGE)}
    found = samples()
    assert all(found[kind].kind is kind for kind in found)
    assert {name: example for name, (_, example) in rows.items()} == {
        type_of(kind): told.data for kind, told in found.items()
    }
    assert set(found) == set(Kind) - {Kind.PING}
    assert all(when.strip() for when, _ in rows.values())
    assert type_of(Kind.PING) in PAGE


def test_the_example_follows_the_profile() -> None:
    event = CloudEvent.model_validate_json(block("json"))
    follows_the_profile(event)
    assert json.loads(event.document()) == json.loads(block("json"))


def test_the_figures_are_those_of_the_code() -> None:
    [waits] = re.findall(r"^\| seconds \| (.*) \|$", PAGE, re.MULTILINE)
    assert [int(wait) for wait in waits.split(" | ")] == [int(step.total_seconds()) for step in STEPS]
    words = {4: "four", 10: "ten", 13: "thirteen"}
    assert f"It is tried {words[len(STEPS) + 1]} times" in PAGE
    assert f"within {words[int(WHOLE_SECONDS)]} seconds" in PAGE
    assert f"At most {words[EACH]} deliveries" in PAGE
    assert f"older than {KEPT_DAYS} days" in PAGE
    assert (JITTER, "a fifth longer or shorter" in PAGE) == (0.2, True)


def test_its_python_checks_a_signature() -> None:
    code: dict[str, Any] = {}
    exec(compile(block("python"), "events.md", "exec"), code)  # noqa: S102 - our own page
    body = block("json")
    headers = signed("5b0d8c1e-6a42-4c1b-9f6e-2f4f8f0c7a11", body, [SECRET])
    secret = PREFIX + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert code["receive"](secret, headers, body.encode()) == json.loads(body)
    assert headers["content-type"] in PAGE
    assert all(f"`{name}`" in PAGE for name in headers)
    with pytest.raises(WebhookVerificationError):
        code["receive"](secret, headers, body.replace("rozenlaan", "beukstraat").encode())
    old = headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    with pytest.raises(WebhookVerificationError):
        code["receive"](secret, old, body.encode())
