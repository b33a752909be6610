import Foundation
import TestSupport
import Testing

@testable import RoadRunnerTool

extension CheckTests {
    /// A way to break a project.
    struct Break: Sendable, CustomTestStringConvertible {
        let id: String
        /// A part of the finding's text.
        let text: String
        var isFault = true
        var arguments: [String] = []
        var variables: [String: String?] = [:]
        let body: @Sendable (Project) throws -> Void

        init(
            _ id: String, _ text: String = "", isFault: Bool = true, arguments: [String] = [],
            variables: [String: String?] = [:],
            _ body: @escaping @Sendable (Project) throws -> Void
        ) {
            (self.id, self.text, self.isFault, self.arguments, self.variables) = (id, text, isFault, arguments, variables)
            self.body = body
        }

        var testDescription: String { "\(self.id) \(self.text)" }
    }

    private static func replacing(
        _ id: String, _ text: String = "", isFault: Bool = true, _ part: String, with other: String
    ) -> Break {
        Break(id, text, isFault: isFault) { try $0.replace(part, with: other) }
    }

    /// A valid service in which one part is replaced.
    private static func serving(
        _ id: String, _ text: String = "", isFault: Bool = true, arguments: [String] = [], replacing part: String,
        with other: String, _ body: @escaping @Sendable (Project) throws -> Void = { _ in }
    ) -> Break {
        Break(id, text, isFault: isFault, arguments: arguments) { project in
            let service = try project.service
            #expect(service.contains(part))
            try project.write(project.configuration + service.replacing(part, with: other), to: ".rr.yaml")
            try body(project)
        }
    }

    /// The shared runtime in a debug pool.
    private static func sharing(_ text: String, _ part: String, with other: String) -> Break {
        Break("runtime.shared", text) { project in
            #expect(project.configuration.contains(part))
            let configuration = project.configuration.replacing(part, with: other)
            try project.write(configuration.replacing("num_workers: 2", with: "debug: true"), to: ".rr.yaml")
        }
    }

    static let all: [Break] = [
        Break("rr.missing", variables: ["PATH": "/nowhere"]) { Paths.remove("\($0.folder)/bin/rr") },
        Break("rr.missing", "does not exist correct or unset RR_BINARY", variables: ["RR_BINARY": "bin/nothing"]) { _ in },
        Break("rr.missing", "not on the PATH correct or unset RR_BINARY", variables: ["RR_BINARY": "no-such-roadrunner"]) { _ in
        },
        Break("rr.other", "executable file correct or unset RR_BINARY", variables: ["RR_BINARY": "./.env"]) { _ in },
        Break("rr.other", "\"rr version\" correct or unset", variables: ["RR_BINARY": ".build/release/App"]) { _ in },
        Break("rr.other", "rr-swift get") {
            try TestFile.write("#!/bin/sh\necho record and replay\n", to: "\($0.folder)/bin/rr", mode: 0o755)
        },
        Break("rr.old", "2023.3.1", isFault: false) {
            try TestFile.write("#!/bin/sh\necho rr version 2023.3.1\n", to: "\($0.folder)/bin/rr", mode: 0o755)
        },
        Break("config.missing") { Paths.remove("\($0.folder)/.rr.yaml") },
        Break("config.unreadable", "line 2") { try $0.write("version: \"3\"\n\tx: 1\n", to: ".rr.yaml") },
        replacing("config.unreadable", "version", "version: \"3\"", with: "version: 3"),
        replacing("config.version", isFault: false, "version: \"3\"", with: "version: \"2.7\""),
        replacing("config.unserved", "jobs", "logs:", with: "jobs: { pool: { num_workers: 1 } }\nlogs:"),
        Break("config.empty") { try $0.write("version: \"3\"\nrpc: { listen: \"tcp://127.0.0.1:6001\" }\n", to: ".rr.yaml") },
        Break("env.malformed", "line 2") { try $0.write("APP_ENV=dev\nwhat is this\n", to: ".env") },
        Break("env.ignored", "RR_MODE, RR_RPC, which are read", isFault: false) {
            try $0.write("RR_RPC=tcp://127.0.0.1:1\nRR_MODE=http\nREQUEST_DEADLINE=5\n", to: ".env")
        },
        Break("env.ignored", "RR_RPC, which is read", isFault: false) {
            try $0.write("RR_RPC=tcp://127.0.0.1:1\nREQUEST_DEADLINE=5\n", to: ".env")
        },
        Break("env.invalid", "HTTP_PORT") { try $0.write("HTTP_PORT=abc\nREQUEST_DEADLINE=5\n", to: ".env") },
        Break("env.invalid", "LOG_LEVEL") { try $0.replace("LOG_LEVEL: info", with: "LOG_LEVEL: verbose") },
        replacing(
            "env.development", "APP_ENV: production in server.env", isFault: false, "\n    - APP_ENV: production", with: ""),
        replacing("env.development", "from server.env", isFault: false, "APP_ENV: production", with: "APP_ENV: dev"),
        serving(
            "env.development", "the service app reads APP_ENV=dev from .env", isFault: false,
            replacing: "      - APP_ENV: production\n", with: ""),
        serving(
            "env.development", "from service.app.env", isFault: false, replacing: "APP_ENV: production", with: "APP_ENV: dev"),
        serving(
            "env.invalid", "the service app: ", replacing: "APP_ENV: production",
            with: "APP_ENV: production\n      - LOG_LEVEL: verbose"),
        Break("env.development", "APP_DEBUG=true", isFault: false) {
            try $0.write("APP_DEBUG=true\nREQUEST_DEADLINE=5\n", to: ".env")
        },
        Break("program.unconfigured") { project in
            let lines = project.configuration.split(separator: "\n").filter { line in
                !["server:", "  command", "  relay", "  env:", "    - LOG", "    - APP"].contains { line.hasPrefix($0) }
            }
            try project.write(lines.joined(separator: "\n"), to: ".rr.yaml")
        },
        replacing("program.empty", "server.command", "\".build/release/App\"", with: "\"\""),
        replacing("program.missing", "swift build -c release", "release/App", with: "release/Ap"),
        replacing(
            "program.missing", "server.on_init.command", "relay: pipes", with: "relay: pipes\n  on_init: { command: tools/init }"),
        serving("program.missing", "service.app.command", replacing: "release/App", with: "release/Ap"),
        Break("program.folder") { try $0.replace("\".build/release/App\"", with: "\".build/release\"") },
        Break("program.unexecutable", "chmod +x") {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\($0.folder)/.build/release/App")
        },
        replacing("relay", "\"tcp\"", "relay: pipes", with: "relay: tcp"),
        replacing("relay", "127.0.0.1", "relay: pipes", with: "relay: \"tcp://127.0.0.1\""),
        replacing("relay", "udp", "relay: pipes", with: "relay: \"udp://127.0.0.1:6002\""),
        replacing("runtime.standalone", "server.env", "LOG_LEVEL: info", with: "APP_RUNTIME: standalone"),
        Break("runtime.standalone", ".env") { try $0.write("APP_RUNTIME=standalone\nREQUEST_DEADLINE=5\n", to: ".env") },
        sharing("(in server.env of", "- LOG_LEVEL: info", with: "- APP_RUNTIME: shared"),
        sharing("(in server.env of", "\n    - LOG_LEVEL: info\n    - APP_ENV: production", with: " { APP_RUNTIME: shared }"),
        Break("runtime.shared", "(in .env)") { project in
            try project.write("APP_RUNTIME=shared\nREQUEST_DEADLINE=5\n", to: ".env")
            try project.replace("num_workers: 2", with: "debug: true")
        },
        Break("runtime.shared", "centrifuge.pool.debug", variables: ["APP_RUNTIME": "shared"]) { project in
            try project.replace("logs:", with: "centrifuge: { pool: { debug: \"true\" } }\nlogs:")
            try project.writeProgram(modes: ["http", "centrifuge"])
        },
        Break("runtime.unknown", "roadruner", variables: ["APP_RUNTIME": "roadruner"]) { _ in },
        replacing(
            "runtime.service", "worker", "logs:",
            with: "service: { worker: { command: \".build/release/App\", env: [ { APP_RUNTIME: roadrunner } ] } }\nlogs:"),
        replacing(
            "runtime.orphan", isFault: false, "logs:",
            with:
                "service: { app: { command: \".build/release/App\", env: [ { APP_ENV: production }, { APP_RUNTIME: standalone }, { HTTP_PORT: 1 } ] } }\nlogs:"
        ),
        // The workers' own program, without a pool.
        serving(
            "runtime.orphan", isFault: false,
            replacing: "      - APP_RUNTIME: standalone\n      - APP_EXIT_WITH_PARENT: \"true\"\n", with: ""),
        serving("runtime.processes", "process_num is 2", replacing: "    env:", with: "    process_num: 2\n    env:"),
        serving("served.missing", "the service app serves nothing", replacing: "release/App", with: "release/Other") {
            try $0.writeProgram("Other", modes: [])
        },
        serving(
            "served.storage", "the service app uses the storage \"vault\"", arguments: ["--boot"],
            replacing: "release/App", with: "release/Other"
        ) {
            try $0.writeProgram("Other", modes: ["http"], storages: ["vault"])
        },
        Break("served.missing", "centrifuge") {
            try $0.replace("logs:", with: "centrifuge: { pool: { num_workers: 1 } }\nlogs:")
        },
        Break("served.unused", "centrifuge", isFault: false) { try $0.writeProgram(modes: ["http", "centrifuge"]) },
        Break("served.storage", "\"vault\"", arguments: ["--boot"]) {
            try $0.writeProgram(modes: ["http"], storages: ["cache", "vault"])
        },
        Break("http.address", "no address") { project in
            try project.replace("address: \"127.0.0.1:\(project.ports["http"] ?? 0)\"", with: "raw_body: true")
        },
        Break("http.address", "127.0.0.1") { project in
            try project.replace("127.0.0.1:\(project.ports["http"] ?? 0)", with: "127.0.0.1")
        },
        replacing("http.streaming", "sendfile", isFault: false, "[ headers, gzip ]", with: "[ sendfile ]"),
        replacing("http.middleware", "gziip", isFault: false, "[ headers, gzip ]", with: "[ gziip ]"),
        replacing("http.static", "no section", "[ headers, gzip ]", with: "[ static ]"),
        replacing("http.static", "public", "[ headers, gzip ]", with: "[ static ]\n  static: { dir: public }"),
        replacing("http.tls", "nokey.pem", "  pool:", with: "  ssl: { address: \"127.0.0.1:1\", key: nokey.pem }\n  pool:"),
        replacing("pool.unit", "nanoseconds", "allocate_timeout: 60s", with: "allocate_timeout: 60"),
        serving("pool.unit", "service.app.exec_timeout", replacing: "    env:", with: "    exec_timeout: 60\n    env:"),
        replacing("pool.duration", "60x", "allocate_timeout: 60s", with: "allocate_timeout: 60x"),
        replacing("pool.workers", "501", "num_workers: 2", with: "num_workers: 501"),
        replacing("pool.workers", "many", "num_workers: 2", with: "num_workers: many"),
        replacing("pool.workers", "cores", isFault: false, "num_workers: 2", with: "num_workers: 500"),
        replacing(
            "pool.memory", isFault: false, "supervisor: { exec_ttl: 10s }",
            with: "supervisor: { exec_ttl: 10s, max_worker_memory: 10000000 }"),
        replacing("pool.deadline", "kills after 3.0", "exec_ttl: 10s", with: "exec_ttl: 3s"),
        Break("pool.deadline", "504", isFault: false) { try $0.write("APP_ENV=dev\n", to: ".env") },
        Break("rpc.missing", "kv and metrics") { project in
            try project.replace("rpc: { listen: \"tcp://127.0.0.1:\(project.ports["rpc"] ?? 0)\" }", with: "")
        },
        replacing("rpc.address", "scheme", "\"tcp://127.0.0.1:", with: "\"127.0.0.1:"),
        Break("rpc.contradiction", "environment", variables: ["RR_RPC": "tcp://127.0.0.1:1"]) { _ in },
        replacing("rpc.contradiction", "server.env", "LOG_LEVEL: info", with: "RR_RPC: tcp://127.0.0.1:1"),
        replacing("kv.driver", "memry", "driver: memory", with: "driver: memry"),
        replacing("kv.driver", "no driver", "driver: memory, ", with: ""),
        replacing("kv.config", "config: {}", isFault: false, "memory, config: {}", with: "memory"),
        replacing("kv.config", "config: {}", isFault: false, "memory, config: {}", with: "memory, config: null"),
        replacing("kv.config", "exits at startup", "memory, config: {}", with: "redis"),
        replacing("kv.config", "exits at startup", "memory, config: {}", with: "memcached"),
        replacing("kv.config", "exits at startup", "boltdb, config: { file: var/store.db }", with: "boltdb"),
        replacing("kv.config", "exits at startup", "boltdb, config: { file: var/store.db }", with: "boltdb, config: null"),
        replacing("kv.folder", "nowhere", "var/store.db", with: "nowhere/store.db"),
        Break("kv.unreachable") { project in
            let port = try FreePort.next()
            try project.replace("driver: memory, config: {}", with: "driver: redis, config: { addrs: [ \"127.0.0.1:\(port)\" ] }")
        },
        replacing("metrics.log", isFault: false, "level: info }", with: "level: debug }"),
        Break("key.missing", "rr-swift keypair") { Paths.remove("\($0.folder)/var/keypair") },
        serving(
            "key.missing", "var/other", replacing: "APP_ENV: production",
            with: "APP_ENV: production\n      - KV_KEYPAIR_PATH: var/other"),
        Break("key.length", "3 bytes") { try TestFile.write("abc", to: "\($0.folder)/var/vault.key", mode: 0o600) },
        Break("key.mismatch") {
            try TestFile.write(String(repeating: "x", count: 64), to: "\($0.folder)/var/keypair", mode: 0o600)
        },
        Break("key.open", "chmod 600", isFault: false) {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\($0.folder)/var/vault.key")
        },
        Break("port.twice") { project in
            try project.replace("\(project.ports["metrics"] ?? 0)", with: "\(project.ports["http"] ?? 0)")
        },
    ]
}
