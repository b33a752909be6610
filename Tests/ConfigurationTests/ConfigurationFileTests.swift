import Foundation
import RoadRunnerConfiguration
import Testing

@Suite struct ConfigurationFileTests {
    @Test func valuesAreExpandedAndKeysAreNot() throws {
        let yaml = """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:${PORT:-6001}" }
            $A: kept
            http:
              middleware: ["$A", "gzip"]
              mixed: ["$A", 1, "b"]
              numbers: [1, 2]
              pool: { num_workers: 4, debug: true, allocate_timeout: 1.5 }
            kv:
              MyCache: { driver: memory, config: {} }
              off:
            """
        let file = try ConfigurationFile.parse(yaml, environment: ["A": "headers"])
        #expect(file["rpc"]?["listen"] == .string("tcp://127.0.0.1:6001"))
        #expect(file["$A"] == .string("kept"))
        #expect(file["http"]?["middleware"] == .list([.string("headers"), .string("gzip")]))
        // A list that contains strings keeps only the strings.
        #expect(file["http"]?["mixed"] == .list([.string("headers"), .string("b")]))
        #expect(file["http"]?["numbers"] == .list([.integer(1), .integer(2)]))
        #expect(
            file["http"]?["pool"] == .map(["num_workers": .integer(4), "debug": .bool(true), "allocate_timeout": .number(1.5)]))
        // Keys are case-insensitive.
        #expect(file["KV"]?["mycache"]?["driver"]?.string == "memory")
        #expect(file["kv"]?["off"] == .null)
    }

    /// Only certain letters after the zero denote a base.
    @Test(
        arguments: [
            ("0a1", .string("0a1")), ("0z7", .string("0z7")), ("0d12", .string("0d12")), ("0e12", .number(0)),
            ("010", .integer(8)),
            ("0x10", .integer(16)), ("0b11", .integer(3)), ("0o17", .integer(15)),
        ] as [(String, ConfigurationValue)])
    func numbersWithLetters(_ text: String, _ value: ConfigurationValue) throws {
        #expect(try ConfigurationFile.parse("own: { a: \(text) }", environment: [:])["own"] == .map(["a": value]))
    }

    @Test func mergeKeysAndAnchorsAreFollowed() throws {
        let yaml = """
            base: &base { a: 1, b: 2 }
            own: { <<: *base, b: 3 }
            """
        let file = try ConfigurationFile.parse(yaml, environment: [:])
        #expect(file["own"] == .map(["a": .integer(1), "b": .integer(3)]))
    }

    @Test(arguments: ["- a\n- b\n", "just text", "a: [unclosed", "a: *nowhere", ""])
    func malformedFilesAreRefusedWithTheirPath(_ yaml: String) {
        let error = #expect(throws: ConfigurationFileError.self) {
            try ConfigurationFile.parse(yaml, from: "conf/.rr.yaml", environment: [:])
        }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains("conf/.rr.yaml") == true)
    }

    @Test func hugeAndDeepTreesAreRefused() {
        // Ten levels of ten references each expand to ten billion values.
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...9 {
            bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: ConfigurationFileError.self) { try ConfigurationFile.parse(bomb, environment: [:]) }
        let deep = "a: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: ConfigurationFileError.self) { try ConfigurationFile.parse(deep, environment: [:]) }
    }

    private func withFiles<Result>(_ files: [String: String], _ body: (String) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        return try await body(directory.path() + "/")
    }

    /// The file's text may contain a password.
    @Test(arguments: [
        ("redis: { password: \"hunter2", 1), ("a: 1\nredis: { password: hunter2 ]", 2), ("a: 1\n  b: hunter2\n c: hunter2", 2),
        ("a: 1\nhunter2: 1\nhunter2: 2", 2), ("a: 1\nb: *hunter2", 2), ("a: 1\nb: %hunter2", 2), ("a: 1\nb: @hunter2", 2),
    ])
    func errorsNameThePlaceAndNothingOfTheFile(_ yaml: String, _ line: Int) {
        let error = #expect(throws: ConfigurationFileError.self) { try ConfigurationFile.parse(yaml, environment: [:]) }
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.description.contains("line \(line), column ") == true, "\(error?.description ?? "")")
    }

    @Test func includedFilesReplaceSectionsAndEnvfileFillsVariables() async throws {
        try await withFiles([
            ".rr.yaml": """
            version: "3"
            include: ["kv.yaml"]
            envfile: "rr.env"
            kv: { old: { driver: memory } }
            server: { command: "${APP:-app}", user: "$WHO" }
            """,
            "kv.yaml": """
            version: "3"
            kv: { new: { driver: "$DRIVER" } }
            """,
            "rr.env": "DRIVER=boltdb\nWHO=from-file\n",
        ]) { directory in
            let file = try await ConfigurationFile.read(
                path: directory + ".rr.yaml", environment: ["WHO": "from-environment"], experimental: true)
            #expect(file["kv"] == .map(["new": .map(["driver": .string("boltdb")])]))
            #expect(file["server"]?["command"] == .string("app"))
            #expect(file["server"]?["user"] == .string("from-environment"))
        }
    }

    @Test func includedFileOfAnotherVersionIsRefused() async throws {
        try await withFiles([".rr.yaml": "version: '3'\ninclude: [b.yaml]\n", "b.yaml": "version: '2'\n"]) { directory in
            let error = await #expect(throws: ConfigurationFileError.self) {
                try await ConfigurationFile.read(path: directory + ".rr.yaml", environment: [:])
            }
            #expect(error?.code == .includeVersionMismatch)
        }
    }

    @Test func missingFileIsNamed() async {
        let error = await #expect(throws: ConfigurationFileError.self) {
            try await ConfigurationFile.read(path: "/nowhere/.rr.yaml", environment: [:])
        }
        #expect(error?.code == .unreadable)
        #expect(error?.description.contains("/nowhere/.rr.yaml") == true)
        #expect(error?.description.contains("RR_CONFIG_PATH") == true)
    }
}
