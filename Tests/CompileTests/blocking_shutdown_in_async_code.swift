// SPDX-License-Identifier: Apache-2.0
// A thread of the pool must not wait for another.
// expect: instance method 'shutdownBlocking' is unavailable from asynchronous contexts

import TributaryExecutors

func end(_ executor: MailboxExecutor) async {
    executor.shutdownBlocking()
}
