# SPDX-License-Identifier: Apache-2.0
## Nim's channels under the work of cbench: reads cells, one a line on standard input or one an argument, and answers each
## with one line of JSON. docs/benchmarks.md has the protocol.

import harness, nimsync_twin, wakes

type
  Twin[W: static int] = ptr nimsync_twin.Channel[Message[W]]
  Standard[W: static int] = ptr system.Channel[Message[W]]

const burst = 1_000_000

type
  Producer[C] = object
    channel: C
    gate: ptr Gate
    sent: ptr Gate  ## at which it waits when it has sent everything; nil: nowhere
    word: uint64
    share: int
    interval: float

proc backOff(looks: var int) {.inline.} =
  if looks < 64: cpuRelax()
  else: sched_yield()
  inc looks

proc send[W: static int](channel: Twin[W], message: Message[W]) {.inline.} =
  var looks = 0
  while not channel.trySend(message): backOff(looks)

proc receive[W: static int](channel: Twin[W], message: var Message[W]) {.inline.} =
  var looks = 0
  while not channel.tryReceive(message): backOff(looks)

proc send[W: static int](channel: Standard[W], message: Message[W]) {.inline.} = channel[].send(message)

proc receive[W: static int](channel: Standard[W], message: var Message[W]) {.inline.} =
  message = channel[].recv()

proc openTwin[W: static int](capacity: int): Twin[W] = newChannel[Message[W]](capacity)

proc openStandard[W: static int](capacity: int): Standard[W] =
  result = createShared(system.Channel[Message[W]])
  result[].open(capacity)

proc close[W: static int](channel: Standard[W]) =
  system.close(channel[])
  deallocShared(channel)

proc produce[C; W: static int](argument: pointer) =
  let producer = cast[ptr Producer[C]](argument)
  let channel = producer.channel
  var message: Message[W]
  producer.gate[].pass()
  for word in producer.word ..< producer.word + uint64(producer.share):
    message.fill(word)
    channel.send(message)
  if producer.sent != nil: producer.sent[].pass()

proc produceTwin[W: static int](argument: pointer) {.thread.} = produce[Twin[W], W](argument)
proc produceStandard[W: static int](argument: pointer) {.thread.} = produce[Standard[W], W](argument)

proc throughput[C; W: static int](cell: Cell, channel: C, message: var Message[W],
                                  body: proc (argument: pointer) {.thread, nimcall.}) =
  var gate: Gate
  var threads = newSeq[Thread[pointer]](cell.producers)
  var producers = newSeq[Producer[C]](cell.producers)
  for index in 0 ..< cell.producers:
    producers[index] = Producer[C](channel: channel, gate: addr gate, word: firstWord(index), share: cell.share(index))
    createThread(threads[index], body, pointer(addr producers[index]))
  var checker = initChecker(cell.producers)
  let start = gate.open(cell.producers)
  for _ in 1 .. cell.count:
    channel.receive(message)
    checker.check(message)
  let elapsed = nanoseconds() - start
  checker.finish(cell)
  joinThreads(threads)
  channel.close()
  answerThroughput(cell, elapsed)

proc pace[C](argument: pointer) =
  ## Open loop: a message is the time at which it was to be sent.
  let producer = cast[ptr Producer[C]](argument)
  var message: Message[1]
  producer.gate[].pass()
  var next = float(nanoseconds()) + producer.interval
  for _ in 1 .. producer.share:
    let intended = int64(next)
    while nanoseconds() < intended: discard
    message.words[0] = uint64(intended)
    producer.channel.send(message)
    next += producer.interval

proc paceTwin(argument: pointer) {.thread.} = pace[Twin[1]](argument)
proc paceStandard(argument: pointer) {.thread.} = pace[Standard[1]](argument)

proc oneWayLatency[C](cell: Cell, channel: C, body: proc (argument: pointer) {.thread, nimcall.}) =
  var gate: Gate
  var thread: Thread[pointer]
  var producer = Producer[C](channel: channel, gate: addr gate, share: cell.count, interval: 1e9 / float(cell.rate))
  createThread(thread, body, pointer(addr producer))
  var samples = newSeq[int64](cell.count)
  var message: Message[1]
  var previous = 0'i64
  let start = gate.open(1)
  for sample in samples.mitems:
    channel.receive(message)
    let intended = int64(message.words[0])
    sample = nanoseconds() - intended
    if intended <= previous: fail("a message is not the successor of the one before")
    previous = intended
  let elapsed = nanoseconds() - start
  joinThread(thread)
  channel.close()
  answerDistribution(samples, elapsed)

proc footprint[C](cell: Cell, open: proc (capacity: int): C {.nimcall.},
                  body: proc (argument: pointer) {.thread, nimcall.}) =
  ## As in cbench/scenarios/footprint.h: what the C library's allocator, which this program uses, has given out.
  var channels = newSeq[C](cell.count)
  let start = nanoseconds()
  var before = allocatedBytes()
  for channel in channels.mitems: channel = open(cell.capacity)
  var metrics = @[metric("idle-channel", "bytes", (allocatedBytes() - before) / float(cell.count))]
  for channel in channels: channel.close()
  if cell.capacity == 0:
    before = allocatedBytes()
    let channel = open(cell.capacity)
    var gate: Gate
    var thread: Thread[pointer]
    var sent: Gate
    # Waits at the second gate, with whatever it keeps, until the last figure is taken.
    var producer = Producer[C](channel: channel, gate: addr gate, sent: addr sent, share: burst)
    createThread(thread, body, pointer(addr producer))
    discard gate.open(1)
    sent.waitFor(1)
    metrics.add metric("burst", "bytes", allocatedBytes() - before)
    var message: Message[1]
    var checker = initChecker(1)
    for _ in 1 .. burst:
      channel.receive(message)
      checker.check(message)
    metrics.add metric("left-after-burst", "bytes", allocatedBytes() - before)
    discard sent.open(1)
    joinThread(thread)
    channel.close()
  answer(nanoseconds() - start, metrics)

type Waker[C] = object
  channel: C
  wakes: ptr Wakes

proc wake[C](argument: pointer) =
  let waker = cast[ptr Waker[C]](argument)
  var message: Message[1]
  for index in 0 ..< waker.wakes.samples.len:
    waker.wakes[].waitUntilAsleep(index)
    message.words[0] = uint64(nanoseconds())
    waker.channel.send(message)

proc wakeTwin(argument: pointer) {.thread.} = wake[Twin[1]](argument)
proc wakeStandard(argument: pointer) {.thread.} = wake[Standard[1]](argument)

proc announcedWake[C](cell: Cell, channel: C, body: proc (argument: pointer) {.thread, nimcall.}) =
  var wakes: Wakes
  wakes.initWakes(cell.count)
  var waker = Waker[C](channel: channel, wakes: addr wakes)
  var thread: Thread[pointer]
  var message: Message[1]
  let start = nanoseconds()
  createThread(thread, body, pointer(addr waker))
  for index in 0 ..< cell.count:
    wakes.announce(index)
    channel.receive(message)
    wakes.samples[index] = nanoseconds() - int64(message.words[0])
  let elapsed = nanoseconds() - start
  joinThread(thread)
  channel.close()
  answerWakes(wakes, elapsed)

template sized(W: static int, cell: Cell) =
  var message: Message[W]
  if cell.implementation == "nimsync-twin":
    throughput[Twin[W], W](cell, openTwin[W](cell.capacity), message, produceTwin[W])
  else:
    throughput[Standard[W], W](cell, openStandard[W](cell.capacity), message, produceStandard[W])

proc run(cell: Cell) =
  if cell.implementation notin ["nimsync-twin", "nim-channel"]: fail("there is no implementation " & cell.implementation)
  if cell.mode != "single": fail("there is no mode " & cell.mode)
  case cell.scenario
  of "throughput":
    case cell.payloadBytes
    of 8: sized(1, cell)
    of 64: sized(8, cell)
    else: sized(32, cell)
  of "one-way-latency":
    if cell.implementation == "nimsync-twin": oneWayLatency[Twin[1]](cell, openTwin[1](cell.capacity), paceTwin)
    else: oneWayLatency[Standard[1]](cell, openStandard[1](cell.capacity), paceStandard)
  of "announced-wake":
    if cell.implementation == "nimsync-twin": announcedWake[Twin[1]](cell, openTwin[1](cell.capacity), wakeTwin)
    else: announcedWake[Standard[1]](cell, openStandard[1](cell.capacity), wakeStandard)
  of "footprint":
    if cell.implementation == "nimsync-twin": footprint[Twin[1]](cell, openTwin[1], produceTwin[1])
    else: footprint[Standard[1]](cell, openStandard[1], produceStandard[1])
  else: fail("there is no " & cell.scenario)

requests(run)
