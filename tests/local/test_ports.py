"""Ports: one base, eleven in a row, and a sentence when one is taken."""

import socket
from dataclasses import astuple

import pytest

from deploy.local.errors import StackError
from deploy.local.ports import HIGHEST_BASE, Ports
from tests.conftest import free_port


def test_every_port_follows_the_base() -> None:
    ports = Ports.from_base(8700)
    assert astuple(ports) == tuple(range(8700, 8711))
    assert (ports.public, ports.desk, ports.temporal_ui, ports.mail) == (8700, 8701, 8702, 8703)
    assert (ports.temporal, ports.postgres, ports.smtp) == (8704, 8705, 8706)
    assert ports.base == 8700


@pytest.mark.parametrize("base", [0, 80, 1023, HIGHEST_BASE + 1, -1])
def test_a_base_outside_the_ordinary_ports_is_refused(base: int) -> None:
    with pytest.raises(StackError, match=rf"{base}: choose a base from 1024 to 65525"):
        Ports.from_base(base)


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    base = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = Ports(base, *(taken,) * 10)
        with pytest.raises(StackError, match=rf"Port {taken} \(desk\) is in use.*--ports {base + 100}"):
            ports.check_free()


def test_a_port_that_is_not_ours_to_open_may_be_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        free = [free_port() for _ in range(10)]
        ports = Ports(*[*free[:5], other.getsockname()[1], *free[5:]])
        with pytest.raises(StackError, match="postgres"):
            ports.check_free()
        ports.check_free(without={"postgres"})
