"""Failures of one source count over its connections, for a while."""

from __future__ import annotations

from twisted.internet.task import Clock

from tokengate.protocols.ssh.throttle import Throttle


def test_a_source_has_so_many_failures() -> None:
    """Whatever the port; others are not touched, and after the window it goes on."""
    clock = Clock()
    throttle = Throttle(clock.seconds, failures=3, window=60.0)
    for port in range(3):
        assert throttle.allows(f"192.0.2.1:{port}")
        throttle.failed(f"192.0.2.1:{port}")
        clock.advance(10)
    assert not throttle.allows("192.0.2.1:9")
    throttle.failed("192.0.2.1:9")
    assert throttle.allows("192.0.2.2:9")
    assert throttle.allows("[2001:db8::1]:9")
    clock.advance(29)
    assert not throttle.allows("192.0.2.1:9")
    clock.advance(1)
    assert throttle.allows("192.0.2.1:9")
    throttle.failed("192.0.2.1:9")
    assert not throttle.allows("192.0.2.1:9")


def test_success_costs_nothing() -> None:
    """A fleet behind one address may log in as often as it likes."""
    throttle = Throttle(Clock().seconds, failures=3)
    assert all(throttle.allows("192.0.2.1:1") for _ in range(1000))


def test_failures_are_forgotten() -> None:
    """Nothing is kept of a source when its failures are old."""
    clock = Clock()
    throttle = Throttle(clock.seconds)
    for number in range(1000):
        throttle.failed(f"192.0.2.{number % 250}:1")
    clock.advance(61)
    assert throttle.allows("192.0.2.1:1")
    assert not throttle._failed
    assert throttle._gauge.connections == 0
