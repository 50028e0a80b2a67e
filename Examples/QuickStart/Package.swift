// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "QuickStart",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "quickstart", targets: ["QuickStart"]),
        .executable(name: "tour", targets: ["Tour"]),
    ],
    dependencies: [
        // The name is for the product below: without it, it would be the directory's.
        .package(name: "tributary", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "QuickStart",
            dependencies: [.product(name: "Tributary", package: "tributary")]),
        .executableTarget(
            name: "Tour",
            dependencies: [.product(name: "Tributary", package: "tributary")]),
    ],
    swiftLanguageModes: [.v6]
)
