# SPDX-License-Identifier: Apache-2.0
"""What is measured of the peers, and of ours in the same groups."""

from dataclasses import dataclass

from matrix import ONE_WAY_RATE, PRODUCERS, RENDEZVOUS, UNBOUNDED, Group, Series
from peers.catalog import BOUNDED, OURS, PROGRAMS

IDLE_CHANNELS = 1000


@dataclass(frozen=True)
class Mode:
    seconds: float
    rounds: int
    producers_of_large: tuple  # with which the longer messages are measured
    rare: bool  # and their batches and their rendezvous
    wakes: int
    memory_rounds: int  # it does not differ much from one to the next


MODES = {
    "quick": Mode(480, 5, (2,), False, 150, 2),
    "full": Mode(5400, 11, PRODUCERS, True, 500, 5),
}


def series(peer, **parameters):
    return Series(PROGRAMS[peer.program].language, peer.name, **parameters)


def least_of(channels, scenario, **parameters):
    """Those with a capacity 0, and ours, which has none, with 1: the least it has."""
    return [series(one, capacity=1 if one in OURS else RENDEZVOUS, **parameters) for one in channels
            if (one in OURS or RENDEZVOUS in one.capacities) and not one.lacks(scenario)]


def single(channels, producers, capacity, payload_bytes):
    everyone = [series(peer, producers=producers, capacity=capacity, payload_bytes=payload_bytes)
                for peer in channels if capacity in peer.capacities and payload_bytes in peer.payloads]
    return Group("throughput", everyone, guess=20_000)


def batches(channels, producers, capacity, payload_bytes):
    everyone = [series(peer, producers=producers, capacity=capacity, payload_bytes=payload_bytes, mode=mode)
                for peer in channels if capacity in peer.capacities and payload_bytes in peer.payloads
                for mode in peer.modes if mode != "single"]
    return Group("throughput", everyone, guess=50_000)


def rendezvous(channels, producers, payload_bytes):
    return Group("throughput", least_of(channels, "rendezvous", producers=producers, payload_bytes=payload_bytes), guess=2_000)


def throughput(channels, mode):
    for producers in PRODUCERS:
        for capacity in (BOUNDED, UNBOUNDED):
            yield single(channels, producers, capacity, 8)
            yield batches(channels, producers, capacity, 8)
    for payload_bytes in (64, 256):
        for producers in mode.producers_of_large:
            for capacity in (BOUNDED, UNBOUNDED):
                yield single(channels, producers, capacity, payload_bytes)
                if mode.rare:
                    yield batches(channels, producers, capacity, payload_bytes)
    if any(RENDEZVOUS in peer.capacities for peer in channels):
        for payload_bytes in (8, 64, 256) if mode.rare else (8,):
            for producers in PRODUCERS:
                yield rendezvous(channels, producers, payload_bytes)


def least_room(peer):
    """Bounded, where there is a bound."""
    return next(capacity for capacity in (BOUNDED, UNBOUNDED, RENDEZVOUS) if capacity in peer.capacities)


def latency(channels, mode):
    floor = Series("c", "cache-line", scenario="floor")
    yield Group("one-way-latency",
                [floor] + [series(peer, capacity=least_room(peer), rate=ONE_WAY_RATE) for peer in channels
                           if not peer.lacks("one-way-latency")],
                weight=1.5)
    # Of everybody, those that poll too: that they do is measured.
    wakers = [series(peer, capacity=least_room(peer)) for peer in channels if not peer.lacks("announced-wake")]
    yield Group("announced-wake", wakers, count=mode.wakes, fixed_seconds=mode.wakes * 0.0004)


def footprint(everyone, mode):
    return Group("footprint", everyone, count=IDLE_CHANNELS, fixed_seconds=0.2, rounds=mode.memory_rounds)


def memory(channels, mode):
    for capacity in (BOUNDED, UNBOUNDED):
        everyone = [series(peer, capacity=capacity) for peer in channels
                    if not peer.lacks("footprint") and capacity in peer.capacities]
        yield footprint(everyone, mode)
    if any(RENDEZVOUS in peer.capacities for peer in channels):
        yield footprint(least_of(channels, "footprint"), mode)


def groups(channels, mode):
    # What takes a fixed time comes early: the rest shares what is left.
    return [group for group in (*memory(channels, mode), *latency(channels, mode), *throughput(channels, mode))
            if group.series]
