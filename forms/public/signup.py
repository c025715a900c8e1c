"""The sign-up form: three steps, a check, and sending. Every POST answers with a redirect."""

from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public import sending
from forms.public.crowd import TRAPPED, trapped
from forms.public.draft import COOKIE, Draft, campaign_of, drop_draft, keep_draft, read_draft
from forms.public.site import policy_of, site_of
from forms.public.steps import CHECK, STEPS, Step, first_open_step, problems, step_after, step_named
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.policy import Policy
from schemas.refs import Language
from schemas.signup import SignupForm
from store import registry
from store.database import LOST

AGAIN = "?opnieuw=1"
"""Tells that what was typed before is gone."""
OTHERWISE = _(
    "U stuurde deze aanmelding al, met andere antwoorden. Die eerste hebben we. "
    "Wilt u deze ook versturen? Kijk na wat hieronder staat, en druk op de knop."
)


def _to(policy: Policy, where: str) -> RedirectResponse:
    return RedirectResponse(f"/{policy.slug}/aanmelden/{where}", 303)


def _step(request: Request) -> Step:
    step = step_named(request.path_params["step"])
    if step is None:
        raise HTTPException(404)
    return step


async def begin(request: Request) -> Response:
    """Go to the first step, with the campaign that brought the reader here; what was typed stays."""
    policy = await policy_of(request)
    draft = read_draft(request, policy) or Draft()
    response = _to(policy, STEPS[0].name + _again(request, policy))
    keep_draft(request, response, policy, _with_campaign(draft, request))
    return response


def _again(request: Request, policy: Policy) -> str:
    """The mark of a fresh start, when the draft that came along could not be used."""
    return AGAIN if COOKIE in request.cookies and read_draft(request, policy) is None else ""


def _with_campaign(draft: Draft, request: Request) -> Draft:
    return draft.model_copy(update={"campaign": campaign_of(request) or draft.campaign})


async def show(request: Request) -> Response:
    """A step, with what was typed, and what is wrong with it once it was sent."""
    policy, step = await policy_of(request), _step(request)
    draft = read_draft(request, policy)
    if draft is None and step is not STEPS[0]:
        return _to(policy, STEPS[0].name + AGAIN)
    draft = _with_campaign(draft or Draft(), request)
    open_step = first_open_step(draft.answers, policy)
    if open_step and STEPS.index(open_step) < STEPS.index(step):
        return _to(policy, open_step.name)
    response = _page(request, policy, step, draft)
    keep_draft(request, response, policy, draft)
    return response


def _page(request: Request, policy: Policy, step: Step, draft: Draft) -> Response:
    sent_before = any(field in draft.answers for field in step.fields)
    errors = problems(step, draft.answers, policy, language_of(request)) if sent_before else {}
    return site_of(request).pages.render(
        request,
        step.template,
        policy=policy,
        errors=errors,
        values=draft.answers,
        number=STEPS.index(step) + 1,
        previous=STEPS[STEPS.index(step) - 1].name if step is not STEPS[0] else None,
        again=not sent_before and bool(request.query_params.get("opnieuw") or _again(request, policy)),
    )


async def keep(request: Request) -> Response:
    """Keep a step's answers and go on; to the same step when something is wrong."""
    step, form = _step(request), await typed(request)
    policy = await policy_of(request)
    earlier = read_draft(request, policy)
    draft = (earlier or Draft()).with_answers({field: form.get(field, "") for field in step.fields})
    response = _to(policy, _next(step, draft, policy, lost=earlier is None))
    keep_draft(request, response, policy, draft)
    return response


def _next(step: Step, draft: Draft, policy: Policy, *, lost: bool) -> str:
    """Where to go after a step: on, back to it, or to the beginning when the earlier steps were lost."""
    if lost and step is not STEPS[0]:
        return STEPS[0].name + AGAIN
    return step.name if problems(step, draft.answers, policy, Language.NL) else step_after(step)


async def check(request: Request) -> Response:
    """All answers once more, before they are sent."""
    policy = await policy_of(request)
    draft = read_draft(request, policy)
    if draft is None:
        return _to(policy, STEPS[0].name + AGAIN)
    if open_step := first_open_step(draft.answers, policy):
        return _to(policy, open_step.name)
    return await _checked(request, policy, draft)


async def _checked(request: Request, policy: Policy, draft: Draft, note: str = "") -> Response:
    """The page of it; with a note when something kept it from being sent."""
    form = SignupForm.model_validate(draft.answers)
    response = site_of(request).pages.render(
        request,
        "signup_check.html",
        422 if note else 200,
        policy=policy,
        signup=form,
        submission=draft.form,
        known=await _street_is_known(request, policy, form),
        number=len(STEPS) + 1,
        previous=STEPS[-1].name,
        note=translated(note, language_of(request)) if note else "",
    )
    keep_draft(request, response, policy, draft)
    return response


async def _street_is_known(request: Request, policy: Policy, form: SignupForm) -> bool:
    """Whether the reader will join others. A friendly note only, so a lost PostgreSQL leaves it out."""
    try:
        async with site_of(request).db.connection() as conn:
            street = await registry.street(conn, policy.slug, form.slug)
    except LOST:
        return False
    return street is not None and street["phase"] != "ended"


async def send(request: Request) -> Response:
    """Take the sign-up in, once: the hidden id of the form makes a double submit one submission."""
    answers = await typed(request)
    submission = _submission(answers)
    policy = await policy_of(request)
    site, draft = site_of(request), read_draft(request, policy)
    if draft is None or draft.form != submission:
        receipt = await sending.earlier_receipt(site.db, submission)
        return _received(request, policy, receipt) if receipt else _to(policy, CHECK)
    if first_open_step(draft.answers, policy):
        return _to(policy, CHECK)
    if trapped(answers):
        return await _checked(request, policy, draft, TRAPPED)
    try:
        receipt = await sending.send(site, policy, draft, language_of(request))
    except sending.SentOtherwise:
        anew = draft.model_copy(update={"form": uuid4()})
        return await _checked(request, policy, anew, OTHERWISE)
    return _received(request, policy, receipt)


def _submission(form: dict[str, str]) -> UUID:
    try:
        return UUID(form["form"])
    except (KeyError, ValueError):
        raise HTTPException(400) from None


def _received(request: Request, policy: Policy, receipt: str) -> Response:
    response = _to(policy, f"ontvangen/{receipt}")
    drop_draft(request, response, policy)
    return response
