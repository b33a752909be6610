import Goridge
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests the client with responses that are malformed, too long, or too many.
@Suite(.timeLimit(.minutes(1))) struct RPCClientFaultTests {
    @Test func responsesWithoutACallAreDropped() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { call in
                let answer = Frame(
                    flags: .json, options: [call.sequenceNumber, 4], payload: ByteBuffer(string: "test\"\(call.sequenceNumber)\"")
                )
                var stray = answer
                stray.options = [call.sequenceNumber &+ 1000, 4]
                // An unknown number, the response, and the response again.
                return .frames([stray, answer, answer])
            }
            for number in 1...20 { #expect(try await ClientUnderTest.version(client) == "\(number)") }
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
    ]) func aMalformedResponseClosesTheConnection(_ frame: Frame) async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { $0.method == "test.Bad" ? .frames([frame]) : .ignore }
            // The frames have the number of the first call.
            #expect(
                await ClientUnderTest.code { let _: Bool = try await client.call("test.Bad", json: true) } == .malformedResponse)
            await server.respond { _ in .answer }
            try await eventually { try await ClientUnderTest.version(client) == "2025.1.15" }
        }
    }

    @Test func aMalformedResponseFailsAllCallsInFlight() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { $0.method == "test.Bad" ? .frames([Frame(flags: .json)]) : .ignore }
            try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<50 { group.addTask { await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } } }
                await server.waitForCalls("rpc.Version", count: 50)
                group.addTask { await ClientUnderTest.code { let _: Bool = try await client.call("test.Bad", json: true) } }
                for try await code in group { #expect(code == .malformedResponse) }
            }
        }
    }

    @Test func garbageAndPartialResponses() async throws {
        try await ClientUnderTest.with { client, server async throws in
            await server.respond { _ in .bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
            #expect(await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } == .malformedResponse)
            await server.respond { call in
                var buffer = ByteBuffer()
                try? buffer.writeFrame(
                    Frame(flags: .json, options: [call.sequenceNumber, 0], payload: ByteBuffer(string: "\"half of this\"")))
                return .bytes(Array(buffer.readableBytesView.dropLast(5)))
            }
            try await eventually {
                await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } == .disconnected
            }
            await server.respond { _ in .close }
            try await eventually {
                await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } == .disconnected
            }
            await server.respond { _ in .answer }
            try await eventually { try await ClientUnderTest.version(client) == "2025.1.15" }
        }
    }

    @Test func aResponseOverTheLimitIsNotRead() async throws {
        var settings = RPCSettings()
        settings.maximumResponseSize = 1000
        try await ClientUnderTest.with(settings: settings) { client, server async throws in
            await server.respond { call in
                guard call.method == "test.Long" else { return .answer }
                return .frames([
                    Frame(flags: .json, options: [call.sequenceNumber, 0], payload: ByteBuffer(repeating: 0x31, count: 1001))
                ])
            }
            // Only its own call fails, and the connection stays open.
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let code = await ClientUnderTest.code {
                            if number % 4 == 3 {
                                let _: String = try await client.call("test.Long", json: true)
                            } else {
                                _ = try await ClientUnderTest.version(client)
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
        try await ClientUnderTest.with(settings: settings) { client, server async throws in
            await server.respond { _ in .hold }
            await withTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<10 { group.addTask { await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } } }
                await server.waitForCalls("rpc.Version", count: 10)
                #expect(await ClientUnderTest.code { _ = try await ClientUnderTest.version(client) } == .tooManyCalls)
                await server.releaseHeld()
                for await code in group { #expect(code == nil) }
            }
        }
    }

    @Test func aConnectionWithManyAbandonedCallsIsReplaced() async throws {
        var settings = RPCSettings()
        settings.maximumCalls = 8
        settings.abandonedLifetime = .milliseconds(50)
        try await ClientUnderTest.with(settings: settings) { client, server async throws in
            #expect(try await ClientUnderTest.version(client) == "2025.1.15")
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
            // New calls are refused until the abandoned ones are old.
            try await eventually { try await ClientUnderTest.version(client) == "2025.1.15" }
            #expect(told.value == 8)
        }
    }
}
