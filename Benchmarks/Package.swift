// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackageDescription

// `make bench-peers` sets it, and builds in a folder of its own: SwiftNIO takes longer to build than all the rest.
let withPeers = ProcessInfo.processInfo.environment["TRIBUTARY_PEERS"] != nil

// The Swift twin of cbench. A package of its own, so that users of the library fetch none of what
// it depends on.
let package = Package(
    name: "tributary-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "tributary-benchmark", targets: ["TributaryBenchmark"])
    ],
    dependencies: [
        .package(name: "tributary", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    ] + (withPeers ? [.package(url: "https://github.com/apple/swift-nio", from: "2.80.0")] : []),
    targets: [
        .target(name: "CBenchmarkSupport"),
        .executableTarget(
            name: "TributaryBenchmark",
            dependencies: [
                "CBenchmarkSupport",
                .product(name: "Tributary", package: "tributary"),
                .product(name: "TributaryExecutors", package: "tributary"),
                .product(name: "CTributary", package: "tributary"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "DequeModule", package: "swift-collections"),
            ] + (withPeers ? [.product(name: "NIOCore", package: "swift-nio")] : []),
            swiftSettings: withPeers ? [.define("TRIBUTARY_PEERS")] : []
        ),
    ],
    swiftLanguageModes: [.v6]
)
