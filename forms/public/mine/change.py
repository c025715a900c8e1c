"""Correcting one's details; a new mail address counts once its owner typed the code that went there."""

from starlette.responses import Response

from forms.public.door import cookies
from forms.public.door.opening import said
from forms.public.mine.visit import Visit, inside, problems, read
from schemas.door import CodeForm
from schemas.my_data import ContactForm, resident_ref
from schemas.person import Person, plain_address
from store import changing, people
from store.entry import Outcome
from store.people import Opens


@inside
async def write(visit: Visit) -> Response:
    """The details as they are."""
    async with visit.site.db.connection() as conn:
        person = await visit.vault.get(conn, visit.person, Person)
    return _page(visit, {"name": person.name, "email": person.email, "phone": person.phone or ""}, {})


def _page(visit: Visit, values: dict[str, str], errors: dict[str, str]) -> Response:
    return visit.render("mine_change.html", 422 if errors else 200, errors=errors, values=values)


@inside
async def keep(visit: Visit) -> Response:
    """Change name and telephone now; a new address is asked for a code first."""
    if wrong := problems(ContactForm, visit.answers, visit.language):
        return _page(visit, visit.answers, wrong)
    form = ContactForm.model_validate(read(ContactForm, visit.answers))
    async with visit.site.db.transaction() as conn:
        person = await visit.vault.get(conn, visit.person, Person)
        await changing.details(
            conn, visit.vault, visit.policy.slug, visit.refs, form, resident_ref(visit.person)
        )
        if plain_address(form.email) == plain_address(person.email):
            return visit.to("overzicht", done="verbeterd")
        newcomer = person.model_copy(update={"name": form.name, "email": form.email, "phone": None})
        reader = await visit.vault.put(conn, visit.policy.slug, newcomer, findable=False)
        kept = await people.ask_code(
            conn, visit.policy.slug, visit.person, reader=reader, opens=Opens.ADDRESS
        )
        if kept is None:
            await visit.vault.erase(conn, [reader], "person.unconfirmed")
            return visit.render("mine_wait.html", 429)
    response = visit.to("adres")
    cookies.give(visit.request, response, cookies.MINE_ADDRESS, kept)
    return response


@inside
async def address(visit: Visit) -> Response:
    """Where the digits from the new mailbox are typed."""
    return _code_page(visit, {})


def _code_page(visit: Visit, errors: dict[str, str]) -> Response:
    return visit.render("mine_code.html", 422 if errors else 200, errors=errors, values={}, page="adres")


@inside
async def confirm(visit: Visit) -> Response:
    """From now on mail goes to the new address."""
    if wrong := problems(CodeForm, visit.answers, visit.language):
        return _code_page(visit, wrong)
    digits = CodeForm.model_validate(visit.answers).code
    kept, municipality = cookies.read(visit.request, cookies.MINE_ADDRESS), visit.policy.slug
    async with visit.site.db.transaction() as conn:
        opening, reader = await people.confirm_address(
            conn, visit.site.keyring, municipality, kept, digits, visit.person
        )
        if reader is not None:
            actor = resident_ref(visit.person)
            await changing.address(conn, visit.vault, municipality, visit.refs, reader, actor)
    if opening.outcome is not Outcome.OPEN:
        return _code_page(visit, {"code": said(opening, visit.language)})
    response = visit.to("overzicht", done="adres")
    cookies.drop(visit.request, response, cookies.MINE_ADDRESS)
    return response
