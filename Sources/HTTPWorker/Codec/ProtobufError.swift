/// A malformed protobuf message.
struct ProtobufError: Error, Hashable, CustomStringConvertible {
    let description: String

    static let truncated = ProtobufError(description: "the message ends in the middle of a field")
    static let malformedVarint = ProtobufError(description: "a number is longer than ten bytes")
    static func unexpectedType(_ field: UInt64) -> ProtobufError {
        ProtobufError(description: "field \(field) has the wrong type")
    }
    static func unknownType(_ type: UInt64) -> ProtobufError {
        ProtobufError(description: "the wire type \(type) does not exist or is not supported")
    }
}
