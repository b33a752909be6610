import Foundation

/// What a command finds where it is run.
package struct Surroundings: Sendable {
    /// Those of the command that runs.
    @TaskLocal package static var current = Surroundings.ofProcess()

    /// The environment.
    package var variables: [String: String]
    /// The working directory.
    package var directory: String
    /// Where to print.
    package var console: Console
    /// Whether the process is the command's own, so that it may decide what signals do.
    package var trapsSignals = false

    package init(variables: [String: String], directory: String, console: Console) {
        self.variables = variables
        self.directory = directory
        self.console = console
    }

    /// Those of this process.
    package static func ofProcess() -> Surroundings {
        let variables = ProcessInfo.processInfo.environment
        var surroundings = Surroundings(
            variables: variables, directory: FileManager.default.currentDirectoryPath,
            console: Console.ofProcess(variables))
        surroundings.trapsSignals = true
        return surroundings
    }

    /// A path as the user has given it.
    package func path(_ path: String) -> String { Paths.resolve(path, from: self.directory) }

    /// A program, by its name on the `PATH`.
    package func program(_ name: String) -> String? {
        for folder in (self.variables["PATH"] ?? "").split(separator: ":") {
            let path = self.path("\(folder)/\(name)")
            if Paths.isProgram(path) { return path }
        }
        return nil
    }
}
