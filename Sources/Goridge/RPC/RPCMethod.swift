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

/// The name of a remote method: a plugin, a dot, and the plugin's method. Upper and lower case matter.
package struct RPCMethod: Sendable, Hashable, CustomStringConvertible {
    package let name: String

    /// - Throws: ``RPCError/Code/refused`` when RoadRunner could not make sense of it.
    package init(_ name: String) throws(RPCError) {
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard
            parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), name.utf8.count <= 255,
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw RPCError(
                .refused, method: name.count > 64 ? "\(name.prefix(64))…" : name,
                "the name of a remote method is a plugin and its method, such as \"kv.MGet\"")
        }
        self.name = name
    }

    /// A name that is written in the source of this package.
    package init(known name: StaticString) { self.name = "\(name)" }

    package var description: String { self.name }

    package var service: Substring { self.name.prefix { $0 != "." } }

    /// Refuses what is known to end the whole RoadRunner process.
    package func check(_ codec: RPCCodec, argumentCount: Int) throws(RPCError) {
        // With an empty argument nothing is decoded, and a result that is no message then panics.
        guard codec != .proto || argumentCount > 0 || Self.protobufServices.contains(self.service) else {
            throw RPCError(
                .refused, method: self.name,
                "an empty protobuf argument ends RoadRunner when the result is not protobuf: use the JSON codec")
        }
    }

    /// All of their methods answer protobuf.
    private static let protobufServices: Set<Substring> = ["kv", "lock", "status", "jobs", "centrifuge", "service"]

    /// Their arguments can end RoadRunner: an expiry that has passed, a negative time to live, a negative counter.
    package static let guarded: [String: String] = [
        "kv.Set": "KeyValueStore", "kv.MExpire": "KeyValueStore", "lock.Lock": "KeyValueStore.withLock",
        "lock.LockRead": "KeyValueStore.withLock", "lock.UpdateTTL": "KeyValueStore.withLock",
    ]
}
