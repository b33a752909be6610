/// `App.swift` of a new project.
enum KernelTemplate {
    static func kernel(_ choices: ProjectChoices) -> String {
        String {
            for name in choices.products.sorted() { "import \(name)" }
            ""
            "/// The application: built once per process, and served by RoadRunner or alone."
            "@main"
            "struct App: Kernel {"
            if choices.servesHTTP {
                "    private let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)"
                ""
            }
            if choices.usesCentrifugo {
                "    /// Standalone, CENTRIFUGO_API_URL is Centrifugo's address."
                "    static var integrations: [any LaunchIntegration] { [CentrifugoHTTPIntegration()] }"
                ""
            }
            Self.initializer(choices)
            ""
            "    var workers: some Workers {"
            if choices.servesHTTP { "        HTTP(self.router)" }
            if choices.usesCentrifugo { "        Chat.events" }
            "    }"
            "}"
        }
    }

    private static func initializer(_ choices: ProjectChoices) -> [String] {
        var used = choices.encrypts ? ["vault"] : []
        if let first = choices.storages.first { used.insert(first.name, at: 0) }
        // Those that no other part of the template uses.
        let others = choices.servesHTTP ? choices.storageNames.filter { !used.contains($0) } : choices.storageNames
        var body = Self.storages(choices)
        if !others.isEmpty {
            body += ["        // Storages that are not used yet.", "        _ = (\(others.joined(separator: ", ")))"]
        }
        if choices.servesHTTP {
            body.append("        Pages(\(used.map { "\($0): \($0)" }.joined(separator: ", "))).addRoutes(to: self.router)")
        }
        return body.isEmpty
            ? ["    init(_ boot: BootContext) {}"] : ["    init(_ boot: BootContext) async throws {"] + body + ["    }"]
    }

    private static func storages(_ choices: ProjectChoices) -> [String] {
        var lines = choices.storages.map {
            "        let \($0.name) = try await boot.keyValueStore(\"\($0.name)\", prefix: \"app:\")"
        }
        if choices.encrypts {
            lines += [
                "        let key = try EncryptionKey(contentsOf: \"var/vault.key\", creatingIfMissing: true, logger: boot.logger)",
                "        let vault = try await boot.keyValueStore(\"vault\", envelope: AEADEnvelope(key: key))",
            ]
        }
        return lines
    }
}
