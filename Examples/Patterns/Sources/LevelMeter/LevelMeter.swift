// SPDX-License-Identifier: Apache-2.0

// Real-time thread to display: a thread that may not wait for anything, and one that takes its time.
//
// A thread wakes every millisecond, as an audio callback does, looks at 48 samples and sends their level with `trySend`,
// which neither blocks nor locks. The channel's memory was allocated, and used once, before (Memory.swift counts that nothing
// is allocated later). When the display falls behind, the channel is full: the level is dropped, and counted. The display
// *looks* 20 times a second with `tryReceive` and never waits at the channel, so no send ever has to wake anybody, which
// would be a system call on the real-time thread.
//
//     level-meter                          a tone that swells
//     level-meter recording.raw            48 kHz, one channel, 16-bit samples
//     level-meter --capacity 8 --frames 5  too little room for so slow a display

import ArgumentParser
import Foundation
import Tributary

/// From the real-time thread to the display.
enum Report: Sendable {
    case level(peak: Int16)
    /// The last one, which may wait: the time that counted is over.
    case ended(Performance)
}

/// What the real-time thread has to say about itself.
struct Performance: Sendable {
    var periods = 0
    var dropped = 0
    var totalNanoseconds = 0
    var worstNanoseconds = 0
    var isRealTime = false
}

@main
struct LevelMeter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "level-meter", abstract: "Draws the level of a recording while a thread plays it.")

    @Option(help: "Levels that may wait for the display.")
    var capacity = 256

    @Option(help: "How often the display looks, in a second: 1 to 1000.")
    var frames = 20

    @Argument(help: "16-bit samples, 48,000 a second, in the machine's byte order.")
    var recording: String?

    func validate() throws {
        guard 1...1000 ~= frames else { throw ValidationError("--frames is from 1 to 1000") }
        guard 1...1_000_000 ~= capacity else { throw ValidationError("--capacity is from 1 to 1000000") }
    }

    func run() async throws {
        let samples = try recording.map(Samples.init(contentsOf:)) ?? Samples.swellingTone()
        var options = ChannelOptions()
        options.allocator = Memory.allocator
        let channel = try Channel<Report>(capacity: .bounded(capacity), options: options)
        var sender = channel.makeSender()
        Memory.use(channel, &sender, capacity: capacity)

        let allocations = Memory.allocations
        RealTimeThread.start(playing: samples, into: sender)
        await draw(channel)
        print("\(Memory.allocations - allocations) allocations by the channel meanwhile")
    }

    private func draw(_ channel: Channel<Report>) async {
        let clock = ContinuousClock()
        var frame = clock.now
        var display = Display()
        while !channel.isFinished {
            frame += .seconds(1) / frames
            try? await clock.sleep(until: frame)
            // All that has come since the last frame; the loudest is what one sees.
            while let report = channel.tryReceive() { display.add(report) }
            display.draw()
        }
        display.finish()
    }
}
