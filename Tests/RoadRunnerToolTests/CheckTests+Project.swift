import TestSupport
import Testing

@testable import RoadRunnerTool

extension CheckTests {
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

        /// A section `service` to append to ``configuration``.
        var service: String {
            get throws {
                """
                service:
                  app:
                    command: ".build/release/App"
                    env:
                      - APP_ENV: production
                      - APP_RUNTIME: standalone
                      - APP_EXIT_WITH_PARENT: "true"
                      - HTTP_PORT: "\(try FreePort.next())"
                      - RR_RPC: "tcp://127.0.0.1:\(self.ports["rpc"] ?? 0)"

                """
            }
        }

        func write(_ text: String, to name: String) throws { try TestFile.write(text, to: "\(self.folder)/\(name)") }

        /// Writes a program that describes itself.
        func writeProgram(_ program: String = "App", modes: [String], storages: [String] = [], metrics: [String] = []) throws {
            let list = { (names: [String]) in names.map { "\"\($0)\"" }.joined(separator: ",") }
            let storages = storages.map { "{\"name\":\"\($0)\",\"prefix\":\"\",\"isSealed\":false}" }.joined(separator: ",")
            let metrics = metrics.map { "{\"name\":\"\($0)\",\"kind\":\"counter\",\"labels\":[]}" }.joined(separator: ",")
            let json = """
                {"kernel":"App","modes":[\(list(modes))],"isBooted":true,"tables":[],"storages":[\(storages)],\
                "metrics":[\(metrics)],"services":[],"warnings":[]}
                """
            try TestFile.write(
                "#!/bin/sh\n[ \"$APP_RUNTIME\" = describe ] || exit 1\ncat <<'END'\n\(json)\nEND\n",
                to: "\(self.folder)/.build/release/\(program)",
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
}
