// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let tributary = Target.Dependency.product(name: "Tributary", package: "tributary")
let executors = Target.Dependency.product(name: "TributaryExecutors", package: "tributary")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// One package for all patterns, so that the library is built once for them.
let package = Package(
    name: "Patterns",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "aggregator", targets: ["Aggregator"]),
        .executable(name: "actors", targets: ["Actors"]),
        .executable(name: "event-bus", targets: ["EventBus"]),
        .executable(name: "work-stealing", targets: ["WorkStealing"]),
        .executable(name: "c-callback", targets: ["CCallback"]),
        .executable(name: "level-meter", targets: ["LevelMeter"]),
        .executable(name: "executors-tour", targets: ["ExecutorsTour"]),
    ],
    dependencies: [
        // The name is for the products above: without it, it would be the directory's.
        .package(name: "tributary", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(name: "Aggregator", dependencies: [tributary, arguments]),
        .executableTarget(name: "Actors", dependencies: [tributary, executors, arguments]),
        .executableTarget(name: "EventBus", dependencies: [tributary, arguments]),
        .executableTarget(name: "WorkStealing", dependencies: [executors, arguments]),
        .target(name: "CLines"),
        .executableTarget(name: "CCallback", dependencies: [tributary, arguments, "CLines"]),
        .executableTarget(name: "LevelMeter", dependencies: [tributary, arguments]),
        .executableTarget(name: "ExecutorsTour", dependencies: [tributary, executors]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
