// SPDX-License-Identifier: Apache-2.0

// The actors, each twice: a default actor and one with an executor. The scenarios are generic over the
// two and compiled for each, so that nothing but the executor differs.

protocol CountingActor: Actor {
    func add(_ value: UInt64)
    var sum: UInt64 { get }
}

actor DefaultCounter: CountingActor {
    private(set) var sum: UInt64 = 0
    func add(_ value: UInt64) { sum &+= value }
}

actor ExecutorCounter: CountingActor {
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private(set) var sum: UInt64 = 0
    func add(_ value: UInt64) { sum &+= value }

    init(_ executor: any SerialExecutor) { self.executor = executor }
}

/// A player of ping-pong, and a node of a ring.
protocol PassingActor: Actor {
    var hits: Int { get }
    func hit()
    /// Hits the other one, and oneself, in turn.
    func play(_ rounds: Int, with other: Self) async
    func setNext(_ next: Self?)
    /// Takes the token and says where it goes.
    func take() -> Self?
}

actor DefaultPasser: PassingActor {
    private(set) var hits = 0
    private var next: DefaultPasser?

    func hit() { hits += 1 }
    func play(_ rounds: Int, with other: DefaultPasser) async {
        for _ in 0..<rounds {
            await other.hit()
            hits += 1
        }
    }
    func setNext(_ next: DefaultPasser?) { self.next = next }
    func take() -> DefaultPasser? {
        hits += 1
        return next
    }
}

actor ExecutorPasser: PassingActor {
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private(set) var hits = 0
    private var next: ExecutorPasser?

    init(_ executor: any SerialExecutor) { self.executor = executor }

    func hit() { hits += 1 }
    func play(_ rounds: Int, with other: ExecutorPasser) async {
        for _ in 0..<rounds {
            await other.hit()
            hits += 1
        }
    }
    func setNext(_ next: ExecutorPasser?) { self.next = next }
    func take() -> ExecutorPasser? {
        hits += 1
        return next
    }
}
