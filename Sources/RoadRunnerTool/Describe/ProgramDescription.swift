import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A program's description of itself. Programs of other releases may omit parts.
struct ProgramDescription: Sendable {
    /// The JSON that the program printed.
    let json: String
    private let description: KernelDescription

    var kernel: String { self.description.kernel }
    var modes: [String] { self.description.modes }
    var tables: [KernelDescription.Table] { self.description.tables }
    var storages: [KernelDescription.Storage] { self.description.storages }
    var metrics: [KernelDescription.Metric] { self.description.metrics }
    var services: [String] { self.description.services }
    var warnings: [String] { self.description.warnings }

    init(json: String) throws {
        self.json = String(json.reversed().drop { $0.isNewline }.reversed())
        self.description = try JSONDecoder().decode(KernelDescription.self, from: Data(json.utf8))
    }

    /// Asks a program. Its environment is cleared of RoadRunner's variables, so it calls no RoadRunner.
    ///
    /// - Parameter boots: whether it builds its kernel.
    static func ask(
        _ program: String, variables: [String: String], directory: String, boots: Bool
    ) async throws(ToolError) -> ProgramDescription {
        var variables = variables.filter { !ProcessConfiguration.environmentOnly.contains($0.key) }
        variables["APP_RUNTIME"] = DescribeRuntime.name.rawValue
        variables["APP_DESCRIBE"] = boots ? nil : "modes"
        let result = try await Subprogram(program, [], variables: variables, directory: directory)
            .run(within: boots ? .seconds(60) : .seconds(20))
        guard result.isSuccess, let description = try? ProgramDescription(json: result.output) else {
            let text = result.errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it printed nothing"
            throw ToolError(
                .noDescription, "\(program) did not describe itself (\(result.status)): \(text.prefix(1000))",
                remedy: "it must be a program of this release of roadrunner-swift whose kernel can be built here")
        }
        return description
    }
}
