// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, so that users of the library do not fetch the argument parser.
let package = Package(
    name: "WordCount",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "wordcount", targets: ["WordCount"])],
    dependencies: [
        // The name is for the product below: without it, it would be the directory's.
        .package(name: "tributary", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "WordCount",
            dependencies: [
                .product(name: "Tributary", package: "tributary"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
