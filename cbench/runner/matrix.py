# SPDX-License-Identifier: Apache-2.0
"""What is measured: groups of series. The series of a group are the same work by different
implementations and languages; their runs alternate."""

from dataclasses import dataclass, field

UNBOUNDED = 0
PRODUCERS = (1, 2, 4, 8)
CAPACITIES = (1024, 16384, UNBOUNDED)
PAYLOADS = (8, 64)
# A capacity, beside numbers: every send waits for its receive.
RENDEZVOUS = "rendezvous"
# Messages in one call; in place is told apart from batch by the mode.
BATCH = {"single": 1, "batch": 64, "in-place": 64, "batch-receive": 1}
MODES = {"tributary-sender": ("single", "batch", "in-place"),
         "tributary-shared": ("single", "batch")}
# Offered by all producers together; 0 is saturation: one send after another.
SEND_RATES = (1_000_000, 10_000_000, 0)
ONE_WAY_RATE = 1_000_000
ASYNC_BASELINES = ("AsyncStream", "AsyncChannel", "MPSC-AsyncChannel")
ENQUEUE_RATE = 1_000_000
BURST = 10_000_000
IDLE_SENDERS = 10_000


@dataclass(frozen=True)
class Series:
    language: str
    implementation: str
    producers: int = 1
    capacity: int = 16384
    payload_bytes: int = 8
    mode: str = "single"
    rate: int = 0
    idle_senders: int = 0
    scenario: str = ""  # where it is not the group's: another one, measured beside it

    def request(self, scenario, count):
        return (f"{scenario} implementation={self.implementation} producers={self.producers} "
                f"capacity={self.capacity} payload_bytes={self.payload_bytes} mode={self.mode} "
                f"rate={self.rate} idle_senders={self.idle_senders} count={count}")


@dataclass
class Group:
    scenario: str
    series: list
    # How many operations one run has: fixed, or from the rate, or as many as the time allows,
    # from a first guess, within limits.
    count: int = 0
    guess: int = 100_000
    least: int = 2_000
    most: int = 1_000_000_000
    weight: float = 1.0      # the length of a run, relative to the others
    fixed_seconds: float = 0  # of one run, when the count is fixed
    rounds: int = 0  # at most; 0: as many as all others
    label: str = field(default="")

    def __post_init__(self):
        one = self.series[0]
        parts = [self.scenario, f"{one.producers} producer" + "s" * (one.producers > 1)]
        if self.scenario in ("throughput", "async-throughput"):
            parts += [one.mode, f"capacity {one.capacity or 'unbounded'}",
                      f"{one.payload_bytes} bytes"]
        if one.rate:
            parts.append(f"{one.rate / 1e6:g} M/s")
        self.label = ", ".join(parts)


def both(implementation, **parameters):
    return [Series(language, implementation, **parameters) for language in ("c", "swift")]


def tributary(**parameters):
    return both("tributary-sender", **parameters) + both("tributary-shared", **parameters)


def bounds():
    yield Group("limit", both("blocks-4KiB"), guess=10_000_000)
    yield Group("limit", both("blocks-32KiB"), guess=10_000_000)


def throughput():
    for producers in PRODUCERS:
        for payload_bytes in PAYLOADS:
            for capacity in CAPACITIES:
                cell = dict(producers=producers, capacity=capacity, payload_bytes=payload_bytes)
                for mode in ("single", "batch", "in-place"):
                    series = [one for implementation, modes in MODES.items() if mode in modes
                              for one in both(implementation, mode=mode, **cell)]
                    if mode == "single":
                        if capacity == UNBOUNDED:
                            series.append(Series("c", "wfcqueue-malloc", **cell))
                        series.append(Series("c", "mutex-deque", **cell))
                        series.append(Series("swift", "AsyncStream", **cell))
                        series.append(Series("swift", "locked-Deque", **cell))
                    yield Group("throughput", series, guess=20_000)


def baselines(**parameters):
    return [Series("c", "wfcqueue-malloc", **{**parameters, "capacity": UNBOUNDED}),
            Series("c", "mutex-deque", **parameters),
            Series("swift", "locked-Deque", **parameters)]


def latency():
    for producers in (2, 8):
        for rate in SEND_RATES:
            cell = dict(producers=producers, rate=rate)
            # The baselines do not reach the higher rate.
            others = baselines(**cell) if rate <= 1_000_000 else []
            yield Group("send-latency", tributary(**cell) + others, weight=1.2, most=400_000)
    yield Group("pair-latency", tributary() + baselines(), most=400_000)
    # The floor is what one-way latency is compared with, and virtual processors move: minutes apart, the
    # same hand-over took from 25 to 170 ns.
    yield Group("one-way-latency",
                both("cache-line", scenario="floor") + tributary(rate=ONE_WAY_RATE) +
                baselines(rate=ONE_WAY_RATE), weight=1.5)
    yield Group("round-trip", tributary() + [Series("c", "mutex-deque"), Series("swift", "locked-Deque")],
                guess=10_000, most=100_000)
    yield Group("wake-latency", [Series("c", "bare-futex")] + tributary(), guess=200, least=200,
                weight=2)


def accounting():
    for producers in (2, 8):
        for capacity in (1024, 16384):
            yield Group("contention", tributary(producers=producers, capacity=capacity))
    series = [one for idle in (0, IDLE_SENDERS)
              for one in both("tributary-sender", producers=2, idle_senders=idle)]
    yield Group("idle-senders", series, weight=3)


def asynchronous():
    """Tasks. tributary-threads: threads send, a task receives; tributary-blocking: a thread receives."""
    for producers in (2, 8):
        cell = dict(producers=producers, capacity=1024)
        names = ("tributary-sender", "tributary-shared", "tributary-threads", "tributary-blocking",
                 *ASYNC_BASELINES)
        yield Group("async-throughput", [Series("swift", name, **cell) for name in names],
                    guess=20_000, weight=1.5)
        yield Group("async-throughput", both("tributary-sender", mode="batch", **cell),
                    guess=100_000, weight=1.5)
    yield Group("async-allocations",
                [Series("swift", name, producers=2, capacity=1024)
                 for name in ("tributary-sender", "tributary-shared", *ASYNC_BASELINES)],
                count=50_000, fixed_seconds=0.06)
    yield Group("async-wake", [Series("swift", name) for name in ("tributary-sender", "AsyncStream")],
                count=300, fixed_seconds=0.04)


def actors():
    """Producers are tasks. The executors run actors and tasks: see docs/benchmarks.md."""
    executors = ("default-executor", "work-stealing", "serial-mailbox", "mailbox-executor")
    for producers in (2, 8, 64):
        fan_in = [Series("swift", name, producers=producers) for name in executors]
        if producers != 64:
            fan_in.append(Series("swift", "mailbox", producers=producers, scenario="actors-tell"))
        yield Group("actors-fan-in", fan_in, guess=20_000, weight=1.5)
    for scenario in ("actors-ping-pong", "actors-ring"):
        yield Group(scenario, [Series("swift", name) for name in executors], guess=20_000)
    yield Group("actors-spawn", [Series("swift", name) for name in executors], count=100_000,
                fixed_seconds=0.15)
    yield Group("actors-enqueue", [Series("swift", "mailbox-executor", rate=ENQUEUE_RATE)],
                count=20_000, fixed_seconds=0.06)
    yield Group("actors-idle", [Series("swift", name) for name in executors if name != "work-stealing"],
                count=100, fixed_seconds=0.15)


def memory():
    for implementation, seconds in (("tributary-sender", 0.25), ("tributary-shared", 1.0)):
        yield Group("memory", both(implementation, capacity=UNBOUNDED), count=BURST,
                    fixed_seconds=seconds)


def groups():
    # What takes a fixed time comes early: the rest shares what is left.
    return [*bounds(), *memory(), *asynchronous(), *actors(), *throughput(), *latency(), *accounting()]
