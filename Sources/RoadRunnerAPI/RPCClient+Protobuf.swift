public import Goridge
import NIOCore
public import SwiftProtobuf

extension RPCClient {
    /// Calls a method that takes and gives protobuf messages.
    ///
    /// - Parameter timeout: 5 seconds when nil.
    /// - Throws: `RPCError`; `BinaryDecodingError` when the result is not such a message; `CancellationError`.
    public func call<Arguments: Message, Result: Message>(
        _ method: String, proto arguments: Arguments, as type: Result.Type = Result.self, timeout: Duration? = nil
    ) async throws -> Result {
        try await self.perform(RPCMethod(unchecked: method), proto: arguments, timeout: timeout)
    }

    /// Calls a method whose protobuf arguments this package has checked.
    ///
    /// - Parameters:
    ///   - isOwn: whether metrics or log lines are sent with it.
    ///   - late: told of a result that came after the call was given up; nil when the connection has ended before.
    package func perform<Arguments: Message, Result: Message>(
        _ method: RPCMethod, proto arguments: Arguments, as type: Result.Type = Result.self, timeout: Duration? = nil,
        isOwn: Bool = false, late: (@Sendable (Result?) -> Void)? = nil
    ) async throws -> Result {
        let encoded = RPCArguments(ByteBuffer(bytes: try arguments.serializedBytes() as [UInt8]))
        return try await self.perform(method, encoded: encoded, timeout: timeout, isOwn: isOwn, late: late)
    }

    /// Calls a method whose arguments depend on the time at which they are sent.
    ///
    /// - Parameter arguments: may be called again on the loop, when the call has waited.
    package func perform<Arguments: Message, Result: Message>(
        _ method: RPCMethod, timedProto arguments: @escaping @Sendable () -> Arguments, as type: Result.Type = Result.self
    ) async throws -> Result {
        // A message without required fields can always be encoded.
        let encoded = RPCArguments { ByteBuffer(bytes: (try? arguments().serializedBytes() as [UInt8]) ?? []) }
        return try await self.perform(method, encoded: encoded, timeout: nil, isOwn: false, late: nil)
    }

    private func perform<Result: Message>(
        _ method: RPCMethod, encoded: RPCArguments, timeout: Duration?, isOwn: Bool, late: (@Sendable (Result?) -> Void)?
    ) async throws -> Result {
        var lateBytes: (@Sendable (ByteBuffer?) -> Void)?
        if let late { lateBytes = { bytes in late(bytes.flatMap { try? Self.decode($0) as Result }) } }
        let bytes = try await self.perform(
            method, codec: .proto, encoded, timeout: timeout, isOwn: isOwn, late: lateBytes)
        return try Self.decode(bytes)
    }

    private static func decode<Result: Message>(_ bytes: ByteBuffer) throws -> Result {
        try Result(serializedBytes: Array(bytes.readableBytesView))
    }
}
