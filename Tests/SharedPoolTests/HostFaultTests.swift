import CSlot
import Foundation
import Goridge
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests faults of hosts, and of processes that claim to be their slots.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HostFaultTests {
    @Test(arguments: TestWorker.Relay.allCases) func theHostIsKilledWhileIdle(_ relay: TestWorker.Relay) async throws {
        try await SharedPool.with(workers: 5, relay: relay) { shared async throws in
            var host = try await shared.hostID()
            let workers = shared.pool.processIDs
            for _ in 0..<3 {
                // Long enough for the note that the latest response is sent.
                try await Task.sleep(for: .milliseconds(200))
                kill(host, SIGKILL)
                #expect(await hasEnded(host))
                let next = try await shared.hostID()
                #expect(next != host)
                host = next
                for _ in 0..<10 { #expect(try await shared.hostID() == host) }
            }
            // No worker had a request in flight.
            #expect(shared.pool.processIDs == workers)
            #expect(shared.pool.idleEnds == 0)
            let start = ContinuousClock.now
            await shared.pool.stop()
            #expect(ContinuousClock.now - start < .seconds(3))
        }
    }

    @Test func theHostIsKilledUnderLoad() async throws {
        try await SharedPool.with(workers: 8) { shared async throws in
            let rounds = 5
            let (_, failures) = try await shared.underLoad {
                for _ in 0..<rounds {
                    let host = try await Self.host(of: shared)
                    kill(host, SIGKILL)
                    #expect(await hasEnded(host))
                }
            }
            // At most the requests in flight are lost.
            #expect(failures.count <= rounds * 9, "\(failures.count)")
            // A process can be killed between the last byte of a response and the note that it is sent.
            #expect(shared.pool.idleEnds <= rounds)
            for _ in 0..<16 { _ = try await shared.hostID() }
            let start = ContinuousClock.now
            await shared.pool.stop()
            #expect(ContinuousClock.now - start < .seconds(3))
        }
    }

    /// The request for the pid may itself be lost.
    private static func host(of shared: SharedPool) async throws -> pid_t {
        while true { if let pid = try? await shared.hostID() { return pid } }
    }

    @Test func aCrashFailsOnlyTheRequestsInFlight() async throws {
        try await SharedPool.with(workers: 5) { shared async throws in
            let host = try await shared.hostID()
            // A process can crash between the last byte of a response and the note that it is sent.
            try await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            await #expect(throws: TestWorkerError.self) { _ = try await shared.pool.send(.get("/crash")) }
            #expect(ContinuousClock.now - start < .seconds(3))
            let next = try await shared.hostID()
            #expect(next != host)
            #expect(shared.pool.idleEnds == 0)
            for _ in 0..<10 { #expect(try await shared.hostID() == next) }
        }
    }

    /// A client may crash a program repeatedly, which must not make workers build their own kernels.
    @Test func aHandlerThatCrashesAgainAndAgain() async throws {
        try await SharedPool.with(workers: 6, environment: ["SWIFT_BACKTRACE": "enable=no"]) { shared async throws in
            var host = try await shared.hostID()
            for _ in 0..<8 {
                try await Task.sleep(for: .milliseconds(200))
                await #expect(throws: TestWorkerError.self) { _ = try await shared.pool.send(.get("/crash")) }
                #expect(await hasEnded(host))
                host = try await Self.host(of: shared)
            }
            for _ in 0..<18 { #expect(try await shared.hostID() == host) }
            #expect(shared.diary().count == 9)
            #expect(!shared.pool.standardError.contains("serves by itself"))
        }
    }

    /// Cleaners of temporary files remove them, and so does the end of a user's login session.
    @Test(arguments: ["the socket", "its directory"]) func removed(_ what: String) async throws {
        try await SharedPool.with(workers: 4) { shared async throws in
            let host = try await shared.hostID()
            let socket = try shared.socket()
            let path = what == "the socket" ? socket : (socket as NSString).deletingLastPathComponent
            try FileManager.default.removeItem(atPath: path)
            // All workers are replaced, and the new ones find the new process.
            let (_, failures) = try await shared.underLoad(tasks: 3) { #expect(await hasEnded(host, within: 30)) }
            #expect(failures.isEmpty, "\(failures.prefix(3))")
            let next = try await shared.hostID()
            for _ in 0..<8 { #expect(try await shared.hostID() == next) }
            #expect(try shared.socket().hasPrefix(shared.folder))
        }
    }

    @Test func aHostThatHangsInItsBoot() async throws {
        try await withShortDirectory { folder async throws in
            let variables = SharedPool.variables(folder).merging(["POOL_BOOT": "hangs"]) { $1 }
            let workers = try (0..<3).map { _ in try Self.start(variables) }
            while Self.bootingHost(folder) == nil { try await Task.sleep(for: .milliseconds(10)) }
            let host = try #require(Self.bootingHost(folder))
            // The host has accepted the workers, which wait longer than a slot looks for a host.
            try await Task.sleep(for: .seconds(1))
            for worker in workers { #expect(isAlive(worker.pid)) }
            // RoadRunner's timeout kills the workers.
            for worker in workers { worker.signal(SIGKILL) }
            #expect(await hasEnded(host, within: 25))
        }
    }

    private static func start(_ variables: [String: String]) throws -> ChildProcess {
        var variables = variables
        variables["RR_MODE"] = "http"
        variables["RR_RELAY"] = "pipes"
        variables["RR_RPC"] = "unix:///nonexistent/rpc.sock"
        // The pipes stay open, as with a RoadRunner that waits.
        let (input, output) = (try SystemCall.makePipe(), try SystemCall.makePipe())
        defer {
            SystemCall.closeDescriptor(input.read)
            SystemCall.closeDescriptor(output.write)
        }
        return try ChildProcess(
            SharedPool.program, arguments: [], environment: Environment.withoutRoadRunner.merging(variables) { $1 },
            input: input.read, output: output.write, loop: Peer.sharedLoop())
    }

    private static func bootingHost(_ folder: String) -> pid_t? {
        let text = (try? String(contentsOfFile: folder + "/diary", encoding: .utf8)) ?? ""
        return text.firstMatch(of: /boot ([0-9]+)/).flatMap { pid_t($0.1) }
    }

    @Test(arguments: ["fails", "crashes"]) func aBootThatFailsEndsTheWorkers(_ boot: String) async throws {
        try await withShortDirectory { folder async throws in
            let variables = SharedPool.variables(folder).merging(["POOL_BOOT": boot]) { $1 }
            let workers = try (0..<3).map { _ in try Self.start(variables) }
            for worker in workers { #expect(await worker.waitForExit(timeout: .seconds(20)) == .exited(1)) }
            let text = workers.map(\.standardError.current).joined()
            #expect(text.contains(boot == "fails" ? "BOOT FAILURE" : "crashed by SIG"), "\(text)")
        }
    }

    /// A handler that does not suspend blocks its event loop, but none of RoadRunner's commands.
    @Test(arguments: TestWorker.Relay.allCases) func commandsDoNotWaitForABusyHandler(_ relay: TestWorker.Relay) async throws {
        try await SharedPool.with(workers: 6, relay: relay) { shared async throws in
            let host = try await shared.hostID()
            let start = ContinuousClock.now
            let handlers = (0..<2).map { _ in
                Task { try await shared.pool.withWorker { worker in try await worker.send(.get("/spin?ms=6000")).text } }
            }
            try await Task.sleep(for: .seconds(1))
            // RoadRunner replaces all other workers.
            for _ in 0..<4 {
                let pid = try await shared.pool.withWorker { worker async throws in
                    try await worker.stop()
                    #expect(try await worker.waitForExit() == .exited(0))
                    return worker.processID
                }
                #expect(await shared.pool.waitForReplacement(of: [pid ?? 0]))
            }
            // Each worker waits at most half a second, and so does its successor.
            #expect(ContinuousClock.now - start < .seconds(5))
            for handler in handlers { #expect(try await handler.value == "\(host)") }
            for _ in 0..<12 { #expect(try await shared.hostID() == host) }
            #expect(shared.pool.idleEnds == 0)
        }
    }

    /// A connection alone does not make a slot.
    @Test func rubbishAndSilence() async throws {
        try await SharedPool.with(workers: 3) { shared async throws in
            let host = try await shared.hostID()
            let address = RelayAddress.unix(path: try shared.socket())
            // Workers killed between connecting and handing over their descriptors.
            for _ in 0..<20 { try RelayConnection.connect(to: address).close() }
            let silent = try RelayConnection.connect(to: address)
            for bytes in [[UInt8](repeating: 0x41, count: 12), [1], [UInt8](repeating: 0, count: 4000)] {
                let connection = try RelayConnection.connect(to: address)
                _ = bytes.withUnsafeBytes { SystemCall.write(connection.output, $0) }
                #expect(try await Self.isClosed(connection.input))
                connection.close()
            }
            // A valid hello without the descriptors that it announces.
            let hello: [UInt32] = [0x5252_5331, UInt32(ROADRUNNER_SLOT_HAS_RELAY), 4711]
            let connection = try RelayConnection.connect(to: address)
            _ = hello.withUnsafeBytes { SystemCall.write(connection.output, $0) }
            #expect(try await Self.isClosed(connection.input))
            connection.close()
            for _ in 0..<6 { #expect(try await shared.hostID() == host) }
            silent.close()
            // All slots are still served, and can be replaced.
            try await shared.pool.reset()
            _ = try await shared.hostID()
        }
    }

    private static func isClosed(_ descriptor: CInt) async throws -> Bool {
        for _ in 0..<1000 {
            var byte = [UInt8](repeating: 0, count: 64)
            switch byte.withUnsafeMutableBytes({ SystemCall.read(descriptor, into: $0) }) {
            case .bytes(0), .failed: return true
            case .bytes, .wouldBlock: try await Task.sleep(for: .milliseconds(10))
            }
        }
        return false
    }

    @Test func roadRunnerIsKilled() async throws {
        try await SharedPool.with(workers: 4) { shared async throws in
            let host = try await shared.hostID()
            let workers = shared.pool.processIDs
            await shared.pool.abandon()
            #expect(await hasEnded(host))
            for worker in workers { #expect(await hasEnded(worker)) }
        }
    }

    @Test func aStaleSocketIsNotAHost() async throws {
        try await SharedPool.with(workers: 2) { shared async throws in
            let path = try shared.socket()
            let host = try await shared.hostID()
            kill(host, SIGKILL)
            #expect(await hasEnded(host))
            _ = try await shared.hostID()
            #expect(try shared.socket() == path)
        }
    }
}
