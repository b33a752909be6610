import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RPCClient {
    /// Calls a method that takes and returns JSON: those of `rpc`, `metrics`, `informer`, `resetter` and `app`, and of your own Go
    /// plugins.
    ///
    /// - Parameter timeout: the time to wait for the response; 5 seconds when nil.
    /// - Throws: ``RPCError``; `DecodingError` when the result is not of the type; `CancellationError`.
    public func call<Arguments: Encodable & Sendable, Result: Decodable & Sendable>(
        _ method: String, json arguments: Arguments, as type: Result.Type = Result.self, timeout: Duration? = nil
    ) async throws -> Result {
        let encoded = ByteBuffer(bytes: try JSONEncoder().encode(arguments))
        let result = try await self.call(method, codec: .json, arguments: encoded, timeout: timeout)
        return try JSONDecoder().decode(type, from: Data(result.readableBytesView))
    }
}
