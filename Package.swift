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
        .library(name: "CTributary", targets: ["CTributary"]),
    ],
    targets: [
        .systemLibrary(
            name: "CURCU",
            pkgConfig: "liburcu-cds",
            providers: [.apt(["liburcu-dev"]), .brew(["userspace-rcu"])]
        ),
        .target(
            name: "CTributary",
            dependencies: ["CURCU"],
            path: ".",
            sources: ["Sources/CTributary"],
            publicHeadersPath: "include"
        ),
        .target(name: "Tributary", dependencies: ["CTributary"]),
        .testTarget(
            name: "TributaryTests",
            dependencies: ["Tributary", "CTributary"],
            exclude: []
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
