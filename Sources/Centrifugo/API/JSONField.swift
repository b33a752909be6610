/// How a field of Centrifugo's messages stands in JSON, where protobuf's own JSON differs.
enum JSONField: Hashable, Sendable {
    /// Bytes: JSON itself, and not base64. What is no JSON stands as base64 in the field `base64`, where there is one.
    case bytes(base64: String?)
    /// A message, or a list of them, named as in protobuf.
    case message(String)
    /// A map, whose keys are anybody's and no fields, of such messages.
    case map(String)
}
