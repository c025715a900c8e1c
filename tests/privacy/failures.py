"""Canaries through every way in which something can go wrong."""

from temporalio.client import Client

from schemas.refs import signup_id
from tests.e2e.resident import Person, link_in
from tests.e2e.running import Running, until
from tests.privacy.canaries import value
from tests.privacy.journey import CITY, Canary, worries
from tests.privacy.watching import Watched


async def refused_mails(stack: Running, watched: Watched) -> None:
    """Joop's mailbox is full, Kees's is not there; both servers say whose in their refusal."""
    for who, state in (("joop", "queued"), ("kees", "failed")):
        somebody = Canary(stack, watched, who)
        await somebody.sign_up()
        sql = """select count(*) from post.mail m join post.link l using (person) where l.street = $1
                 and m.state = $2 and m.attempts > 0"""

        async def so(slug: str = somebody.slug, state: str = state, sql: str = sql) -> bool:
            return bool(await stack.value(sql, slug, state))

        await until(so, f"the mail of {who} is {state}")


async def ended_workflow(stack: Running, watched: Watched, client: Client) -> None:
    """Somebody's sign-up is terminated by an operator; then they answer."""
    dre = Canary(stack, watched, "dre")
    await dre.sign_up()
    link = link_in(await stack.letter(dre.email, "confirm_signup"))
    submission = await stack.value("select submission from registry.signup where street = $1", dre.slug)
    await client.get_workflow_handle(signup_id(submission)).terminate("an operator's mistake")
    await dre.post(link, answer="yes")

    async def refused() -> bool:
        sql = "select count(*) from post.submission where kind = 'answer' and refused is not null"
        return bool(await stack.value(sql))

    await until(refused, "the answer is refused")


async def failing_step(stack: Running, watched: Watched) -> None:
    """A table refuses what a step writes: PostgreSQL tells the whole row in its complaint."""
    hugo = Canary(stack, watched, "hugo")
    await stack.rows("alter table post.mail add constraint shut check (template = '') not valid")
    try:
        await hugo.sign_up()
        wrong = Person(stack.urls["public"])
        watched.watch(wrong)
        sql = "select count(*) from post.submission where kind = 'signup' and payload ->> 'street' = $1"

        async def relayed() -> bool:
            return bool(await stack.value(f"{sql} and relayed_at is not null", hugo.slug))

        await until(relayed, "the step has failed")
        await stack.rows("select pg_sleep(1.5)")
    finally:
        await stack.rows("alter table post.mail drop constraint shut")
    await hugo.stack.letter(hugo.email, "confirm_signup")


async def failing_page(stack: Running, watched: Watched) -> None:
    """The vault itself refuses, while a concern with everything in it is being sent."""
    fred = watched.watch(Person(stack.urls["public"]))
    form = worries() | {"words": value("fred.concern")}
    await stack.rows("alter table vault.item add constraint shut check (kind = '') not valid")
    try:
        answer = await fred.post(f"/{CITY}/zorg/vertel", **form)
        assert answer.status_code >= 500, answer.status_code
    finally:
        await stack.rows("alter table vault.item drop constraint shut")


async def lost_servers(stack: Running, watched: Watched) -> None:
    """Without a database, a mail server, a Temporal: in the middle of a sign-up."""
    eef = Canary(stack, watched, "eef")
    form = await eef.fill_in()
    async with stack.without("postgres"):
        assert (await eef.send(form)).status_code == 503
    async with stack.without("mail"):
        await eef.send(form)
    await stack.letter(eef.email, "confirm_signup")
