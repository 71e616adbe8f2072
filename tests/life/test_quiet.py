"""A day without accidents: what the kill cases compare themselves with."""

from __future__ import annotations


def test_everything_that_partners_send(gateway, traffic):
    gateway.start()
    gateway.drop(*traffic.mix(6), traffic.large())
    gateway.upload(traffic.order())
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
    gateway.check_all()
