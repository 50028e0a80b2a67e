// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A meter of characters: one line that changes on a terminal, one line a frame elsewhere.
struct Display {
    private let isTerminal = isatty(STDOUT_FILENO) != 0
    private var peak: Int16?  // since the last frame
    private var loudest: Int16 = 0
    private var levels = 0
    private var frames = 0
    private var performance: Performance?

    mutating func add(_ report: Report) {
        switch report {
        case .level(let level):
            levels += 1
            peak = max(peak ?? 0, level)
            loudest = max(loudest, level)
        case .ended(let performance): self.performance = performance
        }
    }

    mutating func draw() {
        guard let peak = peak.take() else { return }
        frames += 1
        let decibels = Self.decibels(peak)
        let width = max(0, Int(60 + decibels))  // a character for each decibel
        let bar = String(repeating: "#", count: width) + String(repeating: ".", count: 60 - width)
        print(String(format: "%6.1f dB  ", decibels) + bar, terminator: isTerminal ? "\r" : "\n")
        fflush(nil)
    }

    func finish() {
        if isTerminal { print() }
        guard let performance else { return print("the real-time thread sent no report") }
        let mean = performance.totalNanoseconds / max(performance.periods, 1)
        print(
            """
            \(performance.periods) periods, \(levels) levels in \(frames) frames, \
            \(performance.dropped) dropped, loudest \(String(format: "%.1f", Self.decibels(loudest))) dB
            send: \(mean) ns on average, \(performance.worstNanoseconds) ns at worst\
            \(performance.isRealTime ? "" : " (no real-time priority here)")
            """)
    }

    /// Of full scale; -60 and below is silence.
    private static func decibels(_ peak: Int16) -> Double {
        peak == 0 ? -60 : max(-60, 20 * log10(Double(peak) / 32_768))
    }
}
