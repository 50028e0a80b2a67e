# SPDX-License-Identifier: Apache-2.0
"""Who is compared: programs, and in each the peers that it has."""

from dataclasses import dataclass

from matrix import RENDEZVOUS, UNBOUNDED

BOUNDED = 1024

# Order that a peer promises between the messages of different producers.
EXACT = "exact FIFO"
PRODUCER = "of each producer"


@dataclass(frozen=True)
class Program:
    name: str
    language: str
    target: str     # of make, below the folder of the peers' builds
    command: tuple  # {build} is that folder
    versions: tuple = ()  # (what, how to ask: a command, or a Debian package's name)


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    families: tuple  # names for PEERS=
    program: str
    capacities: tuple
    order: str = EXACT
    modes: tuple = ("single",)
    wakes: bool = True       # the receiver sleeps, and that wake-up is measured; otherwise its user polls
    footprint: bool = True   # its memory can be asked for
    payloads: tuple = (8, 64, 256)
    one_way: bool = True     # latency is measured


JAVA = ("java", "-XX:+UseParallelGC", "-Xms4g", "-Xmx4g", "-cp",
        "{build}/java:/usr/share/java/jctools-core.jar", "Peers")

PROGRAMS = {program.name: program for program in (
    Program("go", "go", "go", ("{build}/go",), (("Go", ("go", "version")),)),
    Program("rust", "rust", "rust/release/peers", ("{build}/rust/release/peers",),
            (("rustc", ("rustc", "--version")), ("tokio", "librust-tokio-dev"),
             ("crossbeam-channel", "librust-crossbeam-channel-dev"), ("flume", "librust-flume-dev"))),
    Program("moodycamel", "c++", "moodycamel", ("{build}/moodycamel",),
            (("moodycamel", "libconcurrentqueue-dev"), ("g++", ("c++", "--version")))),
    Program("boost", "c++", "boost", ("{build}/boost",), (("boost", "libboost-dev"),)),
    Program("tbb", "c++", "tbb", ("{build}/tbb",), (("oneTBB", "libtbb-dev"),)),
    Program("c", "c", "c", ("{build}/c",),
            (("Concurrency Kit", "libck-dev"), ("liburcu", "liburcu-dev"))),
    Program("java", "java", "java/Peers.class", JAVA,
            (("Java", ("java", "-version")), ("JCTools", "libjctools-java"))),
    Program("nim", "nim", "nim", ("{build}/nim",), (("Nim", ("nim", "--version")),)),
    Program("swift", "swift", "swift", ("{swift}",), (("Swift", ("swift", "--version")),)),
    # The benchmark's own program: the queues in C that need no other library.
    Program("cbench", "c", "", ("{cbench}",), (("C compiler", ("cc", "--version")),)),
)}

BOTH = (BOUNDED, UNBOUNDED)
ALL = (BOUNDED, UNBOUNDED, RENDEZVOUS)
DRAIN = ("single", "batch-receive")
BULK = ("single", "batch-receive", "batch")

PEERS = (
    Peer("go-channel", "Go channel", ("go",), "go", (BOUNDED, RENDEZVOUS), modes=("single", "batch")),
    Peer("tokio-threads", "Tokio mpsc, threads", ("tokio", "rust"), "rust", BOTH, modes=DRAIN),
    Peer("tokio-tasks", "Tokio mpsc, tasks", ("tokio", "rust"), "rust", BOTH, modes=DRAIN, footprint=False),
    Peer("crossbeam", "crossbeam-channel", ("crossbeam", "rust"), "rust", ALL, modes=DRAIN),
    Peer("std-mpsc", "Rust std mpsc", ("std", "rust"), "rust", ALL, modes=DRAIN),
    Peer("flume", "flume", ("flume", "rust"), "rust", ALL, modes=DRAIN),
    Peer("moodycamel", "moodycamel, tokens", ("moodycamel", "c++"), "moodycamel", (UNBOUNDED,), PRODUCER,
         BULK, wakes=False),
    Peer("moodycamel-blocking", "moodycamel blocking, tokens", ("moodycamel", "c++"), "moodycamel",
         (UNBOUNDED,), PRODUCER, BULK),
    Peer("boost-lockfree", "boost.lockfree (Michael–Scott)", ("boost", "c++"), "boost", BOTH, modes=DRAIN,
         wakes=False),
    Peer("tbb-queue", "TBB concurrent_queue", ("tbb", "c++"), "tbb", (UNBOUNDED,), PRODUCER, wakes=False),
    Peer("tbb-bounded-queue", "TBB concurrent_bounded_queue", ("tbb", "c++"), "tbb", BOTH, PRODUCER),
    Peer("ck-ring", "ck_ring, mpsc", ("ck", "c"), "c", (BOUNDED,), wakes=False),
    Peer("wfcqueue-preallocated", "liburcu wfcqueue, nodes laid out", ("urcu", "c"), "c", (UNBOUNDED,),
         wakes=False, footprint=False),
    Peer("wfcqueue-malloc", "liburcu wfcqueue, malloc", ("urcu", "c"), "cbench", (UNBOUNDED,), wakes=False),
    Peer("liburcu-lfqueue", "liburcu lfqueue (Michael–Scott)", ("urcu", "c"), "c", (UNBOUNDED,), wakes=False,
         footprint=False),
    Peer("mutex-deque", "C mutex and ring", ("mutex", "c"), "cbench", BOTH),
    Peer("jctools-mpsc-array", "JCTools MpscArrayQueue", ("jctools", "java"), "java", (BOUNDED,), modes=DRAIN,
         wakes=False),
    Peer("jctools-mpsc-unbounded", "JCTools MpscUnbounded", ("jctools", "java"), "java", (UNBOUNDED,),
         modes=DRAIN, wakes=False),
    Peer("array-blocking-queue", "Java ArrayBlockingQueue", ("java",), "java", (BOUNDED,), modes=DRAIN),
    Peer("linked-blocking-queue", "Java LinkedBlockingQueue", ("java",), "java", BOTH, modes=DRAIN),
    Peer("nimsync-twin", "nimsync (twin)", ("nim",), "nim", (BOUNDED,), wakes=False, footprint=False),
    Peer("nim-channel", "Nim system channel", ("nim",), "nim", BOTH, wakes=False, footprint=False),
    Peer("AsyncStream", "Swift AsyncStream", ("swift",), "swift", BOTH, footprint=False, payloads=(8, 64),
         one_way=False),
    Peer("AsyncChannel", "Swift AsyncChannel", ("swift",), "swift", (RENDEZVOUS,), footprint=False,
         payloads=(8,), wakes=False, one_way=False),
    Peer("MPSC-AsyncChannel", "Swift async-algorithms MPSC", ("swift",), "swift", (BOUNDED,),
         footprint=False, payloads=(8,), wakes=False, one_way=False),
    Peer("NIOAsyncSequenceProducer", "SwiftNIO AsyncSequenceProducer", ("swift",), "swift", BOTH,
         modes=("single", "batch"), footprint=False, payloads=(8, 64), wakes=False, one_way=False),
    Peer("dispatch-queue", "Swift Dispatch serial queue", ("swift",), "swift", (UNBOUNDED,), footprint=False,
         payloads=(8, 64), wakes=False, one_way=False),
    Peer("locked-Deque", "Swift lock and Deque", ("swift",), "swift", BOTH, footprint=False,
         payloads=(8, 64), wakes=False),
)

OURS = (
    Peer("tributary-sender", "Tributary sender", (), "cbench", BOTH, PRODUCER, ("single", "batch")),
    Peer("tributary-shared", "Tributary shared sender", (), "cbench", BOTH, EXACT, ("single", "batch")),
)

BY_NAME = {peer.name: peer for peer in (*OURS, *PEERS)}


def chosen(words):
    """The peers that PEERS= names: peers, families or languages; all of them without a word."""
    known = {name for peer in PEERS for name in (peer.name, *peer.families)}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ValueError(f"there is no peer {' or '.join(unknown)}; there are {' '.join(sorted(known))}")
    return [peer for peer in PEERS if not words or {peer.name, *peer.families} & set(words)]
