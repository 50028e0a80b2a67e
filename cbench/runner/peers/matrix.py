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
    batches_of_large: bool
    wakes: int


MODES = {
    "quick": Mode(420, 5, (2,), False, 150),
    "full": Mode(3600, 11, PRODUCERS, True, 500),
}


def series(peer, **parameters):
    return Series(PROGRAMS[peer.program].language, peer.name, **parameters)


def single(peers, producers, capacity, payload_bytes):
    everyone = [series(peer, producers=producers, capacity=capacity, payload_bytes=payload_bytes)
                for peer in (*OURS, *peers) if capacity in peer.capacities and payload_bytes in peer.payloads]
    return Group("throughput", everyone, guess=20_000)


def batches(peers, producers, capacity, payload_bytes):
    everyone = [series(peer, producers=producers, capacity=capacity, payload_bytes=payload_bytes, mode=mode)
                for peer in (*OURS, *peers) if capacity in peer.capacities and payload_bytes in peer.payloads
                for mode in peer.modes if mode != "single"]
    return Group("throughput", everyone, guess=50_000)


def rendezvous(peers, producers):
    """Ours has no capacity 0: with 1, the least it has."""
    everyone = [series(peer, producers=producers, capacity=1) for peer in OURS]
    everyone += [series(peer, producers=producers, capacity=RENDEZVOUS) for peer in peers
                 if RENDEZVOUS in peer.capacities]
    return Group("throughput", everyone, guess=2_000)


def throughput(peers, mode):
    for producers in PRODUCERS:
        for capacity in (BOUNDED, UNBOUNDED):
            yield single(peers, producers, capacity, 8)
            yield batches(peers, producers, capacity, 8)
    for payload_bytes in (64, 256):
        for producers in mode.producers_of_large:
            for capacity in (BOUNDED, UNBOUNDED):
                yield single(peers, producers, capacity, payload_bytes)
                if mode.batches_of_large:
                    yield batches(peers, producers, capacity, payload_bytes)
    for producers in mode.producers_of_large:
        yield rendezvous(peers, producers)


def smallest_bound(peer):
    """Bounded, where there is a bound."""
    return next((capacity for capacity in (BOUNDED, UNBOUNDED) if capacity in peer.capacities), None)


def latency(peers, mode):
    able = [peer for peer in (*OURS, *peers) if smallest_bound(peer) is not None]
    floor = Series("c", "cache-line", scenario="floor")
    yield Group("one-way-latency",
                [floor] + [series(peer, capacity=smallest_bound(peer), rate=ONE_WAY_RATE) for peer in able
                           if peer.one_way],
                weight=1.5)
    wakers = [series(peer, capacity=smallest_bound(peer)) for peer in able if peer.wakes]
    yield Group("announced-wake", wakers, count=mode.wakes, fixed_seconds=mode.wakes * 0.00025)


def memory(peers):
    for capacity in (BOUNDED, UNBOUNDED):
        everyone = [series(peer, capacity=capacity) for peer in (*OURS, *peers)
                    if peer.footprint and capacity in peer.capacities]
        yield Group("footprint", everyone, count=IDLE_CHANNELS, fixed_seconds=0.2)


def groups(peers, mode):
    # What takes a fixed time comes early: the rest shares what is left.
    return [group for group in (*memory(peers), *latency(peers, mode), *throughput(peers, mode))
            if group.series]
