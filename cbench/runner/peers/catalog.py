# SPDX-License-Identifier: Apache-2.0
"""Who is compared: programs, and in each the peers that it has."""

from dataclasses import dataclass

from matrix import RENDEZVOUS, UNBOUNDED

BOUNDED = 1024

# Order that a peer promises between the messages of different producers.
EXACT = "exact FIFO"
PRODUCER = "of each producer"


@dataclass(frozen=True)
class Compiler:
    """The compiler is the one that the makefile has for a program."""
    program: str


@dataclass(frozen=True)
class Resolved:
    """A package's version is what Swift's package manager has chosen for the build."""
    package: str


@dataclass(frozen=True)
class Program:
    name: str
    language: str
    target: str     # of make, below the folder of the peers' builds
    command: tuple  # {build} is that folder
    versions: tuple = ()  # (what, how to ask: a command, a Debian package's name, Compiler, Resolved)


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    families: tuple  # names for PEERS=
    program: str
    capacities: tuple
    order: str = EXACT
    modes: tuple = ("single",)
    payloads: tuple = (8, 64, 256)
    without: tuple = ()  # (scenario, why it cannot be measured)
    version: str = ""  # among its program's: of what it is a part
    task: bool = False  # the receiver is one

    def lacks(self, scenario):
        """Why a scenario cannot be measured; None if it can."""
        return dict(self.without).get(scenario)


JAVA = ("java", "-XX:+UseParallelGC", "-Xms2g", "-Xmx4g", "-cp",
        "{build}/java:/usr/share/java/jctools-core.jar:/usr/share/java/disruptor.jar", "Peers")

PROGRAMS = {program.name: program for program in (
    Program("go", "go", "go", ("{build}/go",), (("Go", ("go", "version")),)),
    Program("rust", "rust", "rust/release/peers", ("{build}/rust/release/peers",),
            (("rustc", ("rustc", "--version")), ("tokio", "librust-tokio-dev"),
             ("crossbeam-channel", "librust-crossbeam-channel-dev"),
             ("crossbeam-queue", "librust-crossbeam-queue-dev"), ("flume", "librust-flume-dev"),
             ("async-channel", "librust-async-channel-dev"), ("futures", "librust-futures-dev"),
             ("concurrent-queue", "librust-concurrent-queue-dev"))),
    Program("moodycamel", "c++", "moodycamel", ("{build}/moodycamel",),
            (("moodycamel", "libconcurrentqueue-dev"), ("C++ compiler", Compiler("moodycamel")))),
    Program("boost", "c++", "boost", ("{build}/boost",), (("boost", "libboost-dev"),)),
    Program("tbb", "c++", "tbb", ("{build}/tbb",), (("oneTBB", "libtbb-dev"),)),
    Program("c", "c", "c", ("{build}/c",),
            (("Concurrency Kit", "libck-dev"), ("liburcu", "liburcu-dev"))),
    Program("glib", "c", "glib", ("{build}/glib",), (("GLib", "libglib2.0-dev"),)),
    Program("java", "java", "java/Peers.class", JAVA,
            (("Java", ("java", "-version")), ("JCTools", "libjctools-java"),
             ("LMAX Disruptor", "libdisruptor-java"))),
    Program("nim", "nim", "nim", ("{build}/nim",), (("Nim", ("nim", "--version")),)),
    Program("swift", "swift", "swift", ("{swift}",),
            (("Swift", ("swift", "--version")),
             *((package, Resolved(package)) for package in ("swift-nio", "swift-async-algorithms", "swift-collections")))),
    # The benchmark's own program: the queues in C that need no other library.
    Program("cbench", "c", "", ("{cbench}",), (("C compiler", Compiler("cbench")),)),
)}

BOTH = (BOUNDED, UNBOUNDED)
ALL = (BOUNDED, UNBOUNDED, RENDEZVOUS)
DRAIN = ("single", "batch-receive")
BULK = ("single", "batch-receive", "batch")

OWN_ALLOCATOR = ("footprint", "its allocator does not say what it has given out")

PEERS = (
    Peer("go-channel", "Go channel", ("go",), "go", (BOUNDED, RENDEZVOUS), modes=("single", "batch")),
    Peer("tokio-threads", "Tokio mpsc, threads", ("tokio", "rust"), "rust", BOTH, modes=DRAIN),
    Peer("tokio-tasks", "Tokio mpsc, tasks", ("tokio", "rust"), "rust", BOTH, modes=DRAIN, task=True),
    Peer("crossbeam", "crossbeam-channel", ("crossbeam", "rust"), "rust", ALL, modes=DRAIN),
    Peer("array-queue", "crossbeam ArrayQueue", ("crossbeam", "rust"), "rust", (BOUNDED,)),
    Peer("seg-queue", "crossbeam SegQueue", ("crossbeam", "rust"), "rust", (UNBOUNDED,)),
    Peer("std-mpsc", "Rust std mpsc", ("std", "rust"), "rust", ALL, modes=DRAIN, version="rustc"),
    Peer("flume", "flume", ("flume", "rust"), "rust", ALL, modes=DRAIN),
    Peer("async-channel-threads", "async-channel, threads", ("async-channel", "rust"), "rust", BOTH, modes=DRAIN),
    Peer("async-channel-tasks", "async-channel, tasks", ("async-channel", "rust"), "rust", BOTH, modes=DRAIN, task=True),
    Peer("futures-mpsc", "futures mpsc, tasks", ("futures", "rust"), "rust", BOTH, modes=DRAIN, task=True),
    Peer("concurrent-queue", "concurrent-queue", ("concurrent-queue", "rust"), "rust", BOTH),
    Peer("moodycamel", "moodycamel, tokens", ("moodycamel", "c++"), "moodycamel", (UNBOUNDED,), PRODUCER, BULK),
    Peer("moodycamel-blocking", "moodycamel blocking, tokens", ("moodycamel", "c++"), "moodycamel",
         (UNBOUNDED,), PRODUCER, BULK),
    Peer("moodycamel-implicit", "moodycamel, no tokens", ("moodycamel", "c++"), "moodycamel", BOTH, PRODUCER,
         BULK),
    Peer("boost-lockfree", "boost.lockfree (Michael–Scott)", ("boost", "c++"), "boost", BOTH, modes=DRAIN),
    Peer("tbb-queue", "TBB concurrent_queue", ("tbb", "c++"), "tbb", (UNBOUNDED,), PRODUCER,
         without=(OWN_ALLOCATOR,)),
    Peer("tbb-bounded-queue", "TBB concurrent_bounded_queue", ("tbb", "c++"), "tbb", BOTH, PRODUCER,
         without=(OWN_ALLOCATOR,)),
    Peer("ck-ring", "ck_ring, mpsc", ("ck", "c"), "c", (BOUNDED,)),
    Peer("wfcqueue-preallocated", "liburcu wfcqueue, nodes laid out", ("urcu", "c"), "c", (UNBOUNDED,),
         modes=BULK, without=(("footprint", "its nodes are the program's, laid out for the whole run"),)),
    Peer("wfcqueue-malloc", "liburcu wfcqueue, malloc", ("urcu", "c"), "cbench", (UNBOUNDED,), modes=BULK),
    Peer("liburcu-lfqueue", "liburcu lfqueue (Michael–Scott)", ("urcu", "c"), "c", (UNBOUNDED,)),
    Peer("mutex-deque", "C mutex and ring", ("mutex", "c"), "cbench", BOTH, modes=BULK),
    Peer("glib-async-queue", "GLib GAsyncQueue", ("glib", "c"), "glib", (UNBOUNDED,), modes=BULK),
    Peer("jctools-mpsc-array", "JCTools MpscArrayQueue", ("jctools", "java"), "java", (BOUNDED,), modes=BULK),
    Peer("jctools-mpsc-chunked", "JCTools MpscChunkedArrayQueue", ("jctools", "java"), "java", (BOUNDED,),
         modes=DRAIN),
    Peer("jctools-mpsc-unbounded", "JCTools MpscUnbounded", ("jctools", "java"), "java", (UNBOUNDED,),
         modes=DRAIN),
    Peer("jctools-mpsc-linked", "JCTools MpscLinkedQueue", ("jctools", "java"), "java", (UNBOUNDED,),
         modes=DRAIN),
    Peer("disruptor", "LMAX Disruptor, yielding", ("disruptor", "java"), "java", (BOUNDED,), modes=BULK),
    Peer("disruptor-blocking", "LMAX Disruptor, blocking", ("disruptor", "java"), "java", (BOUNDED,), modes=BULK),
    Peer("array-blocking-queue", "Java ArrayBlockingQueue", ("java",), "java", (BOUNDED,), modes=DRAIN),
    Peer("linked-blocking-queue", "Java LinkedBlockingQueue", ("java",), "java", BOTH, modes=DRAIN),
    Peer("linked-transfer-queue", "Java LinkedTransferQueue", ("java",), "java", (UNBOUNDED,), modes=DRAIN),
    Peer("concurrent-linked-queue", "Java ConcurrentLinkedQueue", ("java",), "java", (UNBOUNDED,), modes=DRAIN),
    Peer("nimsync-twin", "nimsync (twin)", ("nim",), "nim", (BOUNDED,)),
    Peer("nim-channel", "Nim system channel", ("nim",), "nim", BOTH),
    Peer("AsyncStream", "Swift AsyncStream", ("swift",), "swift", BOTH, task=True),
    Peer("AsyncChannel", "Swift AsyncChannel", ("swift",), "swift", (RENDEZVOUS,), task=True),
    Peer("MPSC-AsyncChannel", "Swift async-algorithms MPSC", ("swift",), "swift", (BOUNDED,), task=True),
    Peer("NIOAsyncSequenceProducer", "SwiftNIO AsyncSequenceProducer", ("swift",), "swift", BOTH,
         modes=("single", "batch"), task=True),
    Peer("dispatch-queue", "Swift Dispatch serial queue", ("swift",), "swift", (UNBOUNDED,)),
    Peer("locked-Deque", "Swift lock and Deque", ("swift",), "swift", BOTH),
)

# What a reader may look for, and does not find.
LEFT_OUT = (
    ("JCTools MpscCompoundQueue", "it does not keep one producer's order: who finds its part full tries the others"),
    ("JCTools fill, but for MpscArrayQueue's", "2.0's takes the producers' index back in a race (JCTools issue 196): "
     "messages are lost with more than one producer"),
    ("nimsync itself", "needs Nim 2, Debian has 1.6: a twin of its algorithm stands for it"),
    ("Tokio recv_many", "came with 1.37, Debian has 1.24: try_recv until empty instead"),
    ("kanal, thingbuf", "not among Debian's packages"),
)

# A bounded channel has its capacity for each sender. This one has the peers' capacity for all of them together.
AS_THE_SENDER = tuple((scenario, "as the sender's: it has one") for scenario in
                      ("rendezvous", "one-way-latency", "announced-wake", "footprint"))

OURS = (
    Peer("tributary-sender", "Tributary sender", (), "cbench", BOTH, PRODUCER, BULK),
    Peer("tributary-sender-in-all", "Tributary sender, 1024 in all", (), "cbench", (BOUNDED,), PRODUCER, BULK,
         without=AS_THE_SENDER),
    Peer("tributary-shared", "Tributary shared sender", (), "cbench", BOTH, EXACT, BULK),
    # `await send` and `for await`, beside the peers that are tasks; no bar is about them.
    Peer("tributary-tasks", "Tributary tasks", ("tasks", "swift"), "swift", BOTH, PRODUCER, ("single", "batch")),
    Peer("tributary-tasks-shared", "Tributary tasks, shared sender", ("tasks", "swift"), "swift", BOTH, EXACT,
         ("single", "batch")),
)

BY_NAME = {peer.name: peer for peer in (*OURS, *PEERS)}


def ours(words):
    """Those of ours that are measured: in C always, in another language with its peers, or where PEERS= names them."""
    return [one for one in OURS if not words or not one.families or {one.name, *one.families} & set(words)]


def chosen(words):
    """The peers that PEERS= names: peers, families or languages; all of them without a word."""
    known = {name for peer in (*PEERS, *OURS) for name in (peer.name, *peer.families)}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ValueError(f"there is no peer {' or '.join(unknown)}; there are {' '.join(sorted(known))}")
    return [peer for peer in PEERS if not words or {peer.name, *peer.families} & set(words)]
