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
        // A counter that is told to go down ends RoadRunner: only gauges are.
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
        let labels = Self.list(series.labels.map(JSONString.quoted))
        return ByteBuffer(
            string: "{\"name\":\(JSONString.quoted(series.name)),\"value\":\(Self.number(value)),\"labels\":\(labels)}")
    }

    private static func list(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }
}

/// Texts in JSON.
enum JSONString {
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        quoted.reserveCapacity(text.utf8.count + 2)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
