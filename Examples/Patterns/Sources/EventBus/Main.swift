// SPDX-License-Identifier: Apache-2.0

// Event bus: publish from anywhere, to subscribers that differ in how much they mind to miss something.
//
// Standard input has lines of a symbol and a price. Each symbol has a feed, a task that publishes its prices in order. Three
// subscribers hear all feeds:
//
//     journal   must miss nothing: the feeds wait for it
//     ticker    shows prices on a slow line and wants the latest: the oldest are dropped
//     sample    wants any few of them from the start: the newest are dropped
//
// What is dropped is counted by the channel. The bus itself is in EventBus.swift.
//
//     printf 'ACME 12.5\nINIT 3\nACME 12.75\n' | event-bus

import ArgumentParser
import Foundation
import Tributary

struct Price: Sendable {
    let symbol: String
    let value: Double
}

@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event-bus", abstract: "Publishes the prices of standard input to three subscribers.")

    func run() async throws {
        let bus = EventBus<Price>()
        let journal = try bus.subscribe(capacity: 64, whenFull: .wait)
        let ticker = try bus.subscribe(capacity: 4, whenFull: .dropOldest)
        let sample = try bus.subscribe(capacity: 4, whenFull: .dropNewest)

        let journalReport = Task { await Journal.keep(journal) }
        let tickerReport = Task { await SlowLine.show(ticker) }
        let sampleReport = Task { await SlowLine.show(sample) }

        await publishStandardInput(to: bus)
        bus.finish()
        print(await journalReport.value)
        print("ticker: \(await tickerReport.value)")
        print("sample: \(await sampleReport.value)")
    }

    private func publishStandardInput(to bus: EventBus<Price>) async {
        var feeds: [String: [Price]] = [:]
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else { continue }
            let symbol = String(words[0])
            feeds[symbol, default: []].append(Price(symbol: symbol, value: value))
        }
        await withTaskGroup(of: Void.self) { group in
            for prices in feeds.values {
                group.addTask {
                    for price in prices { await bus.publish(price) }
                }
            }
        }
    }
}
