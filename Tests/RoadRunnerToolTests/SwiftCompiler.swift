import Foundation
import TestSupport
import Testing

@testable import RoadRunnerTool

/// The compiler, which checks sources against the modules of the tests' build: in seconds instead of a build's minutes.
struct SwiftCompiler: Sendable {
    private static let path: String? = Surroundings.ofProcess().program("swiftc")
    static let isThere = path != nil

    /// The search paths for the package's modules, and the maps of C modules.
    private static let flags: [String] = {
        let built = Paths.folder(of: BuiltProducts.path("x"))
        let root = Checkout.root.path()
        let manager = FileManager.default
        func maps(_ folder: String, _ suffixes: [String]) -> [String] {
            ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).flatMap { name in
                suffixes.map { "\(folder)/\(name)/\($0)" }
            }
        }
        let checkouts = "\(root)/.build/checkouts"
        let all =
            maps(built, ["module.modulemap"]).filter { $0.contains(".build/module.modulemap") }
            + maps("\(root)/Sources", ["module.modulemap", "include/module.modulemap"])
            + ((try? manager.contentsOfDirectory(atPath: checkouts)) ?? [])
            .flatMap { maps("\(checkouts)/\($0)/Sources", ["include/module.modulemap"]) }
        return ["-swift-version", "6", "-I", "\(built)/Modules"]
            + all.filter(manager.fileExists).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] } + Self.plugins
    }()

    /// The macros of Swift Testing.
    private static let plugins: [String] = {
        guard let path = Self.path else { return [] }
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path()
        return ["-plugin-path", Paths.resolve("../lib/swift/host/plugins/testing", from: Paths.folder(of: resolved))]
    }()

    /// - Returns: the errors in a program and its tests; empty without any.
    static func problems(ofPackageIn folder: String) async throws -> String {
        func sources(_ place: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(place)").filter { $0.hasSuffix(".swift") }.sorted()
                .map { "\(folder)/\(place)/\($0)" }
        }
        let program = try await Self.run(
            ["-emit-module", "-enable-testing", "-parse-as-library", "-module-name", "App", "-o", "\(folder)/App.swiftmodule"]
                + sources("Sources/App"), folder)
        guard program.isEmpty else { return program }
        return try await Self.run(
            ["-typecheck", "-parse-as-library", "-module-name", "AppTests", "-I", folder] + sources("Tests/AppTests"), folder)
    }

    private static func run(_ arguments: [String], _ folder: String) async throws -> String {
        let result = try await Subprogram(
            try #require(Self.path), Self.flags + arguments, variables: ProcessInfo.processInfo.environment, directory: folder
        ).run(within: .seconds(300))
        let warned = result.errors.contains("warning:")
        return result.isSuccess && !warned ? "" : "\(result.status): \(result.errors)"
    }
}
