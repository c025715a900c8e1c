"""How staff sign in is policy: what a file may say, what gives a role, and that the examples are right."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.sign_in import SignIn, is_loopback
from schemas.staff import Role, browser_family, new_staff_ref

ROOT = Path(__file__).parents[2]
PROVIDER = {"issuer": "https://login.example/x", "client_id": "bureau", "roles": {"lead": ["baas", "chef"]}}


def of(**more: object) -> SignIn:
    return SignIn.model_validate({"provider": PROVIDER | more})


def test_the_examples_are_right() -> None:
    guide = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/sign-in.md").read_text("utf-8"), re.DOTALL)
    file = (ROOT / "deploy/municipalities/den-haag.toml").read_text("utf-8")
    commented = file[file.index("# [sign_in]") :].replace("# ", "").replace("#\n", "\n")
    for text in (*guide, commented):
        found = SignIn.model_validate(tomllib.loads(text)["sign_in"])
        assert found.provider
        assert Role.LEAD in found.provider.roles


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example",
        "ftp://login.example",
        "https://",
        "https://a.example?x=1",
        "https://u@a.example",
        "x",
    ],
)
def test_an_issuer_is_an_address_over_tls(issuer: str) -> None:
    with pytest.raises(ValidationError):
        of(issuer=issuer)
    assert of(issuer="http://127.0.0.1:9000").provider


def test_a_desk_that_nobody_could_open_is_a_mistake() -> None:
    for wrong in ({"passkeys": False}, {"provider": PROVIDER | {"admits": "group", "roles": {}}}):
        with pytest.raises(ValidationError):
            SignIn.model_validate(wrong)
    for wrong in ({"scopes": ["profile"]}, {"roles": {"baas": ["x"]}}, {"roles": {"lead": []}}):
        with pytest.raises(ValidationError):
            of(**wrong)


@pytest.mark.parametrize(
    ("claimed", "roles"),
    [
        (["iets", "chef"], {Role.LEAD}),
        ("baas", {Role.LEAD}),
        ("baas chef", set()),
        (["BAAS"], set()),
        ({"baas": True}, set()),
        ([["baas"], 1, None], set()),
        (None, set()),
    ],
)
def test_only_texts_of_the_claim_give_a_role(claimed: object, roles: set[Role]) -> None:
    provider = of().provider
    assert provider
    assert provider.roles_of(claimed) == roles


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example", "192.168.1.4", "", None, "example", "localhost.example"]
)
def test_other_machines_are_not(host: str | None) -> None:
    assert not is_loopback(host)


def test_a_ref_tells_nothing() -> None:
    refs = {new_staff_ref("den-haag") for _ in range(50)}
    assert len(refs) == 50
    assert all(re.fullmatch(r"den-haag:m-[2-9a-z]{10}", ref) for ref in refs)


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome · Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("curl/8", "other"),
        ("", "other"),
    ],
)
def test_a_browser_is_told_by_its_family(agent: str, told: str) -> None:
    assert browser_family(agent) == told
