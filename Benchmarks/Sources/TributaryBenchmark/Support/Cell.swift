// SPDX-License-Identifier: Apache-2.0

/// A cell: one scenario with its parameters, as the runner asks for it in one line. The same as
/// cbench/support/cell.h.
struct Cell {
    enum Mode: String {
        case single
        case batch
        case inPlace = "in-place"
    }

    static let maximumProducers = 64

    var scenario = ""
    var implementation = ""
    var mode = Mode.single
    var producers = 1
    /// 0: unbounded.
    var capacity = 16384
    var payloadBytes = 8
    /// Messages of all producers together.
    var count = 100_000
    /// Messages a second offered by all producers together; 0: no pause.
    var rate = 0
    /// Open and silent beside the busy ones.
    var idleSenders = 0

    /// Reads one request; ends the program with a message if it makes no sense.
    init(_ request: String) {
        let words = request.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let scenario = words.first else { fail("an empty request") }
        self.scenario = String(scenario)
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: "=") else {
                fail("\(word) is not parameter=value")
            }
            set(String(word[..<equals]), to: String(word[word.index(after: equals)...]))
        }
        guard (1...Cell.maximumProducers).contains(producers) else {
            fail("producers=\(producers) is out of range")
        }
        guard count >= producers else { fail("count is below one message a producer") }
        guard [8, 64, 256].contains(payloadBytes) else { fail("payload_bytes is 8, 64 or 256") }
    }

    private mutating func set(_ key: String, to value: String) {
        func number() -> Int {
            guard let number = Int(value), number >= 0 else {
                fail("\(key)=\(value) is not a number")
            }
            return number
        }
        switch key {
        case "implementation": implementation = value
        case "mode":
            guard let mode = Mode(rawValue: value) else { fail("there is no mode \(value)") }
            self.mode = mode
        case "producers": producers = number()
        // A rendezvous keeps nothing, and has no use for a capacity.
        case "capacity": capacity = value == "rendezvous" ? 1 : number()
        case "payload_bytes": payloadBytes = number()
        case "count": count = number()
        case "rate": rate = number()
        case "idle_senders": idleSenders = number()
        default: fail("there is no parameter \(key)")
        }
    }

    /// The share of one producer: `count` over all producers, the remainder to the first ones.
    func share(of producer: Int) -> Int {
        count / producers + (producer < count % producers ? 1 : 0)
    }
}
