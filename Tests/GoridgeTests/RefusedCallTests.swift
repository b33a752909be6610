import Foundation
import Goridge
import NIOCore
import RoadRunnerTesting
import Testing

/// Tests calls that the client refuses, since they would crash RoadRunner.
@Suite(.timeLimit(.minutes(1))) struct RefusedCallTests {
    @Test func callsThatWouldCrashRoadRunnerAreRefused() async throws {
        try await ClientUnderTest.with { client, server async throws in
            for method in ["rpc.Version", "app.Info", "informer.List", "metrics.Add", "foo.Bar"] {
                let code = await ClientUnderTest.code {
                    _ = try await client.call(method, codec: .proto, arguments: ByteBuffer())
                }
                #expect(code == .refused, "\(method)")
            }
            for method in ["kv.Clear", "kv.MExpire", "kv.Set", "lock.Lock", "lock.UpdateTTL", "lock.LockRead"] {
                let code = await ClientUnderTest.code {
                    _ = try await client.call(method, codec: .proto, arguments: ByteBuffer(string: "x"))
                }
                #expect(code == .refused, "\(method)")
            }
            for json in [
                #"{"name":"c","value":-1}"#, #"{"name":"c","Value":-0.5,"labels":["a"]}"#, #"{"value":1,"value":-1,"name":"c"}"#,
            ] {
                let code = await ClientUnderTest.code {
                    _ = try await client.call("metrics.Add", codec: .json, arguments: ByteBuffer(string: json))
                }
                #expect(code == .refused, "\(json)")
            }
            for json in Self.declarationsThatPanic {
                let code = await ClientUnderTest.code {
                    _ = try await client.call("metrics.Declare", codec: .json, arguments: ByteBuffer(string: json))
                }
                #expect(code == .refused, "\(json)")
            }
            for method in ["", "kv", "kv.", ".Has", "kv.Has.x", "kv.H s", "kv.Ž", String(repeating: "a", count: 300) + ".B"] {
                let code = await ClientUnderTest.code { _ = try await client.call(method, codec: .json, arguments: ByteBuffer()) }
                #expect(code == .refused, "\(method)")
            }
            // Empty bytes are a valid message for a method whose result is a message too.
            let code = await ClientUnderTest.code {
                _ = try await client.call("jobs.List", codec: .proto, arguments: ByteBuffer())
            }
            #expect(code == .unknownMethod)
            for json in [#"{"name":"c","value":1}"#, #"{"name":"-1","value":0}"#, "nonsense"] {
                let code = await ClientUnderTest.code {
                    _ = try await client.call("metrics.Add", codec: .json, arguments: ByteBuffer(string: json))
                }
                // Nothing is declared, and nonsense is not JSON: RoadRunner itself returns the error.
                #expect(code == .remote, "\(json)")
            }
            #expect(await server.calls.map(\.method) == ["jobs.List", "metrics.Add", "metrics.Add", "metrics.Add"])
            for json in Self.declarations {
                let isDeclared: Bool? = try? await JSONDecoder().decode(
                    Bool.self,
                    from: Data(
                        client.call("metrics.Declare", codec: .json, arguments: ByteBuffer(string: json)).readableBytesView))
                #expect(isDeclared == true, "\(json)")
            }
            #expect(await !server.hasCrashed)
        }
    }

    /// Prometheus's library panics on these, at once or with the first value.
    private static let declarationsThatPanic = [
        #"{"name":"h","collector":{"type":"histogram","buckets":[1,0.5]}}"#,
        #"{"name":"h","collector":{"type":"histogram","buckets":[1,1]}}"#,
        #"{"name":"h","collector":{"type":"histogram","buckets":[1,null]}}"#,
        #"{"name":"h","collector":{"type":"histogram","labels":["a"],"buckets":[1,0.5]}}"#,
        #"{"Name":"h","COLLECTOR":{"Type":"histogram","buc\u212Aet\u017F":[1,0.5]}}"#,
        #"{"name":"h","collector":{"type":"histogram","labels":["a","le"]}}"#,
        #"{"name":"h","collector":{"type":"histogram","label\u017F":["le"]}}"#,
        #"{"name":"s","collector":{"type":"summary","labels":["quantile"]}}"#,
        #"{"name":"h","collector":{"type":"histogram","buckets":[1,2],"Bucket\u0073" :[1,0.5]}}"#,
        "nonsense", "[]", "null", "",
    ]

    private static let declarations = [
        #"{"name":"h1","collector":{"type":"histogram","help":"","buckets":[0.5,1,2]}}"#,
        #"{"name":"h2","collector":{"type":"histogram","help":"","labels":["quantile"],"buckets":[]}}"#,
        #"{"name":"h3","collector":{"type":"histogram","help":"","buckets":null}}"#,
        #"{"name":"c","collector":{"type":"counter","help":"","labels":["le","quantile"],"buckets":[2,1]}}"#,
    ]
}
