import HTTPWorker
import Hummingbird
import Logging
import RoadRunnerRuntime
import TestSupport
import Testing

@testable import RoadRunnerTesting

/// Gives each test its own kernel type, whose bootstrap has not run yet.
private protocol Name { static var journal: LogLines { get } }

private struct Named<N: Name>: Kernel {
    init(_ boot: BootContext) {}
    var workers: some Workers { HTTP(Router()) }

    static func bootstrap(_ options: RuntimeOptions) async throws {
        N.journal.append("begin \(options.environment)")
        await Task.yield()
        N.journal.append("end")
    }
}

private struct Broken: Error {}

private struct BrokenKernel: Kernel {
    static let journal = LogLines()
    init(_ boot: BootContext) {}
    var workers: some Workers { HTTP(Router()) }

    static func bootstrap(_ options: RuntimeOptions) throws {
        Self.journal.append("thrown")
        throw Broken()
    }
}

private enum First: Name { static let journal = LogLines() }
private enum Second: Name { static let journal = LogLines() }
private enum Third: Name { static let journal = LogLines() }

private struct AddressKernel: Kernel {
    let address: String
    init(_ boot: BootContext) throws { self.address = "\(try boot.rpc.address)" }

    var workers: some Workers {
        let router = Router()
        let address = self.address
        router.get("address") { _, _ in address }
        return HTTP(router)
    }
}

@Suite(.timeLimit(.minutes(1))) struct BootstrapTests {
    @Test func runsOncePerKernelType() async throws {
        try await KernelBootstrap.$systemsInUse.withValue({ [] }) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await TestWorker.with(kernel: Named<First>.self, environment: ["APP_ENV": "prod"]) { _ in
                            // The bootstrap has ended before any worker exists.
                            #expect(First.journal.all == ["begin production", "end"])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await TestWorker.with(kernel: Named<Second>.self) { _ in #expect(Second.journal.all.count == 2) }
            try await TestWorker.with(kernel: Named<Second>.self) { _ in #expect(Second.journal.all.count == 2) }
            #expect(First.journal.all.count == 2)
        }
    }

    @Test func isSkippedWhereItWouldCrashTheProcess() async throws {
        let lines = LogLines()
        try await KernelBootstrap.$systemsInUse.withValue({ ["metrics"] }) {
            for _ in 0..<2 { try await KernelBootstrap.run(Named<Third>.self, RuntimeOptions(), lines.logger(.debug)) }
        }
        #expect(Third.journal.all.isEmpty)
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("debug") == true)
        #expect(lines.all.first?.contains("metrics") == true)
    }

    @Test func itsErrorFailsEveryWorker() async throws {
        await KernelBootstrap.$systemsInUse.withValue({ [] }) {
            for _ in 0..<2 {
                await #expect(throws: Broken.self) { try await TestWorker.with(kernel: BrokenKernel.self) { _ in } }
            }
        }
        #expect(BrokenKernel.journal.all == ["thrown"])
    }

    @Test func onlyTheTestChoosesARoadRunner() async throws {
        try await TestWorker.with(kernel: AddressKernel.self) { worker async throws in
            let address = try await worker.send(.get("/address")).text
            #expect(address.hasPrefix("unix:///nonexistent/"), "\(address)")
        }
        let environment = ["RR_RPC": "tcp://127.0.0.1:1"]
        try await TestWorker.with(kernel: AddressKernel.self, environment: environment) { worker async throws in
            #expect(try await worker.send(.get("/address")).text == "tcp://127.0.0.1:1")
        }
    }

    @Test func processesInheritNoRoadRunner() async throws {
        let inherited = [
            "PATH": "/bin", "RR_RPC": "tcp://a:1", "RR_RELAY": "pipes", "RR_MODE": "jobs", "APP_ENV": "prod", "MY_RR_X": "1",
        ]
        #expect(TestWorker.inheritable(inherited) == ["PATH": "/bin", "MY_RR_X": "1"])
        let cases: [([String: String], String)] = [
            ([:], "RR_RPC=unix:///nonexistent/"), (["RR_RPC": "tcp://127.0.0.1:1"], "RR_RPC=tcp://127.0.0.1:1\n"),
        ]
        for (environment, expected) in cases {
            try await TestWorker.with(
                process: "/bin/sh", arguments: ["-c", "env >&2; echo all >&2; cat >/dev/null"], environment: environment,
                performsHandshake: false
            ) { worker async throws in
                #expect(await worker.waitForStandardError(containing: "all\n"))
                #expect(worker.standardError.contains(expected))
            }
        }
    }
}
