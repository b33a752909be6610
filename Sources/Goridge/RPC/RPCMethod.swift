package import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The name of a remote method: a plugin, a dot, and the plugin's method. Upper and lower case matter.
package struct RPCMethod: Sendable, Hashable, CustomStringConvertible {
    package let name: String
    /// Whether this package writes the arguments, and nothing in them has to be found out.
    private let isKnown: Bool

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
        self.isKnown = false
    }

    /// A name whose arguments nobody has checked.
    ///
    /// - Throws: ``RPCError/Code/refused`` also when some calls of the method can end RoadRunner.
    package init(unchecked name: String) throws(RPCError) {
        try self.init(name)
        if let safe = Self.guarded[name] {
            throw RPCError(.refused, method: name, "it can end the whole RoadRunner; \(safe) calls it without that risk")
        }
    }

    /// A name that is written in the source of this package, which knows what RoadRunner does with which arguments.
    package init(known name: StaticString) {
        self.name = "\(name)"
        self.isKnown = true
    }

    package var description: String { self.name }

    package var service: Substring { self.name.prefix { $0 != "." } }

    /// Refuses what is known to end the whole RoadRunner process.
    package func check(_ codec: RPCCodec, _ arguments: ByteBuffer) throws(RPCError) {
        guard !self.isKnown else { return }
        if self.service == "metrics", codec == .json, JSONFieldNames.areAmbiguous(arguments) {
            throw RPCError(
                .refused, method: self.name, "a field is written twice, so that nobody can tell what RoadRunner would take")
        }
        // A gauge goes down by `metrics.Sub`; a counter that must go down panics.
        if self.name == "metrics.Add", Self.hasNegativeValue(arguments) {
            throw RPCError(
                .refused, method: self.name,
                "a negative number ends RoadRunner when the metric is a counter: use metrics.Sub for gauges")
        }
        if self.name == "metrics.Declare", codec == .json, let objection = MetricDeclaration.objection(to: arguments) {
            throw RPCError(.refused, method: self.name, objection)
        }
        // With an empty argument nothing is decoded, and a result that is no message then panics.
        guard codec != .proto || arguments.readableBytes > 0 || Self.protobufServices.contains(self.service) else {
            throw RPCError(
                .refused, method: self.name,
                "an empty protobuf argument ends RoadRunner when the result is not protobuf: use the JSON codec")
        }
    }

    private static func hasNegativeValue(_ arguments: ByteBuffer) -> Bool {
        // Go takes names of fields in any case.
        let fields = try? JSONDecoder().decode([String: Number].self, from: Data(arguments.readableBytesView))
        return fields?.contains { $0.key.goFolded == "value" && $0.value.isNegative } ?? false
    }

    private struct Number: Decodable {
        let isNegative: Bool
        init(from decoder: any Decoder) throws {
            self.isNegative = (try? decoder.singleValueContainer().decode(Double.self)).map { $0 < 0 } ?? false
        }
    }

    /// All of their methods answer protobuf.
    private static let protobufServices: Set<Substring> = ["kv", "lock", "status", "jobs", "centrifuge", "service"]

    /// They can end RoadRunner: an expiry that has passed, a negative time to live, two that clear a storage in memory at once.
    private static let guarded: [String: String] = [
        "kv.Clear": "KeyValueStore.clear", "kv.Set": "KeyValueStore", "kv.MExpire": "KeyValueStore",
        "lock.Lock": "KeyValueStore.withLock",
        "lock.LockRead": "KeyValueStore.withLock", "lock.UpdateTTL": "KeyValueStore.withLock",
    ]
}
