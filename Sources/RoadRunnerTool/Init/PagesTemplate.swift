/// `Pages.swift` of a new project.
enum PagesTemplate {
    static func pages(_ choices: ProjectChoices) -> String {
        let counter = choices.storages.first?.name
        return String {
            if counter != nil || choices.encrypts { "import KVCache" }
            "import RoadRunner"
            ""
            "/// The routes of the program."
            "struct Pages {"
            if let counter { "    let \(counter): KeyValueStore" }
            if choices.encrypts { "    let vault: KeyValueStore" }
            if counter != nil || choices.encrypts { "" }
            "    func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {"
            "        router.get(\"/\") { _, _ in \"Hello from \(choices.name)!\\n\" }"
            ""
            "        router.get(\"hello/:name\") { _, context in"
            "            \"Hello, \\(try context.parameters.require(\"name\"))!\\n\""
            "        }"
            if let counter { Self.counter(counter) }
            if choices.encrypts { Self.vault }
            "    }"
            "}"
        }
    }

    private static func counter(_ storage: String) -> [String] {
        [
            "",
            "        let \(storage) = self.\(storage)",
            "        // Counts for all workers: without the lock two of them could read the same number.",
            "        router.get(\"counter\") { _, _ in",
            "            try await \(storage).withLock(\"counter\") {",
            "                let count = (try await \(storage).get(\"counter\", as: Int.self) ?? 0) &+ 1",
            "                try await \(storage).set(count, for: \"counter\")",
            "                return \"\\(count)\\n\"",
            "            }",
            "        }",
        ]
    }

    private static let vault = [
        "",
        "        let vault = self.vault",
        "        // Without the key these values cannot be read.",
        "        router.put(\"vault/:name\") { request, context in",
        "            let body = try await request.body.collect(upTo: 64 * 1024)",
        "            try await vault.set(String(buffer: body), for: try context.parameters.require(\"name\"))",
        "            return HTTPResponse.Status.noContent",
        "        }",
        "        router.get(\"vault/:name\") { _, context in",
        "            let name = try context.parameters.require(\"name\")",
        "            guard let text = try await vault.get(name, as: String.self) else { throw HTTPError(.notFound) }",
        "            return text",
        "        }",
    ]
}
