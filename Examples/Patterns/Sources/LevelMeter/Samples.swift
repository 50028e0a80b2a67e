// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A recording: 48,000 samples a second.
struct Samples: Sendable {
    static let inPeriod = 48  // a millisecond
    private let values: [Int16]

    init(contentsOf path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        values = data.withUnsafeBytes { bytes in
            (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self) }
        }
    }

    private init(_ values: [Int16]) { self.values = values }

    /// 440 Hz for three seconds, which swells and fades.
    static func swellingTone() -> Samples {
        let count = 3 * 48_000
        return Samples(
            (0..<count).map { index in
                let swell = sin(Double.pi * Double(index) / Double(count))
                let tone = sin(2 * Double.pi * 440 * Double(index) / 48_000)
                return Int16(32_000 * swell * swell * tone)
            })
    }

    var count: Int { values.count }

    func peak(from start: Int, count: Int) -> Int16 {
        var peak: UInt16 = 0
        for index in start..<min(start + count, values.count) { peak = max(peak, values[index].magnitude) }
        return Int16(clamping: peak)
    }
}
