import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import Testing

/// Calls that crash RoadRunner crash the test kit's server, which lets tests notice them.
@Suite(.timeLimit(.minutes(1))) struct TestRPCServerTests {
    private struct Call {
        var method: String
        var flags = Frame.Flags.proto
        var sequenceNumber: UInt32
        var arguments: ByteBuffer
        /// The length of the method's name in the frame, if it differs.
        var length: Int?

        var bytes: ByteBuffer {
            get throws {
                var payload = ByteBuffer(string: self.method)
                payload.writeImmutableBuffer(self.arguments)
                var bytes = ByteBuffer()
                try bytes.writeFrame(
                    Frame(
                        flags: self.flags, options: [self.sequenceNumber, UInt32(self.length ?? self.method.utf8.count)],
                        payload: payload))
                return bytes
            }
        }
    }

    /// Makes the calls, each after the response to the previous one unless responses are held.
    private static func crashes(_ calls: [Call], areHeld: Bool = false) async throws -> Bool {
        try await TestRPCServer.with(storages: ["mem"]) { server in
            await server.respond { _ in areHeld ? .hold : .answer }
            let peer = Peer(loop: try Peer.sharedLoop(), descriptors: try RelayConnection.connect(to: server.address))
            try await peer.open()
            for call in calls {
                await peer.send(raw: try call.bytes)
                if !areHeld { guard case .frame = await peer.next(timeout: .seconds(10)) else { break } }
            }
            for method in Set(calls.map(\.method)) {
                let count = calls.count { $0.method == method }
                await server.waitForCalls(method, count: count)
            }
            let hasCrashed = await server.hasCrashed
            await peer.close()
            return hasCrashed
        }
    }

    private static func lock(_ method: String, _ number: UInt32, id: String = "a", ttl: Int64, wait: Int64 = 0) throws -> Call {
        let request = LockRequest.with { ($0.resource, $0.id, $0.ttl, $0.wait) = ("r", id, ttl, wait) }
        return Call(
            method: "lock.\(method)", sequenceNumber: number,
            arguments: ByteBuffer(bytes: try request.serializedBytes() as [UInt8]))
    }

    /// RoadRunner multiplies microseconds by 1000, in 64 bits.
    @Test(
        arguments: [
            (-1, true), (.max, true), (.min, true), (18_446_744_073_709_551, true), (9_223_372_036_854_776, true),
            (9_223_372_036_854_775, false), (31_536_000_000_000, false), (0, false),
        ] as [(Int64, Bool)]) func locksWithTimesThatOverflowInGo(_ ttl: Int64, _ ends: Bool) async throws
    {
        #expect(try await Self.crashes([Self.lock("Lock", 1, ttl: ttl)]) == ends)
        #expect(try await Self.crashes([Self.lock("Lock", 1, ttl: 1_000_000_000), Self.lock("UpdateTTL", 2, ttl: ttl)]) == ends)
    }

    @Test func aLockGrantedLaterCrashesRoadRunnerLater() async throws {
        try await TestRPCServer.with { server in
            let peer = Peer(loop: try Peer.sharedLoop(), descriptors: try RelayConnection.connect(to: server.address))
            try await peer.open()
            await peer.send(raw: try Self.lock("Lock", 1, id: "a", ttl: 1_000_000_000).bytes)
            guard case .frame = await peer.next(timeout: .seconds(10)) else { return #expect(Bool(false), "no response") }
            await peer.send(raw: try Self.lock("Lock", 2, id: "b", ttl: -1, wait: 1_000_000_000).bytes)
            await server.waitForCalls("lock.Lock", count: 2)
            #expect(await !server.hasCrashed)
            await peer.send(raw: try Self.lock("Release", 3, id: "a", ttl: 0).bytes)
            await server.waitForCalls("lock.Release", count: 1)
            #expect(await server.hasCrashed)
            await peer.close()
        }
    }

    @Test func aNumberInFlight() async throws {
        let call = Call(method: "rpc.Version", flags: .json, sequenceNumber: 7, arguments: ByteBuffer(string: "true"))
        #expect(try await !Self.crashes([call, call]))
        #expect(try await Self.crashes([call, call], areHeld: true))
        // Both calls arrive before the client can have seen the first response.
        try await TestRPCServer.with { server in
            let peer = Peer(loop: try Peer.sharedLoop(), descriptors: try RelayConnection.connect(to: server.address))
            try await peer.open()
            var bytes = try call.bytes
            bytes.writeImmutableBuffer(try call.bytes)
            await peer.send(raw: bytes)
            while case .frame = await peer.next(timeout: .seconds(10)) {}
            #expect(await server.hasCrashed)
            await peer.close()
        }
    }

    @Test func aMethodLongerThanItsCall() async throws {
        let call = Call(method: "rpc.Version", flags: .json, sequenceNumber: 7, arguments: ByteBuffer(), length: 12)
        try await TestRPCServer.with { server in
            let peer = Peer(loop: try Peer.sharedLoop(), descriptors: try RelayConnection.connect(to: server.address))
            try await peer.open()
            await peer.send(raw: try call.bytes)
            while case .frame = await peer.next(timeout: .seconds(10)) {}
            #expect(await server.hasCrashed)
            await peer.close()
        }
    }

    private static func metrics(_ method: String, _ number: UInt32, _ json: String) -> Call {
        Call(method: "metrics.\(method)", flags: .json, sequenceNumber: number, arguments: ByteBuffer(string: json))
    }

    /// Histograms without labels panic when they are declared, others with their first value.
    @Test(arguments: [
        (#""type":"histogram","buckets":[1,0.5]"#, true), (#""type":"histogram","buckets":[1,1]"#, true),
        (#""type":"histogram","labels":["le"]"#, false), (#""type":"summary","labels":["quantile"]"#, true),
        (#""type":"histogram","labels":["a"],"buckets":[2,1]"#, false),
    ]) func metricsOnWhichPrometheusPanics(_ collector: String, _ isAtOnce: Bool) async throws {
        let declaration = Self.metrics("Declare", 1, #"{"name":"m","collector":{"help":"",\#(collector)}}"#)
        let value = Self.metrics("Observe", 2, #"{"name":"m","value":1,"labels":["x"]}"#)
        #expect(try await Self.crashes([declaration]) == isAtOnce)
        #expect(try await Self.crashes([declaration, value]))
    }

    @Test func concurrentClearsOfAStorage() async throws {
        func clear(_ number: UInt32, _ storage: String = "mem") throws -> Call {
            let request = KVRequest.with { $0.storage = storage }
            return Call(
                method: "kv.Clear", sequenceNumber: number, arguments: ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
            )
        }
        #expect(try await !Self.crashes([clear(1), clear(2)]))
        #expect(try await Self.crashes([clear(1), clear(2)], areHeld: true))
        #expect(try await !Self.crashes([clear(1), clear(2, "other")], areHeld: true))
    }

    @Test func aValueWithAMalformedTimeRemovesTheOldOne() async throws {
        try await TestRPCServer.with(storages: ["mem"]) { server in
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: .init(label: "test"), ownsLoop: true)
            func set(_ timeout: String) async throws {
                let request = KVRequest.with {
                    $0.storage = "mem"
                    $0.items = [.with { ($0.key, $0.value, $0.timeout) = ("k", Data([1]), timeout) }]
                }
                let _: KVResponse = try await client.perform(RPCMethod("kv.Set"), proto: request)
            }
            try await set("")
            await #expect(throws: RPCError.self) { try await set("tomorrow") }
            let request = KVRequest.with { ($0.storage, $0.items) = ("mem", [.with { $0.key = "k" }]) }
            let response: KVResponse = try await client.perform(RPCMethod("kv.Has"), proto: request)
            #expect(response.items.isEmpty)
            await client.close()
        }
    }
}
