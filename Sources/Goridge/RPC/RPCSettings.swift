/// The limits of an RPC connection.
package struct RPCSettings: Sendable {
    /// The largest number of calls that wait for a response.
    package var maximumCalls = 16 * 1024
    /// The largest number of bytes that RoadRunner has not read yet.
    package var maximumPendingBytes = 512 * 1024 * 1024
    /// The longest response, in bytes.
    package var maximumResponseSize = FrameDecoder.defaultMaximumPayloadSize
    /// The time that an attempt to connect may take, in milliseconds, for each address of a name.
    package var connectTimeout: CInt = 1000
    /// The time that calls before the very first connection wait for RoadRunner to listen.
    package var initialConnectTimeout = Duration.seconds(1)
    /// The time after which the response to an abandoned call is no longer expected. A connection with too many such calls is
    /// replaced.
    package var abandonedLifetime = Duration.seconds(30)
    /// For tests: the sequence number before the first.
    package var lastSequenceNumber: UInt32 = 0

    package init() {}
}
