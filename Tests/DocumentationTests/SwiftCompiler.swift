import Foundation
import RoadRunnerTesting
import TestSupport

/// The compiler that built the tests. It checks code against the modules of that build.
struct SwiftCompiler {
    /// An error in a line.
    struct Diagnostic: Equatable {
        let path: String
        let line: Int
        let column: Int
        let message: String
    }

    private let compiler: String
    private let modules: String
    private let moduleMaps: [String]

    /// - Returns: nil if the modules are not in the layout of `swift build`, or no compiler is found.
    init?() {
        let products = URL(filePath: BuiltProducts.path("Modules")).standardizedFileURL
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/swiftc" }
        guard FileManager.default.fileExists(atPath: products.path()),
            let compiler = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) })
        else { return nil }
        self.compiler = compiler
        self.modules = products.path()
        // The maps of C modules, both from packages and from the build.
        let debug = products.deletingLastPathComponent()
        let scratch = debug.deletingLastPathComponent().deletingLastPathComponent()
        let packages = Self.children(of: scratch.appending(path: "checkouts"))
            .flatMap { Self.children(of: $0.appending(path: "Sources")) }.map { $0.appending(path: "include") }
        self.moduleMaps = (packages + Self.children(of: debug)).map { $0.appending(path: "module.modulemap").path() }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    private static func children(of folder: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.sorted().map { folder.appending(path: $0) }
    }

    /// Checks files as parts of one module, as the compiler does for a package with the tools version 6.2.
    ///
    /// That includes errors found after type checking: data races, and values used before initialization.
    ///
    /// - Returns: the errors, or the rest of the output if the compiler failed without one.
    func check(_ sources: [String]) async throws -> [Diagnostic] {
        try await withTemporaryDirectory { folder in
            var arguments = [
                "-emit-sil", "-o", "/dev/null", "-whole-module-optimization", "-swift-version", "6", "-parse-as-library",
                "-module-name", "Blocks", "-suppress-warnings",
                "-I", self.modules, "-Xcc", "-I\(Checkout.root.appending(path: "Sources/CSodium").path())",
            ]
            #if os(Linux)
            // `PackageDescription`, for manifests.
            let toolchain = URL(filePath: self.compiler).resolvingSymlinksInPath().deletingLastPathComponent()
            arguments += [
                "-I", toolchain.appending(path: "../lib/swift/pm/ManifestAPI").standardizedFileURL.path(),
                "-package-description-version", "6.2.0",
            ]
            #endif
            arguments += self.moduleMaps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
            for (index, source) in sources.enumerated() {
                let file = "\(folder)/Block\(index).swift"
                try source.write(toFile: file, atomically: false, encoding: .utf8)
                arguments.append(file)
            }
            let list = "\(folder)/arguments"
            try arguments.map { "\"\($0)\"" }.joined(separator: "\n").write(toFile: list, atomically: false, encoding: .utf8)
            let process = try ChildProcess(
                "/bin/sh", arguments: ["-c", "'\(self.compiler)' '@\(list)' > '\(folder)/output' 2>&1"],
                environment: ProcessInfo.processInfo.environment, input: nil, output: nil, loop: Peer.sharedLoop())
            let status = await process.waitForExit(timeout: .seconds(240))
            let output = try String(contentsOfFile: "\(folder)/output", encoding: .utf8)
            let found = output.matches(of: /(?m)^(.+?):(\d+):(\d+): error: (.*)$/).map {
                Diagnostic(
                    path: String($0.1), line: Int($0.2) ?? 0, column: Int($0.3) ?? 0, message: String($0.4))
            }
            if found.isEmpty, status != .exited(0) { return [Diagnostic(path: "", line: 0, column: 0, message: output)] }
            return found
        }
    }
}
