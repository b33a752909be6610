import Synchronization
import TestSupport

@testable import RoadRunnerTool

/// One run of the tool's command line, in this process.
struct ToolRun: Sendable {
    let code: Int32
    let output: String
    let errors: String

    private final class Recorder: Sendable {
        private struct State {
            var output = ""
            var errors = ""
            var input: [String]
        }
        private let state: Mutex<State>

        init(input: [String]) { self.state = Mutex(State(input: input)) }

        var output: String { self.state.withLock { $0.output } }
        var errors: String { self.state.withLock { $0.errors } }
        func addOutput(_ text: String) { self.state.withLock { $0.output += text } }
        func addErrors(_ text: String) { self.state.withLock { $0.errors += text } }
        func nextLine() -> String? { self.state.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() } }
    }

    /// - Parameters:
    ///   - input: the typed lines; nil without a terminal.
    ///   - variables: added to the environment; nil removes one.
    @discardableResult
    static func of(
        _ arguments: [String], in folder: String, input: [String]? = nil, isColoured: Bool = false,
        variables: [String: String?] = [:]
    ) async -> ToolRun {
        let recorder = Recorder(input: input ?? [])
        let console = Console(
            isInteractive: input != nil, isColoured: isColoured, output: { recorder.addOutput($0) },
            errors: { recorder.addErrors($0) }, input: { recorder.nextLine() })
        var environment = TestSupport.Environment.withoutRoadRunner
        environment["RR_BINARY"] = nil
        for (name, value) in variables { environment[name] = value }
        let code = await RoadRunnerTool.run(
            arguments, in: Surroundings(variables: environment, directory: folder, console: console))
        return ToolRun(code: code, output: recorder.output, errors: recorder.errors)
    }

    /// Both outputs together.
    var text: String { self.output + self.errors }
}
