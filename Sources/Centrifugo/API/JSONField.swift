/// A field of Centrifugo's messages whose JSON differs from protobuf's own.
enum JSONField: Hashable, Sendable {
    /// Bytes, as JSON itself instead of base64. Bytes that are not JSON are base64 in the field `base64`, if there is one.
    case bytes(base64: String?)
    /// A message or a list of messages, by the protobuf name.
    case message(String)
    /// A map of such messages, whose keys are arbitrary and not fields.
    case map(String)
}
