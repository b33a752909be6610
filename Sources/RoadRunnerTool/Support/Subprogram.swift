import RoadRunnerRuntime
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A program that is run with arguments, without a shell.
package struct Subprogram: Sendable {
    /// A program's end and its output.
    package struct Result: Sendable {
        package let isSuccess: Bool
        /// The exit code, or the signal.
        package let status: String
        package let output: String
        package let errors: String
    }

    package let path: String
    package let arguments: [String]
    /// The whole environment.
    package let variables: [String: String]
    package let directory: String

    package init(_ path: String, _ arguments: [String], variables: [String: String], directory: String) {
        self.path = path
        self.arguments = arguments
        self.variables = variables
        self.directory = directory
    }

    /// Waits for the program to exit, and collects its output, up to a limit.
    ///
    /// - Throws: when it cannot be started, writes too much, or does not exit in time; it is killed then.
    package func run(within limit: Duration = .seconds(60)) async throws(ToolError) -> Result {
        do {
            return try await withDeadline(limit) {
                let result = try await Subprocess.run(
                    self.configuration(), input: .none, output: .bytes(limit: Self.limit), error: .bytes(limit: Self.limit))
                return Result(
                    isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
                    output: String(decoding: result.standardOutput, as: UTF8.self),
                    errors: String(decoding: result.standardError, as: UTF8.self))
            }
        } catch is DeadlineExceeded {
            throw ToolError(.notStarted, "\(self.path) did not exit within \(limit)")
        } catch {
            throw ToolError(.notStarted, "\(self.path) cannot be run: \(error)")
        }
    }

    /// Waits for the program to exit, and passes on each line of both outputs.
    ///
    /// When the task is cancelled, the program is asked to stop, and killed after ten seconds.
    ///
    /// - Returns: whether it succeeded, and its status.
    package func run(_ line: @escaping @Sendable (String) -> Void) async throws(ToolError) -> (isSuccess: Bool, status: String) {
        do {
            let result = try await Subprocess.run(
                self.configuration(grace: .seconds(10)), input: .none, output: .sequence, error: .combinedWithOutput
            ) { execution in
                for try await text in execution.standardOutput.strings(bufferingPolicy: .maxLineLength(Self.limit)) { line(text) }
            }
            return (result.terminationStatus.isSuccess, "\(result.terminationStatus)")
        } catch {
            throw ToolError(.notStarted, "\(self.path) cannot be run: \(error)")
        }
    }

    private func configuration(grace: Duration? = nil) -> Configuration {
        var options = PlatformOptions()
        // Its own group, so that Ctrl-C reaches only the tool, which stops its programs in order.
        options.processGroupID = 0
        if let grace { options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: grace)] }
        return Configuration(
            executable: .path(FilePath(self.path)), arguments: Arguments(self.arguments),
            environment: .custom(
                Dictionary(
                    uniqueKeysWithValues: self.variables.compactMap { name, value in
                        Environment.Key(rawValue: name).map { ($0, value) }
                    })),
            workingDirectory: FilePath(self.directory), platformOptions: options)
    }

    /// The maximum size of each collected output, and of a line, in bytes.
    private static let limit = 8 * 1024 * 1024
}
