// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, so that users of the library fetch none of what it depends on.
let package = Package(
    name: "async-algorithms-tests",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "tributary", path: "../.."),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
    ],
    targets: [
        .testTarget(
            name: "AsyncAlgorithmsTests",
            dependencies: [
                .product(name: "Tributary", package: "tributary"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
