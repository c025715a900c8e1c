"""Giving the account number of the street: typing it, seeing it as the bank will, sending it."""

from starlette.responses import Response

from forms.public.door.draft import PAGE, AccountDraft, drop_draft, keep_draft, read_draft
from forms.public.door.visit import Visit, inside
from forms.public.door.words import TOO_OFTEN
from forms.site.i18n import language_of, translated
from schemas.door import AccountForm
from schemas.iban import bank_name, bank_text, grouped, masked
from store import trust
from store.trust import PaidOn

CHECK = f"{PAGE}/controleer"


@inside
async def write(visit: Visit) -> Response:
    """The form, with what was typed before the check, if anything."""
    draft = read_draft(visit)
    values = {"holder": draft.account.holder, "iban": grouped(draft.account.iban)} if draft else {}
    return _page(visit, await _paid_on(visit), values, {})


async def _paid_on(visit: Visit) -> PaidOn:
    async with visit.site.db.connection() as conn:
        return await trust.paid_on(conn, visit.vault, visit.who)


def _page(visit: Visit, paid_on: PaidOn, values: dict[str, str], errors: dict[str, str]) -> Response:
    return visit.render(
        "door_account.html",
        422 if errors else 200,
        errors=errors,
        values=values,
        iban=masked(paid_on.account.iban) if paid_on.account else None,
        waiting=paid_on.waiting,
    )


@inside
async def keep(visit: Visit) -> Response:
    """To the check, with the draft sealed in the browser."""
    given = visit.read(AccountForm)
    if given.errors:
        return _page(visit, await _paid_on(visit), dict(visit.answers), given.errors)
    response = visit.to(CHECK)
    keep_draft(visit, response, AccountDraft(account=given.model))
    return response


@inside
async def check(visit: Visit) -> Response:
    """The name and the number as the bank will see them."""
    draft = read_draft(visit)
    if draft is None:
        return visit.to(PAGE)
    return _check_page(visit, draft, await _paid_on(visit), {})


def _check_page(visit: Visit, draft: AccountDraft, paid_on: PaidOn, errors: dict[str, str]) -> Response:
    typed = draft.account
    return visit.render(
        "door_account_check.html",
        429 if errors else 200,
        errors=errors,
        form=draft.form,
        typed_name=typed.holder,
        holder=bank_text(typed.holder),
        number=grouped(typed.iban),
        bank=bank_name(typed.iban),
        change=paid_on.account is not None and paid_on.account.iban != typed.iban,
    )


@inside
async def send(visit: Visit) -> Response:
    """Seal it and send it on, once. What was typed anew meanwhile has to be checked anew."""
    draft = read_draft(visit)
    if draft is None or draft.form != visit.form:
        return visit.to(CHECK if draft else "")
    try:
        async with visit.site.db.transaction() as conn:
            await trust.give_account(conn, visit.vault, visit.who, draft.form, draft.account)
    except trust.TooOften:
        said = translated(TOO_OFTEN, language_of(visit.request))
        return _check_page(visit, draft, await _paid_on(visit), {"verstuur": said})
    response = visit.to(done="rekening")
    drop_draft(visit, response)
    return response
