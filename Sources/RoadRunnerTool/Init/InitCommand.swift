import ArgumentParser

extension ProjectChoices.Storage: ExpressibleByArgument {}
extension ProjectChoices.Runtime: ExpressibleByArgument {}

/// `rr-swift init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create a new application that builds and runs at once.",
        discussion: """
            Creates a folder with a package: a kernel and its routes, a test, .rr.yaml for production and .rr.dev.yaml for \
            development, .env, a Dockerfile, compose.yaml and a README. Existing files are never replaced.

            On a terminal it asks for choices without a flag; --yes accepts the defaults.

              rr-swift init shop
              rr-swift init shop --storage memory --storage redis --encryption
              rr-swift init chat --centrifugo --yes
              rr-swift init gateway --runtime native    # one process for all requests
            """)

    @Argument(help: "The package's name, and that of its folder.")
    var name: String

    @Flag(inversion: .prefixedNo, help: "Serve HTTP (the default), or not.")
    var http: Bool?

    @Flag(inversion: .prefixedNo, help: "Answer Centrifugo's events: websockets.")
    var centrifugo: Bool?

    @Option(
        name: .customLong("storage"),
        help: ArgumentHelp("A key-value storage, by its driver; repeatable.", valueName: "driver"))
    var storages: [ProjectChoices.Storage] = []

    @Flag(inversion: .prefixedNo, help: "A storage whose values are encrypted; needs libsodium.")
    var encryption: Bool?

    @Option(help: "How it runs in production: workers of a pool, a pool in one process, or a standalone process.")
    var runtime: ProjectChoices.Runtime?

    @Option(help: ArgumentHelp("A checkout of roadrunner-swift to depend on, instead of a release.", valueName: "folder"))
    var dependency: String?

    @Flag(name: .shortAndLong, help: "Ask no questions.")
    var yes = false

    @Flag(help: "Print JSON: the folder and its files.")
    var json = false

    private struct Report: Encodable {
        let folder: String
        let files: [String]
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let folder = surroundings.path(self.name)
        let choices = try self.choices(surroundings, name: folder.split(separator: "/").last.map(String.init) ?? self.name)
        try choices.check()
        let files = ProjectFiles(choices)
        try files.write(to: folder)
        if self.json { return try console.printJSON(Report(folder: folder, files: files.all.map(\.path).sorted())) }
        for file in files.all.sorted(by: { $0.path < $1.path }) {
            console.printError("  \(console.styled("+", .green)) \(self.name)/\(file.path)")
        }
        console.print(
            """
            \(console.styled("✓", .green)) \(self.name) is ready:

              cd \(self.name)
              swift run            # the first build takes some minutes; then http://127.0.0.1:8080/
              rr-swift get         # RoadRunner, into bin/
              rr-swift dev         # serves through RoadRunner, and rebuilds on changes
            """)
    }

    private func choices(_ surroundings: Surroundings, name: String) throws -> ProjectChoices {
        var choices = ProjectChoices(name: name)
        choices.servesHTTP = self.http ?? true
        choices.usesCentrifugo = self.centrifugo ?? false
        choices.storages = ProjectChoices.Storage.allCases.filter(self.storages.contains)
        choices.encrypts = self.encryption ?? false
        choices.runtime = self.runtime ?? .pool
        if let dependency {
            let path = surroundings.path(dependency)
            guard Paths.exists("\(path)/Package.swift") else {
                throw ToolError(
                    .noPackage, "\(path) has no Package.swift", remedy: "--dependency names a checkout of roadrunner-swift")
            }
            choices.dependency = .path(path)
        }
        if surroundings.console.isInteractive, !self.yes { self.ask(Questions(on: surroundings.console), &choices) }
        return choices
    }

    /// Asks for choices without a flag.
    private func ask(_ questions: Questions, _ choices: inout ProjectChoices) {
        if self.http == nil { choices.servesHTTP = questions.confirm("Serve HTTP?", default: true) }
        if self.centrifugo == nil {
            choices.usesCentrifugo = questions.confirm("Websockets, by Centrifugo?", default: !choices.servesHTTP)
        }
        if self.storages.isEmpty {
            let names = questions.select("Which storages?", from: ProjectChoices.Storage.allCases.map(\.rawValue))
            choices.storages = ProjectChoices.Storage.allCases.filter { names.contains($0.rawValue) }
        }
        if self.encryption == nil {
            choices.encrypts = questions.confirm("A storage with encrypted values? It needs libsodium.", default: false)
        }
        if self.runtime == nil, choices.servesHTTP {
            let name = questions.choose(
                "How does it run in production?",
                [
                    ("pool", "RoadRunner's workers, one request at a time each"),
                    ("shared", "the same pool in one process, for requests that mostly wait"),
                    ("native", "a standalone process that serves HTTP itself, without RoadRunner's TLS and middleware"),
                ])
            choices.runtime = ProjectChoices.Runtime(rawValue: name) ?? .pool
        }
    }
}
