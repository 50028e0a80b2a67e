# SPDX-License-Identifier: Apache-2.0
## Wake-ups, and which of them found the receiver asleep: cbench/scenarios/announced_wake.h says why that is looked at.

import std/[atomics, strutils]
import harness

const
  pause = 200_000 ## nanoseconds
  limit = 5_000_000
  patience = 10   ## After that many in vain the receiver is taken to be one that polls, and not waited for any more.

type Wakes* = object
  receiver: int
  foundAsleep: int
  announced: Atomic[int]
  samples*: seq[int64] ## by the receiver
  asleep: seq[bool]    ## by the sender

proc gettid(): cint {.importc, header: "<unistd.h>".}

proc initWakes*(wakes: var Wakes, count: int) =
  ## By the thread that will receive.
  wakes.receiver = int(gettid())
  wakes.samples = newSeq[int64](count)
  wakes.asleep = newSeq[bool](count)

proc announce*(wakes: var Wakes, index: int) = wakes.announced.store(index + 1, moRelease)

proc isAsleep(thread: int): bool =
  ## The state follows the name, which is in brackets and may contain any character.
  let text = readFile("/proc/self/task/" & $thread & "/stat")
  text.substr(text.rfind(')') + 1).startsWith(" S")

proc waitUntilAsleep*(wakes: var Wakes, index: int) =
  ## By the sender, which keeps its processor as a busy one would.
  while wakes.announced.load(moAcquire) != index + 1: cpuRelax()
  let start = nanoseconds()
  let most = if index >= patience and wakes.foundAsleep == 0: 0 else: limit
  while nanoseconds() - start < pause: discard
  while true:
    wakes.asleep[index] = isAsleep(wakes.receiver)
    if wakes.asleep[index] or nanoseconds() - start >= most: break
  wakes.foundAsleep += ord(wakes.asleep[index])

proc answerWakes*(wakes: Wakes, elapsed: int64) =
  ## The share that was asleep, and the distribution of those if they are at least half.
  var kept: seq[int64]
  for index, sample in wakes.samples:
    if wakes.asleep[index]: kept.add sample
  let share = metric("asleep", "per wake", float(kept.len) / float(wakes.samples.len))
  if kept.len * 2 >= wakes.samples.len: answerDistribution(kept, elapsed, share)
  else: answer(elapsed, share)
