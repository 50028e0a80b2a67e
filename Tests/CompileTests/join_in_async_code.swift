// SPDX-License-Identifier: Apache-2.0
// expect: is unavailable from asynchronous contexts

import Tributary

func run() async {
    let thread = startThread {}
    thread.join()
}
