// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tributary

/// What stands in for an audio driver's callback. Between the first period and the last: no allocation, no lock, no wait
/// but the one for its period.
enum RealTimeThread {
    static func start(playing samples: Samples, into sender: consuming Sender<Report>) {
        var sender = sender
        startThread(name: "real time") { play(samples, into: &sender) }
    }  // the sender ends with its thread, which ends the display's loop

    private static func play(_ samples: Samples, into sender: inout Sender<Report>) {
        var performance = Performance()
        performance.isRealTime = requestRealTime()
        var next = nanoseconds()
        var start = 0
        while start < samples.count {
            let peak = samples.peak(from: start, count: Samples.inPeriod)

            let before = nanoseconds()
            do throws(SendError<Report>) {
                try sender.trySend(.level(peak: peak))
            } catch {
                performance.dropped += 1  // the display is behind: this level is old before it is seen
            }
            let duration = nanoseconds() - before
            performance.totalNanoseconds += duration
            performance.worstNanoseconds = max(performance.worstNanoseconds, duration)
            performance.periods += 1

            start += Samples.inPeriod
            next += 1_000_000
            sleep(until: next)
        }
        try? sender.sendBlocking(.ended(performance))
    }

    /// `false`: the system does not let this process; then the thread is an ordinary one.
    private static func requestRealTime() -> Bool {
        var parameters = sched_param()
        parameters.sched_priority = sched_get_priority_min(SCHED_FIFO)
        return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0
    }

    private static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// The period's clock: instants, not durations, so that lateness does not add up.
    private static func sleep(until instant: Int) {
        let duration = instant - nanoseconds()
        guard duration > 0 else { return }
        var time = timespec(tv_sec: duration / 1_000_000_000, tv_nsec: duration % 1_000_000_000)
        nanosleep(&time, nil)
    }
}
