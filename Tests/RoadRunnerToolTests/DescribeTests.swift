import Foundation
import RoadRunnerRuntime
import TestSupport
import Testing

@testable import RoadRunnerTool

@Suite(.timeLimit(.minutes(2))) struct DescribeTests {
    private static func ask(_ program: String, boots: Bool = true, variables: [String: String] = [:]) async throws
        -> ProgramDescription
    {
        try await withTemporaryDirectory { folder async throws in
            var environment = TestSupport.Environment.withoutRoadRunner
            environment["VAULT_KEY_PATH"] = "\(folder)/vault.key"
            environment.merge(variables) { $1 }
            return try await ProgramDescription.ask(
                BuiltProducts.example(program), variables: environment, directory: folder, boots: boots)
        }
    }

    @Test func aProgramDescribesItsRoutes() async throws {
        let hello = try await Self.ask("Hello")
        #expect(hello.kernel == "Hello")
        #expect(hello.modes == ["http"])
        #expect(hello.tables.map(\.mode) == ["http"])
        #expect(hello.tables.first?.routes == [.init(kind: "GET", pattern: "/hello")])
        #expect(hello.storages.isEmpty && hello.metrics.isEmpty && hello.warnings.isEmpty)
    }

    @Test func aProgramDescribesEventsStoragesAndMetrics() async throws {
        let demo = try await Self.ask("Demo")
        #expect(demo.modes == ["http", "centrifuge"])
        let events = try #require(demo.tables.first { $0.mode == "centrifuge" }).routes
        #expect(events.contains(.init(kind: "subscribe", pattern: "chat:*")))
        #expect(events.contains(.init(kind: "rpc", pattern: "ping")))
        // The description lists handlers in the order of their calls.
        let rpc = events.filter { $0.kind == "rpc" }
        #expect(rpc.last?.pattern == nil)
        #expect(Set(demo.storages.map(\.name)).isSuperset(of: ["cache", "vault"]))
        #expect(demo.storages.first { $0.name == "vault" }?.isSealed == true)
        #expect(demo.metrics.contains(.init(name: "demo_visits_total", kind: "counter", labels: ["kind"])))
    }

    /// Modes need neither `.env` nor a boot.
    @Test func modesAreKnownWithoutABoot() async throws {
        let demo = try await Self.ask("Demo", boots: false, variables: ["DEMO_BOOT_DELAY": "never"])
        #expect(demo.modes == ["http", "centrifuge"])
        #expect(demo.tables.isEmpty)
    }

    @Test func aBootThatFailsReportsTheReason() async throws {
        let error = try #require(
            await #expect(throws: ToolError.self) {
                try await Self.ask("Demo", variables: ["DEMO_BOOT_DELAY": "never"])
            })
        #expect(error.code == .noDescription)
        #expect(error.description.contains("DEMO_BOOT_DELAY is \"never\""))
    }

    /// The program does not call the RoadRunner that the environment names.
    @Test func noRoadRunnerIsCalled() async throws {
        let demo = try await Self.ask("Demo", variables: ["RR_RPC": "tcp://127.0.0.1:\(try FreePort.next())", "RR_MODE": "http"])
        #expect(!demo.storages.isEmpty)
    }

    @Test func theCommandPrintsIt() async throws {
        try await withTemporaryDirectory { folder async throws in
            let text = await ToolRun.of(["describe", "--binary", BuiltProducts.example("Hello")], in: folder)
            #expect(text.code == 0, "\(text.text)")
            #expect(text.output.contains("Hello serves http") && text.output.contains("  GET  /hello"))
            let json = await ToolRun.of(["describe", "--json", "--binary", BuiltProducts.example("Hello")], in: folder)
            let description = try JSONDecoder().decode(KernelDescription.self, from: Data(json.output.utf8))
            #expect(description.kernel == "Hello" && description.isBooted)
            let other = await ToolRun.of(["describe", "--binary", "/bin/sh"], in: folder)
            #expect(other.code == 1)
            #expect(other.errors.contains("did not describe itself"))
        }
    }
}
