/// The tests of a new project.
enum TestTemplate {
    static func tests(_ choices: ProjectChoices) -> String {
        let names = choices.storageNames.map { "\"\($0)\"" }.joined(separator: ", ")
        return String {
            "import RoadRunner"
            "import RoadRunnerTesting"
            "import Testing"
            ""
            "@testable import App"
            ""
            "@Suite struct AppTests {"
            if choices.servesHTTP {
                "    @Test func saysHello() async throws {"
                Self.worker(names, "") {
                    "    #expect(try await worker.send(.get(\"/\")).text == \"Hello from \(choices.name)!\\n\")"
                    "    #expect(try await worker.send(.get(\"/hello/ann\")).text == \"Hello, ann!\\n\")"
                }
                "    }"
            }
            if choices.servesHTTP, !choices.storages.isEmpty {
                ""
                "    @Test func counts() async throws {"
                Self.worker(names, "") {
                    "    #expect(try await worker.send(.get(\"/counter\")).text == \"1\\n\")"
                    "    #expect(try await worker.send(.get(\"/counter\")).text == \"2\\n\")"
                }
                "    }"
            }
            if choices.servesHTTP, choices.encrypts {
                ""
                "    @Test func keepsSecrets() async throws {"
                Self.worker(names, "") {
                    "    #expect(try await worker.send(.put(\"/vault/door\", body: \"1234\")).status == .noContent)"
                    "    #expect(try await worker.send(.get(\"/vault/door\")).text == \"1234\")"
                }
                "    }"
            }
            if choices.usesCentrifugo {
                if choices.servesHTTP { "" }
                "    @Test func letsPeopleWithNamesIn() async throws {"
                Self.worker(names, ", mode: .centrifuge") {
                    "    #expect(try await worker.send(.connect(data: #\"{\"name\":\"ann\"}\"#)).user == \"ann\")"
                    "    #expect(try await worker.send(.connect()).disconnectCode != nil)"
                }
                "    }"
            }
            "}"
        }
    }

    /// A worker with the storages that it uses.
    private static func worker(_ storages: String, _ mode: String, @LinesBuilder _ body: () -> [String]) -> [String] {
        guard !storages.isEmpty else {
            return ["        try await TestWorker.with(kernel: App.self\(mode)) { worker async throws in"]
                + body().map { "        \($0)" } + ["        }"]
        }
        return [
            "        try await TestRPCServer.with(storages: [\(storages)]) { server async throws in",
            "            try await TestWorker.with(kernel: App.self, environment: server.environment\(mode)) { worker async throws in",
        ] + body().map { "            \($0)" } + ["            }", "        }"]
    }
}
