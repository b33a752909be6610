/// How arguments and result of a remote call are encoded.
public enum RPCCodec: Sendable, Hashable {
    /// Protobuf messages: `kv`, `lock`, `status`, `jobs`, `centrifuge`, `service`, and `app.…WithContext`.
    case proto
    /// JSON: `rpc`, `metrics`, `informer`, `resetter`, `app`. Bytes are base64 strings in it.
    case json
    /// Bytes as they are: `rpc.Config`.
    case raw

    package var flag: Frame.Flags {
        switch self {
        case .proto: .proto
        case .json: .json
        case .raw: .raw
        }
    }
}
