package import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The name of a remote method: a plugin, a dot, and the plugin's method. Upper and lower case matter.
package struct RPCMethod: Sendable, Hashable, CustomStringConvertible {
    package let name: String
    /// Whether this package writes the arguments, so that they need no check.
    private let isKnown: Bool

    /// - Throws: ``RPCError/Code/refused`` when the name is not a plugin and a method.
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

    /// Creates a method whose arguments were not checked.
    ///
    /// - Throws: ``RPCError/Code/refused`` also when some calls of the method can crash RoadRunner.
    package init(unchecked name: String) throws(RPCError) {
        try self.init(name)
        if let safe = Self.guarded[name] {
            throw RPCError(.refused, method: name, "it can crash RoadRunner; \(safe) calls it without that risk")
        }
    }

    /// Creates a method from a name in this package's source, which passes only arguments that are known to be safe.
    package init(known name: StaticString) {
        self.name = "\(name)"
        self.isKnown = true
    }

    package var description: String { self.name }

    package var service: Substring { self.name.prefix { $0 != "." } }

    /// Refuses calls that are known to crash RoadRunner.
    package func check(_ codec: RPCCodec, _ arguments: ByteBuffer) throws(RPCError) {
        guard !self.isKnown else { return }
        if self.service == "metrics", codec == .json, JSONFieldNames.areAmbiguous(arguments) {
            throw RPCError(
                .refused, method: self.name, "a field occurs twice, so it is unclear which one RoadRunner would take")
        }
        // A gauge is decreased by `metrics.Sub`; decreasing a counter panics.
        if self.name == "metrics.Add", Self.hasNegativeValue(arguments) {
            throw RPCError(
                .refused, method: self.name,
                "a negative number crashes RoadRunner when the metric is a counter: use metrics.Sub for gauges")
        }
        if self.name == "metrics.Declare", codec == .json, let objection = MetricDeclaration.objection(to: arguments) {
            throw RPCError(.refused, method: self.name, objection)
        }
        // With an empty argument nothing is decoded, and a result that is not a message then causes a panic.
        guard codec != .proto || arguments.readableBytes > 0 || Self.protobufServices.contains(self.service) else {
            throw RPCError(
                .refused, method: self.name,
                "an empty protobuf argument crashes RoadRunner when the result is not protobuf: use the JSON codec")
        }
    }

    private static func hasNegativeValue(_ arguments: ByteBuffer) -> Bool {
        // Go accepts names of fields in any case.
        let fields = try? JSONDecoder().decode([String: Number].self, from: Data(arguments.readableBytesView))
        return fields?.contains { $0.key.goFolded == "value" && $0.value.isNegative } ?? false
    }

    private struct Number: Decodable {
        let isNegative: Bool
        init(from decoder: any Decoder) throws {
            self.isNegative = (try? decoder.singleValueContainer().decode(Double.self)).map { $0 < 0 } ?? false
        }
    }

    /// The plugins all of whose methods return protobuf.
    private static let protobufServices: Set<Substring> = ["kv", "lock", "status", "jobs", "centrifuge", "service"]

    /// The methods that can crash RoadRunner, by an expiry in the past, a negative time to live, or two concurrent clears of a
    /// storage in memory.
    private static let guarded: [String: String] = [
        "kv.Clear": "KeyValueStore.clear", "kv.Set": "KeyValueStore", "kv.MExpire": "KeyValueStore",
        "lock.Lock": "KeyValueStore.withLock",
        "lock.LockRead": "KeyValueStore.withLock", "lock.UpdateTTL": "KeyValueStore.withLock",
    ]
}
