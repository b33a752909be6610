/// Bytes that are not a Goridge frame.
///
/// The next frame cannot be found after this error: the connection is lost.
public struct FrameError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case checksumMismatch, unsupportedVersion, malformedHeader, payloadTooLarge, truncated }
        private let kind: Kind

        /// The header's checksum does not match its first six bytes.
        public static let checksumMismatch = Code(kind: .checksumMismatch)
        /// The version nibble is not 1.
        public static let unsupportedVersion = Code(kind: .unsupportedVersion)
        /// The header's length is impossible: below 12 bytes, or more than ten options.
        public static let malformedHeader = Code(kind: .malformedHeader)
        /// The payload is longer than the receiver allows.
        public static let payloadTooLarge = Code(kind: .payloadTooLarge)
        /// The connection ended inside a frame.
        public static let truncated = Code(kind: .truncated)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error: the bytes that were read, and what to do.
    public let description: String

    static func checksumMismatch(_ header: String) -> FrameError {
        FrameError(
            code: .checksumMismatch,
            description: """
                the frame header has a wrong checksum (\(header)): something other than Goridge frames was written to the \
                relay, or bytes were lost. The connection can no longer be used
                """
        )
    }

    static func unsupportedVersion(_ version: UInt8, _ header: String) -> FrameError {
        FrameError(
            code: .unsupportedVersion,
            description: "the frame header has version \(version), but this library supports version 1 only (\(header))"
        )
    }

    static func malformedHeader(words: UInt8, _ header: String) -> FrameError {
        FrameError(
            code: .malformedHeader,
            description: """
                the frame header announces \(words) words, but 3 to \(3 + FrameOptions.maximumCount) are possible \
                (\(header))
                """
        )
    }

    static func payloadTooLarge(_ length: Int, limit: Int) -> FrameError {
        FrameError(
            code: .payloadTooLarge,
            description: """
                the frame announces a payload of \(length) bytes, over the limit of \(limit): raise it (`maximumPayloadSize`), or \
                let RoadRunner send less (`http.max_request_size`)
                """
        )
    }

    static func truncated(missing: Int) -> FrameError {
        FrameError(
            code: .truncated,
            description: "the connection ended inside a frame; at least \(missing) bytes were missing"
        )
    }
}
