# SPDX-License-Identifier: Apache-2.0
## What the peers in Nim share: the cell, the messages of cbench/support/message.h and their checks, the answer.

import std/[algorithm, atomics, os, strutils, times, monotimes]

const
  sequenceBits = 48
  derivation = 0x9e3779b97f4a7c15'u64

type
  Cell* = object
    scenario*, implementation*, mode*: string
    producers*, capacity*, payloadBytes*, count*, rate*: int

  Message*[W: static int] = object
    words*: array[W, uint64]

  Checker* = object
    current: uint64            ## the next word of the producer that is being received from
    expected: seq[uint64]

  Gate* = object
    arrived: Atomic[int]
    padding: array[120, byte]
    isOpen: Atomic[bool]

proc sched_yield*(): cint {.importc, header: "<sched.h>", discardable.}

proc c_allocated_bytes(): csize_t {.importc: "allocated_bytes", header: "allocated.h".}

proc allocatedBytes*(): float = float(c_allocated_bytes())

proc fail*(reason: string) {.noreturn.} =
  ## A benchmark that lost a message has no figure. From any thread.
  stdout.write("\n{\"error\": \"" & reason & "\"}\n")
  stdout.flushFile()
  quit(1)

proc parse*(request: string): Cell =
  result = Cell(mode: "single", producers: 1, capacity: 1024, payloadBytes: 8, count: 100_000)
  let words = request.splitWhitespace()
  if words.len == 0: fail("an empty request")
  result.scenario = words[0]
  for word in words[1 .. ^1]:
    let pair = word.split('=', maxsplit = 1)
    case pair[0]
    of "implementation": result.implementation = pair[1]
    of "mode": result.mode = pair[1]
    of "producers": result.producers = parseInt(pair[1])
    of "capacity":
      if pair[1] == "rendezvous": fail("there is no rendezvous")
      result.capacity = parseInt(pair[1])
    of "payload_bytes": result.payloadBytes = parseInt(pair[1])
    of "count": result.count = parseInt(pair[1])
    of "rate": result.rate = parseInt(pair[1])
    else: discard

proc share*(cell: Cell, producer: int): int =
  ## What one producer sends of the count; the remainder goes to the first ones.
  cell.count div cell.producers + ord(producer < cell.count mod cell.producers)

proc firstWord*(producer: int): uint64 = uint64(producer) shl sequenceBits

proc fill*[W: static int](message: var Message[W], word: uint64) {.inline.} =
  for index in 0 ..< W: message.words[index] = word + uint64(index) * derivation

proc initChecker*(producers: int): Checker =
  for producer in 0 ..< producers: result.expected.add firstWord(producer)
  result.current = result.expected[0]

proc change(checker: var Checker, word: uint64) {.noinline.} =
  checker.expected[int(checker.current shr sequenceBits)] = checker.current
  let producer = int(word shr sequenceBits)
  if producer >= checker.expected.len or checker.expected[producer] != word:
    fail("received " & $word & " where " & $checker.current & " was next: lost, repeated or reordered")
  checker.current = word

proc check*[W: static int](checker: var Checker, message: Message[W]) {.inline.} =
  if message.words[0] != checker.current: checker.change(message.words[0])
  var difference = 0'u64
  for index in 1 ..< W:
    difference = difference or (message.words[index] xor (checker.current + uint64(index) * derivation))
  if difference != 0: fail("message " & $checker.current & " is torn")
  inc checker.current

proc finish*(checker: var Checker, cell: Cell) =
  checker.expected[int(checker.current shr sequenceBits)] = checker.current
  for producer, word in checker.expected:
    if word != firstWord(producer) + uint64(cell.share(producer)):
      fail("producer " & $producer & ": the next one received would be " & $word)

proc nanoseconds*(): int64 {.inline.} = getMonoTime().ticks

proc pass*(gate: var Gate) =
  discard gate.arrived.fetchAdd(1)
  while not gate.isOpen.load(moAcquire): sched_yield()

proc waitFor*(gate: var Gate, threads: int) =
  while gate.arrived.load(moAcquire) < threads: sched_yield()

proc open*(gate: var Gate, threads: int): int64 =
  gate.waitFor(threads)
  result = nanoseconds()
  gate.isOpen.store(true, moRelease)

proc metric*(name, unit: string, value: float): string =
  "{\"metric\": \"" & name & "\", \"unit\": \"" & unit & "\", \"value\": " & $value & "}"

proc answer*(elapsed: int64, metrics: varargs[string]) =
  echo "{\"metrics\": [", metrics.join(", "), "], \"seconds\": ", float(elapsed) / 1e9, "}"
  stdout.flushFile()

proc answerThroughput*(cell: Cell, elapsed: int64) =
  answer(elapsed, metric("throughput", "messages/s", float(cell.count) * 1e9 / float(elapsed)))

proc answerDistribution*(samples: var seq[int64], elapsed: int64, others: varargs[string]) =
  ## Exact percentiles (nearest rank) of nanoseconds.
  samples.sort()
  var metrics = @others
  for (name, perTenThousand) in {"p10": 1000, "p25": 2500, "p50": 5000, "p75": 7500, "p90": 9000, "p99": 9900,
                                 "p99.9": 9990, "p99.99": 9999, "max": 10000}:
    let rank = (samples.len * perTenThousand + 9999) div 10000
    metrics.add metric(name, "ns", float(samples[rank - 1]))
  answer(elapsed, metrics)

proc requests*(run: proc (cell: Cell)) =
  ## One a line on standard input, or one an argument.
  if paramCount() > 0:
    for index in 1 .. paramCount(): run(parse(paramStr(index)))
  else:
    for line in stdin.lines: run(parse(line))
