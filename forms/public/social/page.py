"""Help near by, for everybody: the social map, for a topic and a wijk if somebody wants. Keeps nothing."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of
from store import social


async def show(request: Request) -> Response:
    """What there is. A topic or wijk that does not exist is as if nothing was chosen."""
    policy, site = await policy_of(request), site_of(request)
    topics = {topic.key: topic.within(language_of(request)) for topic in policy.concerns.topics}
    topic, wijk = _chosen(request, "onderwerp", topics), _chosen(request, "wijk", policy.wijken)
    async with site.db.connection() as conn:
        offers = await social.offers(conn, policy.slug, topic, wijk)
    return site.pages.render(
        request, "help.html", policy=policy, offers=offers, topics=topics, topic=topic, wijk=wijk
    )


def _chosen(request: Request, name: str, known: Collection[str]) -> str | None:
    value = request.query_params.get(name)
    return value if value in known else None
