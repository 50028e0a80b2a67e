// SPDX-License-Identifier: Apache-2.0
// expect: risks causing data races
import Tributary

func iterate(_ elements: ChannelElements<Int>) async {
    var iterator = elements.makeAsyncIterator()
    let task = Task { await iterator.next() }
    _ = await iterator.next()
    _ = await task.value
}
