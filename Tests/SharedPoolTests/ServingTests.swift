import Foundation
import Goridge
import NIOCore
import RoadRunnerTesting
import Testing

/// Tests a pool whose workers share one process, without faults.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ServingTests {
    @Test(arguments: TestWorker.Relay.allCases) func oneProcessServesAllWorkers(_ relay: TestWorker.Relay) async throws {
        try await SharedPool.with(workers: 6, relay: relay) { shared async throws in
            let host = try await shared.hostID()
            #expect(!shared.pool.processIDs.contains(host))
            #expect(Set(shared.pool.processIDs).count == 6)
            // All workers at once, each more than once.
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<24 { group.addTask { try await shared.pool.send(.get("/sleep?ms=50")).text } }
                var most = 0
                for try await text in group {
                    let numbers = text.split(separator: " ").compactMap { Int($0) }
                    #expect(numbers.first == Int(host))
                    most = max(most, numbers.last ?? 0)
                }
                #expect(most == 6)
            }
            #expect(await shared.pool.waitForStandardError(containing: "1 kernel behind 6 workers"))
            #expect(shared.diary() == ["boot \(host)"])
            await shared.pool.stop()
            #expect(await hasEnded(host))
            #expect(shared.diary() == ["boot \(host)", "stop \(host)"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: shared.folder + "/roadrunner-swift").isEmpty)
        }
    }

    @Test func largeBodiesAndStreamsGoThrough() async throws {
        try await SharedPool.with(workers: 3) { shared async throws in
            let bytes = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let response = try await shared.pool.send(.post("/echo", body: .bytes(ByteBuffer(bytes: bytes))))
                        #expect(response.body == ByteBuffer(bytes: bytes))
                    }
                }
                try await group.waitForAll()
            }
            try await shared.pool.withWorker { worker async throws in
                try await worker.stream(.get("/stream")) { response async throws in
                    var chunks = response.makeAsyncIterator()
                    #expect(try await chunks.next() != nil)
                    #expect(try await chunks.next() != nil)
                }
            }
            for _ in 0..<6 { _ = try await shared.hostID() }
        }
    }

    /// RoadRunner allows twice as many workers.
    @Test func twoHundredAndFiftyWorkers() async throws {
        try await SharedPool.with(workers: 250) { shared async throws in
            let host = try await shared.hostID()
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<250 { group.addTask { try await shared.pool.send(.get("/sleep?ms=500")).text } }
                for try await text in group { #expect(text.hasPrefix("\(host) ")) }
            }
            #expect(shared.pool.idleEnds == 0)
            await shared.pool.stop()
            #expect(await hasEnded(host))
        }
    }

    @Test func someHandlersAtATime() async throws {
        try await SharedPool.with(workers: 6, environment: ["WORKER_MAX_CONCURRENCY": "2", "REQUEST_DEADLINE": "1"]) {
            shared async throws in
            // The last requests wait for longer than the deadline, which begins with their handlers.
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 { group.addTask { try await shared.pool.send(.get("/sleep?ms=600")).text } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(texts.count == 6)
            for text in texts { #expect(text.hasSuffix(" 1") || text.hasSuffix(" 2"), "\(text)") }
        }
    }

    @Test func standardErrorIsThatOfALivingWorker() async throws {
        try await SharedPool.with(workers: 3) { shared async throws in
            let host = try await shared.hostID()
            for round in 0..<6 {
                _ = try await shared.pool.send(.get("/say/line-\(round)-said"))
                #expect(await shared.pool.waitForStandardError(containing: "line-\(round)-said"))
                // Ends one worker after the other, including the one whose standard error is in use.
                let before = shared.pool.processIDs
                shared.pool.signal(SIGKILL, to: [before[0]])
                #expect(await shared.pool.waitForReplacement(of: [before[0]]))
            }
            #expect(try await shared.hostID() == host)
        }
    }

    @Test func eachPoolHasItsOwnProcess() async throws {
        try await SharedPool.with(workers: 2) { first async throws in
            try await SharedPool.with(workers: 2) { second async throws in
                let (one, other) = (try await first.hostID(), try await second.hostID())
                #expect(one != other)
                #expect(try await first.hostID() == one)
                #expect(try await second.hostID() == other)
            }
            _ = try await first.hostID()
        }
    }

    /// The first worker logs one line for the whole pool.
    @Test func anOrdinaryPoolLogsItsNumberOfKernels() async throws {
        try await TestRPCServer.with { server async throws in
            await server.respond { call in
                guard call.method == "rpc.Config" else { return .answer }
                let configuration = ByteBuffer(string: #"{"http":{"pool":{"num_workers":3}}}"#)
                return .frames([
                    Frame(
                        flags: call.flags, options: [call.sequenceNumber, UInt32(call.method.utf8.count)],
                        payload: ByteBuffer(string: call.method + String(buffer: configuration)))
                ])
            }
            try await SharedPool.with(workers: 3, environment: server.environment, isShared: false) { ordinary async throws in
                #expect(await ordinary.pool.waitForStandardError(containing: "3 kernels, one in each worker"))
                for _ in 0..<3 { _ = try await ordinary.pool.send(.get("/pid")) }
                #expect(ordinary.pool.standardError.components(separatedBy: "3 kernels").count == 2)
            }
            #expect(await server.calls.count { $0.method == "rpc.Config" } == 1)
        }
    }

    @Test func aWrapperProcessIsNoticed() async throws {
        // Without `exec`, and with a further command, which keeps the shell running.
        try await SharedPool.with(
            workers: 2, program: "/bin/sh", arguments: ["-c", "'\(SharedPool.program)'; exit $?"]
        ) { shared async throws in
            let hosts = Set([try await shared.hostID(), try await shared.hostID()])
            #expect(hosts.count == 2)
            #expect(await shared.pool.waitForStandardError(containing: "Let it end with `exec`"))
        }
        try await SharedPool.with(workers: 2, program: "/bin/sh", arguments: ["-c", "exec '\(SharedPool.program)'"]) {
            shared async throws in
            let one = try await shared.hostID()
            #expect(try await shared.hostID() == one)
        }
    }

    /// The file's setting is not known before Swift runs.
    @Test func theFileCanMakeAPoolShared() async throws {
        try await withShortDirectory { folder async throws in
            try Data("APP_RUNTIME=shared\n".utf8).write(to: URL(filePath: folder + "/.env"))
            try await SharedPool.with(
                workers: 2, program: "/bin/sh", arguments: ["-c", "cd '\(folder)' && exec '\(SharedPool.program)'"],
                isShared: false
            ) { shared async throws in
                let host = try await shared.hostID()
                #expect(!shared.pool.processIDs.contains(host))
                #expect(try await shared.hostID() == host)
            }
        }
    }
}
