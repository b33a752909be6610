import Foundation
import TestSupport
import Testing

@testable import RoadRunnerTool

/// `scripts/demo` in a folder whose other scripts build nothing.
@Suite(.timeLimit(.minutes(1))) struct DemoScriptTests {
    /// It understands `RR_BINARY` as the tool does.
    @Test(arguments: ["tools/own-rr", "./tools/own-rr", "own-rr", "/ROOT/tools/own-rr"])
    func findsRoadRunner(_ named: String) async throws {
        try await Self.run(named) { result, folder, found in
            #expect(result.isSuccess, "\(result.errors)")
            #expect(result.output.contains("served by "))
            #expect(result.output.contains("/tools/own-rr\n"), "\(result.output)")
            #expect(found == RoadRunnerBinary(path: "\(folder)/elsewhere/tools/own-rr", version: "2025.1.15"))
        }
    }

    @Test(arguments: ["no-such-rr", "elsewhere/tools/own-rr"]) func refusesAnotherProgram(_ named: String) async throws {
        try await Self.run(named) { result, _, found in
            #expect(!result.isSuccess)
            #expect(
                result.errors.contains("RR_BINARY is ") && result.errors.contains("\(named), which is not"), "\(result.errors)")
            #expect(found?.version == nil)
        }
    }

    /// Runs it from another folder.
    private static func run(
        _ named: String, _ body: (Subprogram.Result, _ folder: String, _ found: RoadRunnerBinary?) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder async throws in
            let folder = Paths.resolve(folder, from: "/")
            let script = try TestFile.read(Checkout.root.appending(path: "scripts/demo").path())
            try TestFile.write(script, to: "\(folder)/scripts/demo", mode: 0o755)
            for name in ["dependencies", "examples"] {
                try TestFile.write("#!/bin/sh\necho /nowhere\n", to: "\(folder)/scripts/\(name)", mode: 0o755)
            }
            try TestFile.write(
                "#!/bin/sh\n[ \"$1\" = serve ] && echo \"served by $0\" || echo rr version 2025.1.15\n",
                to: "\(folder)/elsewhere/tools/own-rr", mode: 0o755)
            var variables = Environment.withoutRoadRunner
            variables["PATH"] = "\(folder)/elsewhere/tools:\(variables["PATH"] ?? "")"
            variables["RR_BINARY"] = named.replacing("/ROOT", with: "\(folder)/elsewhere")
            let directory = "\(folder)/elsewhere"
            let result = try await Subprogram("\(folder)/scripts/demo", [], variables: variables, directory: directory).run()
            let surroundings = Surroundings(
                variables: variables, directory: directory, console: Console(output: { _ in }, errors: { _ in }))
            try await body(result, folder, await RoadRunnerBinary.find(in: folder, surroundings))
        }
    }
}
