import Foundation
import NIOCore
import NIOPosix
import RoadRunnerConfiguration
import TestSupport
import Testing

@testable import RoadRunnerTool

@Suite(.timeLimit(.minutes(5))) struct CheckTests {
    /// A project without faults, and ways to break it.
    struct Project: Sendable {
        let folder: String
        /// Ports without a listener.
        let ports: [String: Int]

        static func with(_ body: (Project) async throws -> Void) async throws {
            try await withTemporaryDirectory { folder async throws in
                var ports: [String: Int] = [:]
                for name in ["http", "rpc", "metrics"] { ports[name] = try FreePort.next() }
                let project = Project(folder: Paths.resolve(folder, from: "/"), ports: ports)
                try project.write(project.configuration, to: ".rr.yaml")
                try project.write("APP_ENV=dev\nREQUEST_DEADLINE=5\nKV_KEYPAIR_PATH=var/keypair\n", to: ".env")
                try TestFile.write(TestFile.fakeRoadRunner, to: "\(folder)/bin/rr", mode: 0o755)
                try project.writeProgram(modes: ["http"])
                #expect(await ToolRun.of(["keypair"], in: folder).code == 0)
                #expect(await ToolRun.of(["key"], in: folder).code == 0)
                try await body(project)
            }
        }

        var configuration: String {
            """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:\(self.ports["rpc"] ?? 0)" }
            server:
              command: ".build/release/App"
              relay: pipes
              env:
                - LOG_LEVEL: info
                - APP_ENV: production
            http:
              address: "127.0.0.1:\(self.ports["http"] ?? 0)"
              middleware: [ headers, gzip ]
              pool:
                num_workers: 2
                allocate_timeout: 60s
                supervisor: { exec_ttl: 10s }
            kv:
              cache: { driver: memory, config: {} }
              store: { driver: boltdb, config: { file: var/store.db } }
            metrics: { address: "127.0.0.1:\(self.ports["metrics"] ?? 0)" }
            logs: { level: info }

            """
        }

        func write(_ text: String, to name: String) throws { try TestFile.write(text, to: "\(self.folder)/\(name)") }

        /// Writes a program that describes itself.
        func writeProgram(modes: [String], storages: [String] = [], metrics: [String] = []) throws {
            let list = { (names: [String]) in names.map { "\"\($0)\"" }.joined(separator: ",") }
            let storages = storages.map { "{\"name\":\"\($0)\",\"prefix\":\"\",\"isSealed\":false}" }.joined(separator: ",")
            let metrics = metrics.map { "{\"name\":\"\($0)\",\"kind\":\"counter\",\"labels\":[]}" }.joined(separator: ",")
            let json = """
                {"kernel":"App","modes":[\(list(modes))],"isBooted":true,"tables":[],"storages":[\(storages)],\
                "metrics":[\(metrics)],"services":[],"warnings":[]}
                """
            try TestFile.write(
                "#!/bin/sh\n[ \"$APP_RUNTIME\" = describe ] || exit 1\ncat <<'END'\n\(json)\nEND\n",
                to: "\(self.folder)/.build/release/App",
                mode: 0o755)
        }

        /// Replaces a part of the configuration.
        func replace(_ part: String, with other: String) throws {
            #expect(self.configuration.contains(part))
            try self.write(self.configuration.replacing(part, with: other), to: ".rr.yaml")
        }

        func check(_ arguments: [String] = [], variables: [String: String?] = [:]) async -> ToolRun {
            await ToolRun.of(["check"] + arguments, in: self.folder, variables: variables)
        }
    }

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
            _ id: String, _ text: String = "", isFault: Bool = true, _ arguments: [String] = [],
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
        Break("rr.other", "executable file correct or unset RR_BINARY", variables: ["RR_BINARY": ".env"]) { _ in },
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
                "service: { app: { command: \".build/release/App\", env: [ { APP_RUNTIME: standalone }, { HTTP_PORT: 1 } ] } }\nlogs:"
        ),
        Break("served.missing", "centrifuge") {
            try $0.replace("logs:", with: "centrifuge: { pool: { num_workers: 1 } }\nlogs:")
        },
        Break("served.unused", "centrifuge", isFault: false) { try $0.writeProgram(modes: ["http", "centrifuge"]) },
        Break("served.storage", "\"vault\"", ["--boot"]) { try $0.writeProgram(modes: ["http"], storages: ["cache", "vault"]) },
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

    @Test(arguments: [[], ["--boot"]] as [[String]]) func isSilentOnAGoodSetup(_ arguments: [String]) async throws {
        try await Project.with { project async throws in
            let run = await project.check(arguments + ["--quiet", "--strict"])
            #expect(run.code == 0)
            #expect(run.text.isEmpty, "\(run.text)")
            let whole = await project.check(arguments)
            #expect(whole.output.contains("✓ RoadRunner 2025.1.15"))
            #expect(
                !whole.output.contains("✗") && !whole.output.contains("!") && !whole.output.contains("\n-"), "\(whole.output)")
        }
    }

    @Test(arguments: ["pipes", "\"tcp://127.0.0.1:6002\"", "\"unix://relay.sock\"", "\"\""])
    func isSilentOnEveryRelay(_ relay: String) async throws {
        try await Project.with { project async throws in
            try project.replace("relay: pipes", with: "relay: \(relay)")
            let run = await project.check(["--quiet", "--strict"])
            #expect(run.code == 0 && run.text.isEmpty, "\(run.text)")
        }
    }

    @Test func developmentIsForDebugPools() async throws {
        try await Project.with { project async throws in
            let configuration = project.configuration.replacing("\n    - APP_ENV: production", with: "")
            try project.write(configuration.replacing("num_workers: 2", with: "debug: true"), to: ".rr.yaml")
            #expect(await project.check(["--quiet", "--strict"]).text.isEmpty)
            // The value in `.env` does not apply where the environment has another one.
            try project.write(configuration, to: ".rr.yaml")
            #expect(await project.check(["--quiet", "--strict"], variables: ["APP_ENV": "production"]).text.isEmpty)
            #expect(await project.check(["--quiet", "--strict"], variables: ["APP_DEBUG": "false"]).text.isEmpty)
        }
    }

    @Test(arguments: Self.all) func namesTheFault(_ broken: Break) async throws {
        try await Project.with { project async throws in
            try broken.body(project)
            let run = await project.check(broken.arguments + ["--json"], variables: broken.variables)
            struct Report: Decodable {
                struct Finding: Decodable {
                    let id: String
                    let status: String
                    let text: String
                    let remedy: String?
                }
                let faults: Int
                let warnings: Int
                let findings: [Finding]
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
            let named = report.findings.filter { $0.id == broken.id && $0.status == (broken.isFault ? "fault" : "warning") }
            let texts = named.map { "\($0.text) \($0.remedy ?? "")" }
            #expect(!texts.isEmpty, "\(run.output)")
            #expect(broken.text.isEmpty || texts.joined().contains(broken.text), "\(run.output)")
            let hasRemedies = named.allSatisfy { $0.remedy?.isEmpty == false }
            #expect(hasRemedies)
            #expect(run.code == (report.faults > 0 ? 1 : 0))
            if broken.isFault { #expect(report.faults > 0) }
            // The check finds nothing else, except for consequences of the fault.
            let others = report.findings.filter { $0.id != broken.id && ($0.status == "fault" || $0.status == "warning") }
            #expect(others.count <= (Self.consequences[broken.id] ?? 0), "\(others)")
        }
    }

    /// The number of other findings that a fault may cause.
    private static let consequences = [
        "served.missing": 0, "env.malformed": 1, "env.ignored": 0, "runtime.orphan": 2, "http.tls": 1,
    ]

    @Test func printsColoursOnATerminal() async throws {
        try await Project.with { project async throws in
            try project.replace("driver: memory", with: "driver: memry")
            let run = await ToolRun.of(["check", "--quiet"], in: project.folder, isColoured: true)
            #expect(run.code == 1)
            #expect(run.output.hasPrefix("\u{1B}[31m✗\u{1B}[0m the storage cache"))
            #expect(run.output.contains("\n  → use one of memory, boltdb"))
        }
    }

    @Test func aPortInUseBelongsToAnotherProcess() async throws {
        try await Project.with { project async throws in
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: project.ports["http"] ?? 0).get()
            // The fake RoadRunner does not claim the port.
            try TestFile.write(
                "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\necho rr version 2025.1.15\n", to: "\(project.folder)/bin/rr",
                mode: 0o755)
            let run = await project.check(["--quiet"])
            #expect(run.code == 1)
            #expect(run.output.contains("http.address cannot listen on 127.0.0.1:\(project.ports["http"] ?? 0): another process"))
            // A RoadRunner that serves with this configuration claims it.
            try TestFile.write("#!/bin/sh\necho rr version 2025.1.15\n", to: "\(project.folder)/bin/rr", mode: 0o755)
            #expect(await project.check(["--quiet"]).code == 0)
            try await channel.close()
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:80", "127.0.0.1", 80), (":80", "", 80), ("tcp://a:1", "a", 1), ("[::1]:80", "::1", 80), ("80", nil, 0),
            ("a:", nil, 0),
            ("::1:80", nil, 0), ("a:70000", nil, 0), ("", nil, 0),
        ] as [(String, String?, Int)])
    func readsAddresses(_ text: String, _ host: String?, _ port: Int) {
        #expect(HostPort(text)?.host == host)
        if host != nil { #expect(HostPort(text)?.port == port) }
    }

    @Test func knowsWhichAddressesCollide() throws {
        func collide(_ one: String, _ other: String) throws -> Bool {
            try #require(HostPort(one)).collides(with: try #require(HostPort(other)))
        }
        #expect(try collide("127.0.0.1:80", ":80") && collide("localhost:80", "127.0.0.1:80"))
        #expect(try !collide("127.0.0.1:80", "127.0.0.2:80") && !collide(":80", ":81"))
    }

    @Test(arguments: [("60s", 60), ("1h30m", 5400), ("500ms", 0.5), ("1.5s", 1.5), ("0", 0)] as [(String, Double)])
    func readsDurations(_ text: String, _ seconds: Double) throws {
        #expect(try GoDuration.seconds(.string(text)) == seconds)
    }

    @Test func durationsNeedUnits() throws {
        #expect(throws: GoDuration.Problem.nanoseconds(60)) { try GoDuration.seconds(.integer(60)) }
        #expect(throws: GoDuration.Problem.malformed("60")) { try GoDuration.seconds(.string("60")) }
        #expect(throws: GoDuration.Problem.malformed("s")) { try GoDuration.seconds(.string("s")) }
        #expect(try GoDuration.seconds(.integer(2_000_000_000)) == 2)
        #expect(try GoDuration.seconds(nil) == nil)
    }
}
