import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

/// Calls that the test server answers, or does not.
@Suite(.timeLimit(.minutes(1))) struct RPCClientTests {
    private static func withClient<Result>(
        storages: [String] = ["cache"], relay: TestWorker.Relay = .tcp, settings: RPCSettings = RPCSettings(),
        _ body: (RPCClient, TestRPCServer) async throws -> Result
    ) async throws -> Result {
        try await TestRPCServer.with(storages: storages, relay: relay) { server in
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"), ownsLoop: true,
                settings: settings)
            let result = try await body(client, server)
            await client.close()
            return result
        }
    }

    private static func version(_ client: RPCClient, timeout: Duration? = nil) async throws -> String {
        try await client.call("rpc.Version", json: true, timeout: timeout)
    }

    private static func code(_ body: () async throws -> Void) async -> RPCError.Code? {
        do { try await body() } catch { return (error as? RPCError)?.code }
        return nil
    }

    @Test func whereNobodyListensTheHintIsTold() async throws {
        let client = RPCClient(
            address: .unix(path: "/tmp/rr-nobody-\(UInt64.random(in: 0 ... .max)).sock"), loop: try PollEventLoop(name: "rr-rpc"),
            logger: Logger(label: "test"), ownsLoop: true, hint: "Add a line.")
        for timeout in [Duration.milliseconds(50), .seconds(30)] {
            let error = await #expect(throws: RPCError.self) { _ = try await Self.version(client, timeout: timeout) }
            #expect(error?.description.hasSuffix(". Add a line.") == true, "\(error?.description ?? "")")
        }
        await client.close()
    }

    @Test(arguments: [TestWorker.Relay.tcp, .unix]) func callsOverSockets(_ relay: TestWorker.Relay) async throws {
        try await Self.withClient(relay: relay) { client, _ async throws in
            #expect(try await Self.version(client) == "2025.1.15")
            let configuration = try await client.call("rpc.Config", codec: .raw, arguments: ByteBuffer())
            #expect(String(buffer: configuration).contains(#""driver":"memory""#))
        }
    }

    @Test func answersThatComeOutOfOrderFindTheirCalls() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { call in
                var payload = ByteBuffer(string: call.method)
                payload.writeImmutableBuffer(call.arguments)
                // The method's name in a response says nothing.
                let frame = Frame(flags: call.flags, options: [call.number, UInt32(call.method.utf8.count)], payload: payload)
                return call.method == "test.Last" ? .hold : .frames([frame])
            }
            // Held ones are answered last first.
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
            async let first = Self.version(client)
            await server.waitForCalls("rpc.Version", count: 1)
            // A call does not wait for those before it.
            _ = try await client.call("rpc.Config", codec: .raw, arguments: ByteBuffer())
            await server.releaseHeld()
            #expect(try await first == "2025.1.15")
        }
    }

    @Test func errorsKeepRoadRunnersWordsAndHaveCodes() async throws {
        try await Self.withClient { client, server async throws in
            func error(_ text: String) async -> RPCError? {
                await server.respond { _ in .error(text) }
                do { _ = try await Self.version(client) } catch { return error as? RPCError }
                return nil
            }
            // Both versions of RoadRunner.
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

    @Test func aLateAnswerIsDroppedAndNeverMisattributed() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { $0.method == "test.Slow" ? .hold : .answer }
            let code = await Self.code {
                let _: Bool = try await client.call("test.Slow", json: true, timeout: .milliseconds(20))
            }
            #expect(code == .timeout)
            async let version = Self.version(client)
            await server.releaseHeld()
            #expect(try await version == "2025.1.15")
            #expect(try await Self.version(client) == "2025.1.15")
        }
    }

    @Test func aCancelledCallEndsAtOnceAndTheConnectionServesOn() async throws {
        try await Self.withClient { client, server async throws in
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
            #expect(try await Self.version(client) == "2025.1.15")
            // `test.Slow` is unknown, so that its late response is an error: nobody is told.
            #expect(late.withLock { $0 } == 0)
            // Cancelled before it began.
            let never = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await Self.version(client)
            }
            await #expect(throws: CancellationError.self) { _ = try await never.value }
        }
    }

    // MARK: Faults

    @Test func answersToNoCallAreDropped() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { call in
                let answer = Frame(
                    flags: .json, options: [call.number, 4], payload: ByteBuffer(string: "test\"\(call.number)\""))
                var stray = answer
                stray.options = [call.number &+ 1000, 4]
                // An unknown number, the response, and the response again.
                return .frames([stray, answer, answer])
            }
            for number in 1...20 { #expect(try await Self.version(client) == "\(number)") }
        }
    }

    @Test(arguments: [
        Frame(flags: .json, payload: ByteBuffer(string: "no options")),
        Frame(flags: .json, options: [1], payload: ByteBuffer(string: "one option")),
        Frame(flags: .json, options: [1, 2, 3], payload: ByteBuffer(string: "three options")),
        Frame(flags: .json, options: [1, 100], payload: ByteBuffer(string: "a method longer than the payload")),
        Frame(flags: .json, options: [1, .max], payload: ByteBuffer(string: "much longer")),
        Frame(flags: [.control, .json], options: [1, 0], payload: ByteBuffer(string: "a control frame")),
        Frame(flags: .json, stream: .stream, options: [1, 0], payload: ByteBuffer(string: "a stream")),
        Frame(flags: .proto, options: [1, 0], payload: ByteBuffer(string: "another codec")),
    ]) func aMalformedAnswerClosesTheConnection(_ frame: Frame) async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { $0.method == "test.Bad" ? .frames([frame]) : .ignore }
            // The numbers in the frames are those of the first call.
            #expect(await Self.code { let _: Bool = try await client.call("test.Bad", json: true) } == .malformedResponse)
            await server.respond { _ in .answer }
            try await Self.eventually { try await Self.version(client) == "2025.1.15" }
        }
    }

    @Test func aMalformedAnswerFailsAllCallsInFlight() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { $0.method == "test.Bad" ? .frames([Frame(flags: .json)]) : .ignore }
            try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<50 { group.addTask { await Self.code { _ = try await Self.version(client) } } }
                await server.waitForCalls("rpc.Version", count: 50)
                group.addTask { await Self.code { let _: Bool = try await client.call("test.Bad", json: true) } }
                for try await code in group { #expect(code == .malformedResponse) }
            }
        }
    }

    @Test func garbageAndHalfAnswers() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { _ in .bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
            #expect(await Self.code { _ = try await Self.version(client) } == .malformedResponse)
            await server.respond { call in
                var buffer = ByteBuffer()
                try? buffer.writeFrame(
                    Frame(flags: .json, options: [call.number, 0], payload: ByteBuffer(string: "\"half of this\"")))
                return .bytes(Array(buffer.readableBytesView.dropLast(5)))
            }
            try await Self.eventually { await Self.code { _ = try await Self.version(client) } == .disconnected }
            await server.respond { _ in .close }
            try await Self.eventually { await Self.code { _ = try await Self.version(client) } == .disconnected }
            await server.respond { _ in .answer }
            try await Self.eventually { try await Self.version(client) == "2025.1.15" }
        }
    }

    @Test func anAnswerLongerThanTheLimitIsNotRead() async throws {
        var settings = RPCSettings()
        settings.maximumResponseSize = 1000
        try await Self.withClient(settings: settings) { client, server async throws in
            await server.respond { call in
                guard call.method == "test.Long" else { return .answer }
                return .frames([
                    Frame(flags: .json, options: [call.number, 0], payload: ByteBuffer(repeating: 0x31, count: 1001))
                ])
            }
            // Only its own call fails, and the connection stays.
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let code = await Self.code {
                            if number % 4 == 3 {
                                let _: String = try await client.call("test.Long", json: true)
                            } else {
                                _ = try await Self.version(client)
                            }
                        }
                        #expect(code == (number % 4 == 3 ? .malformedResponse : nil))
                    }
                }
            }
        }
    }

    @Test func tooManyCallsAreRefused() async throws {
        var settings = RPCSettings()
        settings.maximumCalls = 10
        try await Self.withClient(settings: settings) { client, server async throws in
            await server.respond { _ in .hold }
            await withTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<10 { group.addTask { await Self.code { _ = try await Self.version(client) } } }
                await server.waitForCalls("rpc.Version", count: 10)
                #expect(await Self.code { _ = try await Self.version(client) } == .tooManyCalls)
                await server.releaseHeld()
                for await code in group { #expect(code == nil) }
            }
        }
    }

    @Test func aConnectionWithManyCallsThatWereGivenUpIsReplaced() async throws {
        var settings = RPCSettings()
        settings.maximumCalls = 8
        settings.abandonedLifetime = .milliseconds(50)
        try await Self.withClient(settings: settings) { client, server async throws in
            #expect(try await Self.version(client) == "2025.1.15")
            await server.respond { $0.method == "test.Stuck" ? .ignore : .answer }
            let told = Counter()
            let calls = (0..<8).map { _ in
                Task {
                    try await client.perform(
                        RPCMethod("test.Stuck"), codec: .json, arguments: ByteBuffer(string: "1"), timeout: .seconds(60)
                    ) { result in
                        #expect(result == nil)
                        told.next()
                    }
                }
            }
            await server.waitForCalls("test.Stuck", count: 8)
            for call in calls {
                call.cancel()
                await #expect(throws: CancellationError.self) { _ = try await call.value }
            }
            // There is no room until they are old.
            try await Self.eventually { try await Self.version(client) == "2025.1.15" }
            #expect(told.value == 8)
        }
    }

    @Test func roadRunnerRestartsAmongAThousandCalls() async throws {
        try await Self.withClient { client, server async throws in
            // Half of the calls are never answered by the first RoadRunner.
            await server.respond { $0.number.isMultiple(of: 2) ? .ignore : .answer }
            let (answers, answer) = AsyncStream.makeStream(of: Void.self)
            let codes = try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<1000 {
                    group.addTask {
                        await Self.code {
                            _ = try await Self.version(client)
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
            try await Self.eventually { try await Self.version(client) == "2025.1.15" }
        }
    }

    @Test func callsFailFastWhileRoadRunnerIsDown() async throws {
        try await Self.withClient { client, server async throws in
            #expect(try await Self.version(client) == "2025.1.15")
            await server.stop()
            let code = await Self.code { _ = try await Self.version(client, timeout: .seconds(60)) }
            #expect(code == .unreachable || code == .disconnected)
            let start = ContinuousClock.now
            for _ in 0..<50 {
                #expect(await Self.code { _ = try await Self.version(client, timeout: .seconds(60)) } == .unreachable)
            }
            #expect(ContinuousClock.now - start < .seconds(30))
            try await server.start()
            try await Self.eventually { try await Self.version(client) == "2025.1.15" }
        }
    }

    @Test func theFirstCallWaitsForRoadRunnerToListen() async throws {
        var settings = RPCSettings()
        settings.initialConnectTimeout = .seconds(30)
        try await Self.withClient(settings: settings) { client, server async throws in
            await server.stop()
            async let version = Self.version(client, timeout: .seconds(30))
            // At least one attempt is made in vain.
            try await Task.sleep(for: .milliseconds(50))
            try await server.start()
            #expect(try await version == "2025.1.15")
        }
    }

    @Test func aCallThatFindsNoConnectionInTimeSaysSo() async throws {
        var settings = RPCSettings()
        settings.initialConnectTimeout = .seconds(30)
        try await Self.withClient(settings: settings) { client, server async throws in
            await server.stop()
            do {
                _ = try await Self.version(client, timeout: .milliseconds(100))
                Issue.record("it was answered")
            } catch let error as RPCError {
                #expect(error.code == .timeout)
                #expect(error.description.contains("no connection"))
            }
        }
    }

    @Test func valuesOf64MiB() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { call in
                .frames([Frame(flags: call.flags, options: [call.number, 0], payload: call.arguments)])
            }
            var big = ByteBuffer(repeating: 0x2A, count: 64 * 1024 * 1024)
            for index in stride(from: 0, to: big.readableBytes, by: 4096) { big.setInteger(UInt32(index), at: index) }
            let echo = try await client.call("test.Echo", codec: .raw, arguments: big, timeout: .seconds(30))
            #expect(echo == big)
        }
    }

    @Test func closingWaitsForCallsOnTheirWay() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { $0.method == "rpc.Version" ? .hold : .ignore }
            async let version = Self.version(client)
            await server.waitForCalls("rpc.Version", count: 1)
            async let closed: Void = client.close(within: .seconds(30))
            await server.releaseHeld()
            #expect(try await version == "2025.1.15")
            await closed
            #expect(await Self.code { _ = try await Self.version(client) } == .closed)
        }
        try await Self.withClient { client, server async throws in
            await server.respond { _ in .ignore }
            async let version = Self.code { _ = try await Self.version(client) }
            await server.waitForCalls("rpc.Version", count: 1)
            await client.close(within: .milliseconds(10))
            #expect(await version == .closed)
        }
    }

    /// They are of a call that nobody waits for any more.
    @Test func closingWaitsForBytesOnTheirWay() async throws {
        try await Self.withClient { client, server async throws in
            _ = try await Self.version(client)
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

    private static func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<400 {
            if (try? await condition()) == true { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("it did not come about")
    }
}
