package import ArgumentParser
import RoadRunnerRuntime

/// The command-line tool `rr-swift`: it creates projects, downloads RoadRunner, diagnoses the set-up, and serves during
/// development.
package struct RoadRunnerTool: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rr-swift",
        abstract: "Swift applications on RoadRunner: create, get RoadRunner, diagnose, develop.",
        discussion: """
            A new application, from nothing to its first response:

              rr-swift init shop && cd shop
              swift run         # serves without RoadRunner: http://127.0.0.1:8080/
              rr-swift get      # RoadRunner, into bin/
              rr-swift dev      # serves through it, and rebuilds on changes

            Colours and progress bars appear on terminals only, and not if NO_COLOR is set. Commands with results have \
            --json, for scripts. The exit code is 0 for success, 1 for failure, and 64 for invalid arguments.
            """,
        version: PackageVersion.current,
        subcommands: [
            InitCommand.self, GetCommand.self, CheckCommand.self, DevCommand.self, DescribeCommand.self, KeyCommand.self,
            KeypairCommand.self,
        ])

    package init() {}
}

extension RoadRunnerTool {
    /// Runs the tool as a process.
    ///
    /// - Returns: the exit code.
    package static func run() async -> Int32 {
        let surroundings = Surroundings.ofProcess()
        // RoadRunner starts the tool as its worker while the program cannot be built.
        if let page = surroundings.variables[StandIn.variable], surroundings.variables["RR_MODE"] != nil {
            await StandIn.serve(page)
        }
        return await Self.run(Array(CommandLine.arguments.dropFirst()), in: surroundings)
    }

    /// Runs one command line.
    ///
    /// - Returns: the exit code.
    package static func run(_ arguments: [String], in surroundings: Surroundings) async -> Int32 {
        await Surroundings.$current.withValue(surroundings) {
            do {
                var command = try Self.parseAsRoot(arguments)
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch let error as ToolError {
                surroundings.console.error(error)
                return 1
            } catch {
                let code = Self.exitCode(for: error).rawValue
                let text = Self.fullMessage(for: error)
                if !text.isEmpty { code == 0 ? surroundings.console.print(text) : surroundings.console.printError(text) }
                return code
            }
        }
    }
}
