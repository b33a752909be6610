import Foundation

/// The environment in which a command runs.
package struct Surroundings: Sendable {
    /// The surroundings of the running command.
    @TaskLocal package static var current = Surroundings.ofProcess()

    /// The environment.
    package var variables: [String: String]
    /// The working directory.
    package var directory: String
    /// The console on which to print.
    package var console: Console
    /// Whether the process belongs to the command, which may then handle signals.
    package var trapsSignals = false

    package init(variables: [String: String], directory: String, console: Console) {
        self.variables = variables
        self.directory = directory
        self.console = console
    }

    /// Returns the surroundings of this process.
    package static func ofProcess() -> Surroundings {
        let variables = ProcessInfo.processInfo.environment
        var surroundings = Surroundings(
            variables: variables, directory: FileManager.default.currentDirectoryPath,
            console: Console.ofProcess(variables))
        surroundings.trapsSignals = true
        return surroundings
    }

    /// Resolves a path that the user passed.
    package func path(_ path: String) -> String { Paths.resolve(path, from: self.directory) }

    /// Finds the program that a command names, as shells and RoadRunner do: with a slash in it, it is a path; otherwise a name on the
    /// `PATH`.
    ///
    /// - Parameter folder: where relative paths start.
    /// - Returns: its path, also if nothing is there; nil if it is not on the `PATH`.
    package func program(named command: String, from folder: String) -> String? {
        command.utf8.contains(UInt8(ascii: "/")) ? Paths.resolve(command, from: folder) : self.program(command)
    }

    /// Finds a program by its name on the `PATH`.
    package func program(_ name: String) -> String? {
        for folder in (self.variables["PATH"] ?? "").split(separator: ":") {
            let path = self.path("\(folder)/\(name)")
            if Paths.isProgram(path) { return path }
        }
        return nil
    }
}
