/// The encoding of a remote call's arguments and result.
public enum RPCCodec: Sendable, Hashable {
    /// Protobuf messages: `kv`, `lock`, `status`, `jobs`, `centrifuge`, `service`, and `app.…WithContext`.
    case proto
    /// JSON: `rpc`, `metrics`, `informer`, `resetter`, `app`. Bytes become base64 strings.
    case json
    /// Raw bytes: `rpc.Config`.
    case raw

    package var flag: Frame.Flags {
        switch self {
        case .proto: .proto
        case .json: .json
        case .raw: .raw
        }
    }
}
