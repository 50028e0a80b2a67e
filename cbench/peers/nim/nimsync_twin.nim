# SPDX-License-Identifier: Apache-2.0
## A twin of nimsync 1.1.0's channel in MPSC mode, written from its description: the package itself needs Nim 2, and is in
## no repository that this is built from. A ring of slots with sequence numbers; the producers count themselves in with a
## fetch_add, and out again when the ring is full, and take their place with a second one; the receiver takes a slot whose
## number is its own next, and counts one out. `trySend` and `tryReceive` only: who fails looks again.

import std/atomics
import harness

type
  Slot[T] = object
    value: T
    sequence: Atomic[int]

  Channel*[T] = object
    slots: ptr UncheckedArray[Slot[T]]
    mask, capacity: int
    padding0: array[64, byte]
    count: Atomic[int]
    head: Atomic[int]
    padding1: array[64, byte]
    tail: Atomic[int]

proc newChannel*[T](capacity: int): ptr Channel[T] =
  ## The capacity is rounded up to a power of two.
  if capacity == 0: fail("nimsync's channel is bounded")
  result = createShared(Channel[T])
  result.capacity = 1
  while result.capacity < capacity: result.capacity *= 2
  result.mask = result.capacity - 1
  result.slots = cast[ptr UncheckedArray[Slot[T]]](allocShared0(result.capacity * sizeof(Slot[T])))

proc close*[T](channel: ptr Channel[T]) =
  deallocShared(channel.slots)
  deallocShared(channel)

proc trySend*[T](channel: ptr Channel[T], value: T): bool {.inline.} =
  if channel.count.fetchAdd(1, moAcquire) >= channel.capacity:
    discard channel.count.fetchSub(1, moRelease)
    return false
  let place = channel.head.fetchAdd(1, moAcquire)
  let slot = addr channel.slots[place and channel.mask]
  slot.value = value
  slot.sequence.store(place + 1, moRelease)
  true

proc tryReceive*[T](channel: ptr Channel[T], value: var T): bool {.inline.} =
  let place = channel.tail.load(moRelaxed)
  if place >= channel.head.load(moAcquire): return false
  let slot = addr channel.slots[place and channel.mask]
  if slot.sequence.load(moAcquire) != place + 1: return false
  value = slot.value
  channel.tail.store(place + 1, moRelease)
  discard channel.count.fetchSub(1, moRelease)
  true
