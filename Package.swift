// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "tributary",
    // Span and OutputSpan are compiled into the client; Duration and the runtime's noncopyable
    // generics set the floor.
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "Tributary", targets: ["Tributary"]),
        .library(name: "TributaryExecutors", targets: ["TributaryExecutors"]),
        .library(name: "CTributary", targets: ["CTributary"]),
    ],
    targets: [
        .systemLibrary(
            name: "CURCU",
            pkgConfig: "liburcu-cds",
            providers: [.apt(["liburcu-dev"]), .brew(["userspace-rcu"])]
        ),
        // At the root, so that C users find include/ where they expect it. A scratch path inside of
        // the package has to lie in .build/ then: SwiftPM takes any other for a part of this target.
        .target(
            name: "CTributary",
            dependencies: ["CURCU"],
            path: ".",
            sources: ["Sources/CTributary"],
            publicHeadersPath: "include"
        ),
        .target(name: "Tributary", dependencies: ["CTributary"]),
        // The C half of TributaryExecutors, which uses the core's own headers.
        .target(name: "CTributaryExecutors", dependencies: ["CTributary", "CURCU"]),
        .target(name: "TributaryExecutors", dependencies: ["Tributary", "CTributaryExecutors"]),
        .testTarget(name: "TributaryTests", dependencies: ["Tributary", "CTributary"]),
        .testTarget(name: "TributaryExecutorsTests", dependencies: ["TributaryExecutors", "Tributary"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
