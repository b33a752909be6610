public import Goridge
import NIOCore
public import SwiftProtobuf

extension RPCClient {
    /// Calls a method with protobuf arguments and a protobuf result.
    ///
    /// - Parameter timeout: the timeout of the call; 5 seconds when nil.
    /// - Throws: `RPCError`; `BinaryDecodingError` when the result is not a `Result`; `CancellationError`.
    public func call<Arguments: Message, Result: Message>(
        _ method: String, proto arguments: Arguments, as type: Result.Type = Result.self, timeout: Duration? = nil
    ) async throws -> Result {
        try await self.perform(RPCMethod(unchecked: method), proto: arguments, timeout: timeout)
    }

    /// Calls a method with protobuf arguments that this package has validated.
    ///
    /// - Parameters:
    ///   - isOwn: whether it carries metrics or log lines.
    ///   - onLateResult: called with a result that arrives after the call was abandoned; nil when the connection ended before.
    package func perform<Arguments: Message, Result: Message>(
        _ method: RPCMethod, proto arguments: Arguments, as type: Result.Type = Result.self, timeout: Duration? = nil,
        isOwn: Bool = false, onLateResult: (@Sendable (Result?) -> Void)? = nil
    ) async throws -> Result {
        let encoded = RPCArguments(try arguments.serializedBuffer())
        return try await self.perform(method, encoded: encoded, timeout: timeout, isOwn: isOwn, onLateResult: onLateResult)
    }

    /// Calls a method whose arguments depend on the time of sending.
    ///
    /// - Parameter arguments: may be called again on the loop, if the call had to wait.
    package func perform<Arguments: Message, Result: Message>(
        _ method: RPCMethod, timedProto arguments: @escaping @Sendable () -> Arguments, as type: Result.Type = Result.self
    ) async throws -> Result {
        // Encoding cannot fail for a message without required fields.
        let encoded = RPCArguments { (try? arguments().serializedBuffer()) ?? ByteBuffer() }
        return try await self.perform(method, encoded: encoded, timeout: nil, isOwn: false, onLateResult: nil)
    }

    private func perform<Result: Message>(
        _ method: RPCMethod, encoded: RPCArguments, timeout: Duration?, isOwn: Bool, onLateResult: (@Sendable (Result?) -> Void)?
    ) async throws -> Result {
        var lateBytes: (@Sendable (ByteBuffer?) -> Void)?
        if let onLateResult { lateBytes = { bytes in onLateResult(bytes.flatMap { try? Result(serializedBuffer: $0) }) } }
        let bytes = try await self.perform(
            method, codec: .proto, encoded, timeout: timeout, isOwn: isOwn, onLateResult: lateBytes)
        return try Result(serializedBuffer: bytes)
    }
}
