"""A system of the municipality, on the running stack: from its key to the street it signed up."""

from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Browser, expect

from tests.e2e.resident import Resident
from tests.e2e.running import PATIENCE, Running, until
from tests.e2e.windows import sign_in, window

WHERE = "aalsmeer"
"""Not where the demo plays: its pages are looked at with the streets of the demo on them."""


async def key_from_the_desk(stack: Running, browser: Browser) -> str:
    """What the programme lead does: fill the form in, and copy the key."""
    async with window(browser, scripts=True) as page:
        await sign_in(page, stack.urls["desk"], WHERE, "lead-1")
        await page.get_by_role("link", name="Koppelingen").click()
        await page.get_by_label("Welk systeem?").fill("Zaaksysteem")
        for what in ("straten aanmelden", "straten lezen"):
            await page.get_by_label(what).check()
        await page.get_by_role("button", name="Maak de sleutel").click()
        key = await page.locator("code.key").inner_text()
        await page.get_by_role("link", name="Ik heb hem gekopieerd").click()
        await expect(page.locator("main")).to_contain_text("Zaaksysteem")
        assert key not in await page.content()
    return key


async def test_a_key_a_submission_a_yes_and_the_street_is_there(stack: Running, browser: Browser) -> None:
    headers = {"Authorization": f"Bearer {await key_from_the_desk(stack, browser)}"}
    resident = Resident(stack, WHERE)
    body: dict[str, Any] = {
        "id": str(uuid4()),
        "street": resident.street,
        "wijk": "Centrum",
        "gangmaker": {"name": "Proef Persoon", "email": resident.email},
    }
    base = f"{stack.urls['public']}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE) as http, resident:
        sent = await http.post("/submissions", json=body)
        assert sent.status_code == 201, sent.text
        assert (await resident.say("yes")).status_code == 200

        async def confirmed() -> bool:
            return bool((await http.get(sent.headers["location"])).json()["state"] == "confirmed")

        await until(confirmed, "the submission is confirmed")
        street = await http.get(f"/streets/{resident.slug}")
        assert (street.status_code, street.json()["phase"], street.json()["name"]) == (
            200,
            "intake",
            resident.street,
        )
        assert street.json() in (await http.get("/streets?phase=intake&pageSize=100")).json()["items"]
    sql = "select actor from registry.fact where subject = $1 and name = 'signup.confirm_signup'"
    actor = await stack.value(sql, resident.slug)
    assert (
        await stack.value("select name from client.client where $1 = 'client:' || id", actor) == "Zaaksysteem"
    )
