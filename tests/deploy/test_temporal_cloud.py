"""Temporal behind TLS, as Temporal Cloud is: client certificates or an API key, from the environment alone.

A real Caddy stands before a real Temporal server, asks for a certificate or for the key, and hands gRPC on.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from tests.conftest import free_port
from tests.deploy.conftest import Bare, Caddy
from workers.temporal import Temporal, namespace

NAME = "straat.a1b2c.tmprl.test"
KEY = "de-sleutel-van-de-api"

FRONT = """
{{
	admin off
	auto_https off
	servers {{
		protocols h1 h2
	}}
}}
https://{name}:{certified} {{
	tls {folder}/server.pem {folder}/server.key {{
		client_auth {{
			mode require_and_verify
			trust_pool file {folder}/authority.pem
		}}
	}}
	reverse_proxy h2c://{behind}
}}
https://{name}:{keyed} {{
	tls {folder}/server.pem {folder}/server.key
	@key header Authorization "Bearer {key}"
	handle @key {{
		reverse_proxy h2c://{behind}
	}}
	respond 401
}}
"""


class Authority:
    """Whoever vouches for server and clients; writes what it signs as .pem and .key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.issue("authority", self._name, None)

    def issue(self, file: str, name: x509.Name, host: str | None) -> None:
        """A certificate and its key."""
        own = self._key if file == "authority" else ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=file == "authority", path_length=None), critical=True)
        )
        if host is not None:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        signed = made.sign(self._key, hashes.SHA256())
        self._folder.joinpath(f"{file}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        pkcs8 = serialization.PrivateFormat.PKCS8
        self._folder.joinpath(f"{file}.key").write_bytes(
            own.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
        )


def named(text: str) -> x509.Name:
    """A name with nothing else in it."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Cloud:
    """Two doors to one server: one that asks for a certificate, one that asks for a key."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.certified, self.keyed = folder, free_port(), free_port()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, temporal: Bare, caddy: Callable[..., Caddy]) -> Cloud:
    """Both, running."""
    found = Cloud(tmp_path_factory.mktemp("cloud"))
    authority = Authority(found.folder)
    authority.issue("server", named("server"), NAME)
    authority.issue("client", named("client"), None)
    config = found.folder / "Caddyfile"
    config.write_text(
        FRONT.format(
            name=NAME,
            certified=found.certified,
            keyed=found.keyed,
            folder=found.folder,
            behind=temporal.address,
            key=KEY,
        )
    )
    caddy(config)
    return found


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """The server's name and authority, as both ways need them; Temporal Cloud's own is known to everybody."""
    for name in ("TEMPORAL_API_KEY", "TEMPORAL_CONFIG_FILE", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "default")
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", NAME)
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(cloud.folder / "authority.pem"))


async def seen() -> str:
    """The namespace, asked of the server through the client that worker and web use."""
    client = await Temporal()()
    service = client.workflow_service
    answer = await service.describe_namespace(DescribeNamespaceRequest(namespace=namespace()))
    return str(answer.namespace_info.name)


async def test_a_client_certificate(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{cloud.certified}")
    with pytest.raises(RuntimeError):
        await seen()
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(cloud.folder / "client.pem"))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(cloud.folder / "client.key"))
    assert await seen() == "default"


async def test_an_api_key(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{cloud.keyed}")
    for wrong in (None, "geraden"):
        if wrong is not None:
            monkeypatch.setenv("TEMPORAL_API_KEY", wrong)
        with pytest.raises(RuntimeError):
            await seen()
    monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
    assert await seen() == "default"


async def test_a_server_that_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{cloud.keyed}")
    monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
    monkeypatch.delenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH")
    with pytest.raises(RuntimeError):
        await seen()


@pytest.mark.parametrize("way", ["certificate", "key"])
async def test_a_file_that_is_a_secret(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, way: str) -> None:
    """As Compose, Kubernetes and systemd hand it over: nothing but its place is in the environment."""
    for name in ("TEMPORAL_TLS_SERVER_NAME", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", "TEMPORAL_NAMESPACE"):
        monkeypatch.delenv(name)
    folder = cloud.folder
    port, own = {
        "certificate": (
            cloud.certified,
            f'client_cert_path = "{folder}/client.pem"\nclient_key_path = "{folder}/client.key"',
        ),
        "key": (cloud.keyed, ""),
    }[way]
    key = f'api_key = "{KEY}"\n' if way == "key" else ""
    file = folder / f"{way}.toml"
    file.write_text(
        f'[profile.default]\naddress = "127.0.0.1:{port}"\nnamespace = "default"\n{key}'
        f'[profile.default.tls]\nserver_name = "{NAME}"\n'
        f'server_ca_cert_path = "{folder}/authority.pem"\n{own}\n'
    )
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    assert await seen() == "default"
