import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

/// Tests calls with and without responses of the test server.
@Suite(.timeLimit(.minutes(1))) struct RPCClientTests {
    @Test func theErrorContainsTheHintIfNoServerListens() async throws {
        let client = RPCClient(
            address: .unix(path: "/tmp/rr-nobody-\(UInt64.random(in: 0 ... .max)).sock"), loop: try PollEventLoop(name: "rr-rpc"),
            logger: Logger(label: "test"), ownsLoop: true, hint: "Add a line.")
        for timeout in [Duration.milliseconds(50), .seconds(30)] {
            let error = await #expect(throws: RPCError.self) { _ = try await ClientUnderTest.version(client, timeout: timeout) }
            #expect(error?.description.hasSuffix(". Add a line.") == true, "\(error?.description ?? "")")
        }
        await client.close()
    }

    @Test(arguments: [TestWorker.Relay.tcp, .unix]) func callsOverSockets(_ relay: TestWorker.Relay) async throws {
        try await ClientUnderTest.with(relay: relay) { client, _ async throws in
            #expect(try await ClientUnderTest.version(client) == "2025.1.15")
            let configuration = try await client.call("rpc.Config", codec: .raw, arguments: ByteBuffer())
            #expect(String(buffer: configuration).contains(#""driver":"memory""#))
        }
    }

    @Test func responsesOutOfOrderReachTheirCalls() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { call in
                var payload = ByteBuffer(string: call.method)
                payload.writeImmutableBuffer(call.arguments)
                // The client ignores the method's name in a response.
                let frame = Frame(
                    flags: call.flags, options: [call.sequenceNumber, UInt32(call.method.utf8.count)], payload: payload)
                return call.method == "test.Last" ? .hold : .frames([frame])
            }
            // The server answers the held calls in reverse order.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let answer: Int = try await client.call("test.Echo", json: number)
                        #expect(answer == number)
                    }
                }
                try await group.waitForAll()
            }
            await server.respond { $0.method == "rpc.Version" ? .hold : .answer }
            async let first = ClientUnderTest.version(client)
            await server.waitForCalls("rpc.Version", count: 1)
            // A call does not wait for earlier ones.
            _ = try await client.call("rpc.Config", codec: .raw, arguments: ByteBuffer())
            await server.releaseHeld()
            #expect(try await first == "2025.1.15")
        }
    }

    @Test func errorsKeepRoadRunnersWordsAndHaveCodes() async throws {
        try await ClientUnderTest.with { client, server async throws in
            func error(_ text: String) async -> RPCError? {
                await server.respond { _ in .error(text) }
                do { _ = try await ClientUnderTest.version(client) } catch { return error as? RPCError }
                return nil
            }
            // The texts of both versions of RoadRunner.
            for text in ["rpc_has: no such storage: foo", "no such storage: foo", "rpc_mget: no storage provided"] {
                #expect(await error(text)?.code == .noSuchStorage)
            }
            #expect(await error("rpc: can't find service kv.Has")?.code == .unknownMethod)
            #expect(await error("rpc: can't find method kv.has")?.code == .unknownMethod)
            #expect(await error("rpc: service/method request ill-formed: kv")?.code == .unknownMethod)
            #expect(
                await error("memcached_plugin_ttl: not valid request for memcached, see: issues/239")?.code == .unsupported)
            let other = await error("rpc_set:\n\tboltdb_driver_set: key required")
            #expect(other?.code == .remote)
            #expect(other?.text == "rpc_set:\n\tboltdb_driver_set: key required")
            #expect(other?.method == "rpc.Version")
            #expect(other?.description.contains("key required") == true)
        }
    }

    @Test func aLateResponseIsDroppedAndNeverMisattributed() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { $0.method == "test.Slow" ? .hold : .answer }
            let code = await ClientUnderTest.code {
                let _: Bool = try await client.call("test.Slow", json: true, timeout: .milliseconds(20))
            }
            #expect(code == .timeout)
            async let version = ClientUnderTest.version(client)
            await server.releaseHeld()
            #expect(try await version == "2025.1.15")
            #expect(try await ClientUnderTest.version(client) == "2025.1.15")
        }
    }

    @Test func aCancelledCallEndsAtOnceAndTheConnectionStaysOpen() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { $0.method == "test.Slow" ? .hold : .answer }
            let late = Mutex(0)
            let task = Task {
                try await client.perform(
                    RPCMethod("test.Slow"), codec: .json, arguments: ByteBuffer(string: "1"), timeout: .seconds(60)
                ) { _ in late.withLock { $0 += 1 } }
            }
            await server.waitForCalls("test.Slow", count: 1)
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
            await server.releaseHeld()
            #expect(try await ClientUnderTest.version(client) == "2025.1.15")
            // `test.Slow` is unknown, so its late response is an error, and the callback is not called.
            #expect(late.withLock { $0 } == 0)
            // Cancelled before it began.
            let never = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await ClientUnderTest.version(client)
            }
            await #expect(throws: CancellationError.self) { _ = try await never.value }
        }
    }

    @Test func roadRunnerRestartsAmongAThousandCalls() async throws {
        try await ClientUnderTest.with { client, server async throws in
            // The first RoadRunner never answers half of the calls.
            await server.respond { $0.sequenceNumber.isMultiple(of: 2) ? .ignore : .answer }
            let (answers, answer) = AsyncStream.makeStream(of: Void.self)
            let codes = try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<1000 {
                    group.addTask {
                        await ClientUnderTest.code {
                            _ = try await ClientUnderTest.version(client)
                            answer.yield()
                        }
                    }
                }
                await server.waitForCalls("rpc.Version", count: 500)
                for await _ in answers { break }
                await server.stop()
                await server.respond { _ in .answer }
                try await server.start()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let kinds = Set(codes)
            #expect(codes.count == 1000)
            #expect(kinds.contains(nil))
            #expect(kinds.contains(.disconnected))
            #expect(kinds.isSubset(of: [nil, .disconnected, .unreachable]))
            try await eventually { try await ClientUnderTest.version(client) == "2025.1.15" }
        }
    }

    @Test func callsFailFastWhileRoadRunnerIsDown() async throws {
        try await ClientUnderTest.with { client, server async throws in
            #expect(try await ClientUnderTest.version(client) == "2025.1.15")
            await server.stop()
            let code = await ClientUnderTest.code { _ = try await ClientUnderTest.version(client, timeout: .seconds(60)) }
            #expect(code == .unreachable || code == .disconnected)
            let start = ContinuousClock.now
            for _ in 0..<50 {
                #expect(
                    await ClientUnderTest.code { _ = try await ClientUnderTest.version(client, timeout: .seconds(60)) }
                        == .unreachable)
            }
            #expect(ContinuousClock.now - start < .seconds(30))
            try await server.start()
            try await eventually { try await ClientUnderTest.version(client) == "2025.1.15" }
        }
    }

    @Test func theFirstCallWaitsForRoadRunnerToListen() async throws {
        var settings = RPCSettings()
        settings.initialConnectTimeout = .seconds(30)
        try await ClientUnderTest.with(settings: settings) { client, server async throws in
            await server.stop()
            async let version = ClientUnderTest.version(client, timeout: .seconds(30))
            // At least one attempt fails.
            try await Task.sleep(for: .milliseconds(50))
            try await server.start()
            #expect(try await version == "2025.1.15")
        }
    }

    @Test func aCallWithoutAConnectionInTimeFails() async throws {
        var settings = RPCSettings()
        settings.initialConnectTimeout = .seconds(30)
        try await ClientUnderTest.with(settings: settings) { client, server async throws in
            await server.stop()
            do {
                _ = try await ClientUnderTest.version(client, timeout: .milliseconds(100))
                Issue.record("the call was answered")
            } catch let error as RPCError {
                #expect(error.code == .timeout)
                #expect(error.description.contains("no connection"))
            }
        }
    }

    @Test func valuesOf64MiB() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { call in
                .frames([Frame(flags: call.flags, options: [call.sequenceNumber, 0], payload: call.arguments)])
            }
            var big = ByteBuffer(repeating: 0x2A, count: 64 * 1024 * 1024)
            for index in stride(from: 0, to: big.readableBytes, by: 4096) { big.setInteger(UInt32(index), at: index) }
            let echo = try await client.call("test.Echo", codec: .raw, arguments: big, timeout: .seconds(30))
            #expect(echo == big)
        }
    }

    @Test func closingWaitsForCallsInFlight() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { $0.method == "rpc.Version" ? .hold : .ignore }
            async let version = ClientUnderTest.version(client)
            await server.waitForCalls("rpc.Version", count: 1)
            async let closed: Void = client.close(within: .seconds(30))
            await server.releaseHeld()
            #expect(try await version == "2025.1.15")
            await closed
            #expect(await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } == .closed)
        }
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { _ in .ignore }
            async let version = ClientUnderTest.code { _ = try await ClientUnderTest.version(client) }
            await server.waitForCalls("rpc.Version", count: 1)
            await client.close(within: .milliseconds(10))
            #expect(await version == .closed)
        }
    }

    /// The bytes belong to a cancelled call.
    @Test func closingWaitsForUnsentBytes() async throws {
        try await ClientUnderTest.with { client, server async throws in
            _ = try await ClientUnderTest.version(client)
            await server.respond { _ in .ignore }
            let big = ByteBuffer(repeating: 0x2A, count: 64 * 1024 * 1024)
            let call = Task { _ = try await client.call("test.Echo", codec: .raw, arguments: big, timeout: .seconds(30)) }
            try await Task.sleep(for: .milliseconds(5))
            call.cancel()
            _ = await call.result
            let took = await ContinuousClock().measure { await client.close(within: .seconds(60)) }
            #expect(took < .seconds(50))
        }
    }
}
