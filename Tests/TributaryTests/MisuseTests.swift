// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Misuse that must not compile, and use that must: the snippets of Tests/CompileTests.
///
/// A snippet says `// expect: <part of the diagnostic>`, once or more, or `// compiles`.
@Suite("Misuse does not compile")
struct MisuseTests {
    struct Snippet: Sendable, CustomTestStringConvertible {
        var file: URL
        var testDescription: String { file.deletingPathExtension().lastPathComponent }
    }

    static let packageDirectory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let snippets: [Snippet] = {
        let directory = packageDirectory.appending(path: "Tests/CompileTests")
        let files = try? FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "swift" }
            .sorted { $0.path < $1.path }.map(Snippet.init)
    }()

    /// Where this run's build left `Tributary.swiftmodule`: beside the test bundle, or above it,
    /// whatever the scratch path and the configuration.
    static let moduleDirectory: URL? = {
        let places = CommandLine.arguments.filter { $0.contains("/") } + [Bundle.main.bundlePath]
        for place in places {
            var directory = URL(filePath: place).resolvingSymlinksInPath()
            while directory.path != "/" {
                directory.deleteLastPathComponent()
                let modules = directory.appending(path: "Modules")
                let module = modules.appending(path: "Tributary.swiftmodule")
                if FileManager.default.fileExists(atPath: module.path) { return modules }
            }
        }
        return nil
    }()

    @Test("the snippets are found")
    func found() throws {
        #expect(Self.snippets.count >= 20)
        _ = try #require(Self.moduleDirectory)
    }

    @Test("snippet", arguments: snippets)
    func snippet(_ snippet: Snippet) throws {
        let source = try String(contentsOf: snippet.file, encoding: .utf8)
        let expectations = source.split(separator: "\n")
            .compactMap { $0.hasPrefix("// expect: ") ? String($0.dropFirst(11)) : nil }
        let compiles = source.contains("\n// compiles\n")
        try #require(compiles == expectations.isEmpty, "neither `expect` nor `compiles`, or both")

        let (status, output) = try Self.compile(snippet.file)
        if compiles {
            #expect(status == 0, "\(output)")
        } else {
            #expect(status != 0, "it compiled")
            let errors = output.split(separator: "\n").filter { $0.contains("error: ") }
            for expectation in expectations {
                #expect(
                    errors.contains { $0.contains(expectation) },
                    "missing “\(expectation)” in:\n\(output)")
            }
        }
    }

    /// As far as SIL: the checks of regions, lifetimes and ownership come after type checking.
    private static func compile(_ file: URL) throws -> (status: Int32, output: String) {
        let modules = try #require(moduleDirectory)
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = [
            "swiftc", "-swift-version", "6", "-parse-as-library", "-module-name", "Snippet",
            "-emit-sil", "-o", "/dev/null",
            "-I", modules.path,
            "-I", packageDirectory.appending(path: "include").path,
            // The C half of the executors has no module map but the one that the build has written.
            "-Xcc", "-fmodule-map-file=\(modules.path)/../CTributaryExecutors.build/module.modulemap",
            "-module-cache-path", modules.appending(path: "../SnippetModuleCache").path,
            file.path,
        ]
        // A sanitizer's settings are for this process.
        var environment = ProcessInfo.processInfo.environment
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS", "LD_PRELOAD"] { environment[name] = nil }
        compiler.environment = environment
        let pipe = Pipe()
        compiler.standardOutput = pipe
        compiler.standardError = pipe
        try compiler.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        compiler.waitUntilExit()
        return (compiler.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
