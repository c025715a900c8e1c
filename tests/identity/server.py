"""Canaille, a real OpenID Connect provider, in a process of its own: everybody is in its memory.

``python -m tests.identity.server PORT`` reads people and clients as JSON from its input. One address of
ours, ``/-/groups``, lets a test put somebody in other groups, as an administrator would.
"""

import json
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import Flask, request
from werkzeug.serving import make_server


def app_of(port: int) -> Flask:
    """The provider as its documentation says to make it."""
    return create_app(
        {
            "SECRET_KEY": "only for tests",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LANGUAGE": "en", "SMTP": None, "JAVASCRIPT": False},
            "CANAILLE_OIDC": {},
        }
    )


def take_all_filters(backend: Any) -> None:
    """Its memory takes any of two filters for enough, and so one's code for another's: take both."""
    one = backend.do_query

    def both(model: Any, *args: Any, **wanted: Any) -> list[Any]:
        if len(wanted) < 2:
            return list(one(model, *args, **wanted))
        found = [{each.id for each in one(model, **{name: value})} for name, value in wanted.items()]
        return [each for each in one(model) if each.id in set.intersection(*found)]

    backend.do_query = both


def put(backend: Any, wanted: dict[str, Any]) -> None:
    """Everybody and every client."""
    for person in wanted["people"]:
        user = models.User(
            user_name=person["user"],
            formatted_name=person["name"],
            family_name=person["name"],
            emails=[person["mail"]],
        )
        backend.save(user)
        backend.set_user_password(user, person["password"])
        join(backend, user, person["groups"])
    for client in wanted["clients"]:
        kept = models.Client(
            client_id=client["id"],
            client_secret=client["secret"],
            client_name=client["id"],
            client_uri="http://127.0.0.1",
            redirect_uris=client["back"],
            post_logout_redirect_uris=client["after"],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "email", "groups"],
            token_endpoint_auth_method=client["method"],
        )
        backend.save(kept)
        kept.audience = [kept]
        backend.save(kept)


def join(backend: Any, user: Any, names: list[str]) -> None:
    """In these groups, and in no other."""
    for group in backend.query(models.Group):
        if user in group.members and group.display_name not in names:
            group.members = [each for each in group.members if each != user]
            backend.save(group)
    for name in names:
        group = backend.get(models.Group, display_name=name)
        if group is None:
            backend.save(models.Group(display_name=name, members=[user]))
        elif user not in group.members:
            group.members = [*group.members, user]
            backend.save(group)


def main() -> None:
    """Serve until the test ends us."""
    port = int(sys.argv[1])
    app = app_of(port)
    with app.app_context():
        take_all_filters(Backend.instance)
        put(Backend.instance, json.loads(sys.stdin.readline()))

    def groups() -> str:
        backend = Backend.instance
        join(backend, backend.get(models.User, user_name=request.args["user"]), request.args.getlist("group"))
        return "done"

    app.add_url_rule("/-/groups", view_func=groups)
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
