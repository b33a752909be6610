#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The Swift package of a project, which the `swift` of the `PATH` builds.
struct Package: Sendable {
    let folder: String
    /// The build folder; nil for SwiftPM's default.
    let scratchPath: String?
    let surroundings: Surroundings
    private let swift: String

    /// - Throws: when the folder has no package, or there is no Swift.
    init(_ folder: String, scratchPath: String? = nil, _ surroundings: Surroundings) throws(ToolError) {
        guard Paths.exists("\(folder)/Package.swift") else {
            throw ToolError(
                .noPackage, "\(folder) has no Package.swift",
                remedy: "--package-path names the project's folder; rr-swift init creates one")
        }
        guard let swift = surroundings.program("swift") else {
            throw ToolError(.notStarted, "there is no swift on the PATH", remedy: "https://www.swift.org/install")
        }
        self.folder = folder
        self.scratchPath = scratchPath
        self.surroundings = surroundings
        self.swift = swift
    }

    /// The package's program: its only executable product.
    func product() async throws(ToolError) -> String {
        struct Manifest: Decodable {
            struct Product: Decodable {
                let name: String
                let type: [String: [String]?]
            }
            let products: [Product]
            struct Target: Decodable {
                let name: String
                let type: String
            }
            let targets: [Target]
        }
        let result = try await self.command(["package", "dump-package"]).run(within: .seconds(300))
        guard result.isSuccess, let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(result.output.utf8)) else {
            throw ToolError(.noPackage, "the package in \(self.folder) cannot be read: \(result.errors.prefix(2000))")
        }
        // SwiftPM creates products for executable targets that no product names.
        let declared = manifest.products.filter { $0.type.keys.contains("executable") }.map(\.name)
        let names = declared + manifest.targets.filter { $0.type == "executable" && !declared.contains($0.name) }.map(\.name)
        guard let name = names.first, names.count == 1 else {
            throw ToolError(
                .noPackage,
                names.isEmpty
                    ? "the package in \(self.folder) has no program"
                    : "the package has several programs: \(names.joined(separator: ", "))",
                remedy: names.isEmpty ? "add an executable target" : "choose one with --product")
        }
        return name
    }

    /// The folder of built programs.
    func binaries(_ configuration: String) async throws(ToolError) -> String {
        let result = try await self.command(["build", "-c", configuration, "--show-bin-path"]).run(within: .seconds(300))
        let path = result.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        guard result.isSuccess, path.hasPrefix("/") else {
            throw ToolError(.noPackage, "swift does not report its build folder: \(result.errors.prefix(2000))")
        }
        return path
    }

    /// Builds a program.
    ///
    /// - Parameter line: called with each line of the compiler's output.
    /// - Returns: whether the build succeeded.
    func build(_ product: String, _ configuration: String, _ line: @escaping @Sendable (String) -> Void) async throws(ToolError)
        -> Bool
    {
        try await self.command(["build", "-c", configuration, "--product", product]).run(line).isSuccess
    }

    private func command(_ arguments: [String]) -> Subprogram {
        let place = self.scratchPath.map { ["--scratch-path", $0] } ?? []
        let position = arguments.first == "package" ? 1 : arguments.endIndex
        return Subprogram(
            self.swift, Array(arguments[..<position]) + ["--package-path", self.folder] + place + Array(arguments[position...]),
            variables: self.surroundings.variables, directory: self.folder)
    }
}
