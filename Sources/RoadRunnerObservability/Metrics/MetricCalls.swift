import Goridge
import NIOCore

/// The arguments of RoadRunner's `metrics` methods, as JSON.
enum MetricCalls {
    typealias Call = (method: RPCMethod, arguments: ByteBuffer)

    static func declare(_ name: String, _ definition: MetricDefinition) -> Call {
        var text = "{\"name\":\(JSONString.quoted(name)),\"collector\":{\"type\":\"\(definition.kind.rawValue)\""
        text += ",\"help\":\(JSONString.quoted(definition.help))"
        if !definition.labels.isEmpty { text += ",\"labels\":\(Self.list(definition.labels.map(JSONString.quoted)))" }
        if definition.kind == .histogram, let buckets = definition.buckets, !buckets.isEmpty {
            text += ",\"buckets\":\(Self.list(buckets.map(Self.number)))"
        }
        return (Methods.declare, ByteBuffer(string: text + "}}"))
    }

    static func record(_ change: MetricChange, of series: MetricSeries) -> Call {
        switch change {
        // A decreasing counter would crash RoadRunner: only gauges decrease.
        case .add(let value) where value < 0: (Methods.subtract, Self.arguments(series, -value))
        case .add(let value): (Methods.add, Self.arguments(series, value))
        case .set(let value): (Methods.set, Self.arguments(series, value))
        case .observe(let value): (Methods.observe, Self.arguments(series, value))
        }
    }

    private enum Methods {
        static let declare = RPCMethod(known: "metrics.Declare")
        static let add = RPCMethod(known: "metrics.Add")
        static let subtract = RPCMethod(known: "metrics.Sub")
        static let set = RPCMethod(known: "metrics.Set")
        static let observe = RPCMethod(known: "metrics.Observe")
    }

    private static func arguments(_ series: MetricSeries, _ value: Double) -> ByteBuffer {
        let number = Self.number(value)
        let frame = series.frame
        var buffer = ByteBuffer()
        buffer.reserveCapacity(frame.before.utf8.count + number.utf8.count + frame.after.utf8.count)
        buffer.writeString(frame.before)
        buffer.writeString(number)
        buffer.writeString(frame.after)
        return buffer
    }

    /// The arguments of a series around its value: each observation is a call, and only the value changes.
    struct ValueFrame: Sendable, Equatable {
        let before: String
        let after: String

        init(name: String, labels: [String]) {
            self.before = "{\"name\":\(JSONString.quoted(name)),\"value\":"
            self.after = ",\"labels\":\(MetricCalls.list(labels.map(JSONString.quoted)))}"
        }
    }

    private static func list(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }
}
