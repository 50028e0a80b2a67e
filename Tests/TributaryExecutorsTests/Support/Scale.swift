// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `count` as TRIBUTARY_TEST_SCALE makes it, or a tenth under a sanitizer; at least `minimum`.
func scaled(_ count: Int, atLeast minimum: Int = 1) -> Int {
    max(minimum, Int(Double(count) * testScale))
}

private let testScale: Double =
    ProcessInfo.processInfo.environment["TRIBUTARY_TEST_SCALE"].flatMap(Double.init)
    ?? (isSanitized ? 0.1 : 1)

/// Whether a sanitizer is linked: its functions are in this program.
let isSanitized: Bool = {
    guard let program = dlopen(nil, RTLD_NOW) else { return false }
    defer { dlclose(program) }
    return dlsym(program, "__tsan_init") != nil || dlsym(program, "__asan_init") != nil
}()

/// Reproducible random numbers.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
