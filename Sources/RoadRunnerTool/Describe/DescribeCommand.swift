import ArgumentParser
import RoadRunnerRuntime

/// `rr-swift describe`.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show what a program serves: routes, events, storages, metrics.",
        discussion: """
            Builds the program, and starts it with APP_RUNTIME=describe: the kernel is built as for serving, but nothing is served, and no \
            RoadRunner is called. Warnings that it logs are shown as well. Your own plugins describe themselves by a \
            conformance to SelfDescribing.
            """)

    @Option(help: ArgumentHelp("The project's folder.", valueName: "folder"))
    var packagePath = "."

    @Option(help: ArgumentHelp("The build folder, instead of .build.", valueName: "folder"))
    var scratchPath: String?

    @Option(help: "The program, if the package has several.")
    var product: String?

    @Option(help: ArgumentHelp("A program that is built already.", valueName: "path"))
    var binary: String?

    @Flag(help: "Print JSON, as the program writes it.")
    var json = false

    func run() async throws {
        let surroundings = Surroundings.current
        let folder = surroundings.path(self.packagePath)
        let program: String
        if let binary {
            program = surroundings.path(binary)
        } else {
            program = try await self.build(folder, surroundings)
        }
        let description = try await ProgramDescription.ask(
            program, variables: surroundings.variables, directory: folder, boots: true)
        if self.json { return surroundings.console.print(description.json) }
        Self.print(description, surroundings.console)
    }

    private func build(_ folder: String, _ surroundings: Surroundings) async throws -> String {
        let package = try Package(folder, scratchPath: self.scratchPath.map(surroundings.path), surroundings)
        let product: String
        if let named = self.product { product = named } else { product = try await package.product() }
        let console = surroundings.console
        guard try await package.build(product, "debug", { console.printError($0) }) else {
            throw ToolError(.buildFailed, "\(product) does not compile: see above")
        }
        return "\(try await package.binaries("debug"))/\(product)"
    }

    private static func print(_ description: ProgramDescription, _ console: Console) {
        console.print("\(console.styled(description.kernel, .bold)) serves \(description.modes.joined(separator: ", "))")
        for table in description.tables {
            console.print("\n\(console.styled("Routes of \(table.mode)", .bold))")
            var rows: [(kinds: String, pattern: String?)] = []
            for route in table.routes {
                // Several methods of one path share a row.
                if let last = rows.last, last.pattern == route.pattern, route.pattern?.hasPrefix("/") == true {
                    rows[rows.count - 1].kinds += ", \(route.kind)"
                } else {
                    rows.append((route.kind, route.pattern))
                }
            }
            let width = rows.map(\.kinds.count).max() ?? 0
            for row in rows {
                let kinds = row.kinds + String(repeating: " ", count: max(0, width - row.kinds.count))
                console.print("  \(kinds)  \(row.pattern ?? "everything")")
            }
        }
        Self.print(
            "Storages",
            description.storages.map { storage in
                storage.name + (storage.prefix.isEmpty ? "" : ", keys begin with \(storage.prefix)")
                    + (storage.isSealed ? ", encrypted" : "")
            }, console)
        Self.print(
            "Metrics",
            description.metrics.map { metric in
                "\(metric.name)  \(metric.kind)\(metric.labels.isEmpty ? "" : "  \(metric.labels.joined(separator: ", "))")"
            }, console)
        Self.print("Services", description.services, console)
        Self.print("Warnings", description.warnings, console)
    }

    private static func print(_ title: String, _ lines: [String], _ console: Console) {
        guard !lines.isEmpty else { return }
        console.print("\n\(console.styled(title, .bold))")
        for line in lines { console.print("  \(line)") }
    }
}
