import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import Synchronization
import Testing

/// Tests calls with protobuf arguments and results.
@Suite(.timeLimit(.minutes(1))) struct RPCClientProtobufTests {
    private static func withClient(_ body: (RPCClient, TestRPCServer) async throws -> Void) async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            try await body(client, server)
            await client.close()
        }
    }

    private static func request(_ key: String, _ value: String = "") -> KVRequest {
        .with {
            $0.storage = "cache"
            $0.items = [
                .with {
                    $0.key = key
                    $0.value = Data(value.utf8)
                }
            ]
        }
    }

    @Test func messagesInBothDirections() async throws {
        try await Self.withClient { client, server async throws in
            let stored: KVResponse = try await client.perform(RPCMethod("kv.Set"), proto: Self.request("k", "value"))
            #expect(stored.items.isEmpty)
            let found: KVResponse = try await client.call("kv.MGet", proto: Self.request("k"))
            #expect(found.items.map(\.key) == ["k"])
            #expect(found.items.first.map { String(decoding: $0.value, as: UTF8.self) } == "value")
            let call = try #require(await server.calls.last)
            #expect(call.method == "kv.MGet")
        }
    }

    @Test func malformedMessagesAreErrors() async throws {
        try await Self.withClient { client, server async throws in
            // A field of length 5 that ends after one byte.
            await server.respond { call in
                var payload = ByteBuffer(string: call.method)
                payload.writeBytes([0x12, 0x05, 0x61])
                return .frames([
                    Frame(flags: .proto, options: [call.sequenceNumber, UInt32(call.method.utf8.count)], payload: payload)
                ])
            }
            await #expect(throws: BinaryDecodingError.self) {
                _ = try await client.call("kv.MGet", proto: Self.request("k"), as: KVResponse.self)
            }
            await server.respond { _ in .answer }
            _ = try await client.call("kv.Has", proto: Self.request("k"), as: KVResponse.self)
        }
    }

    @Test func errorsOfTheServerAreThoseOfAnyCall() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { _ in .error("no such storage") }
            let error = await #expect(throws: RPCError.self) {
                _ = try await client.call("kv.Has", proto: Self.request("k"), as: KVResponse.self)
            }
            #expect(error?.description.contains("no such storage") == true)
        }
    }

    /// A cancelled request for a lock still has to know whether it was granted.
    @Test func lateResultsArePassedOn() async throws {
        try await Self.withClient { client, server async throws in
            await server.respond { _ in .hold }
            let (late, source) = AsyncStream.makeStream(of: KVResponse?.self)
            let call = Task {
                try await client.perform(
                    RPCMethod("kv.Has"), proto: Self.request("k"), as: KVResponse.self, timeout: .seconds(60),
                    onLateResult: { source.yield($0) })
            }
            await server.waitForCalls("kv.Has", count: 1)
            call.cancel()
            await #expect(throws: CancellationError.self) { _ = try await call.value }
            await server.releaseHeld()
            var iterator = late.makeAsyncIterator()
            #expect(try #require(await iterator.next()) != nil)
        }
    }

    /// Storages take an absolute expiry, so a call that has waited needs a later one.
    @Test func timedArgumentsDependOnTheTimeOfSending() async throws {
        try await Self.withClient { client, server async throws in
            let asked = Mutex(0)
            _ = try await client.perform(
                RPCMethod("kv.Has"),
                timedProto: {
                    asked.withLock { $0 += 1 }
                    return Self.request("k\(asked.withLock { $0 })")
                }, as: KVResponse.self)
            let count = asked.withLock { $0 }
            #expect(count >= 1)
            let call = try #require(await server.calls.last)
            #expect(try KVRequest(serializedBytes: Array(call.arguments.readableBytesView)).items.map(\.key) == ["k\(count)"])
        }
    }
}
