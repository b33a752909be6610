import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Checks the arguments of `metrics.Declare` for those that crash RoadRunner: Prometheus's library panics, with the declaration or
/// with the first value.
enum MetricDeclaration {
    /// - Returns: the objection to the arguments; nil when RoadRunner accepts them.
    static func objection(to arguments: ByteBuffer) -> String? {
        guard let root = try? JSONDecoder().decode(JSONValue.self, from: Data(arguments.readableBytesView)), case .object = root
        else { return "a declaration that is not a JSON object cannot be checked, and an invalid one crashes RoadRunner" }
        for collector in root.fields("collector") {
            let types = collector.fields("type").compactMap(\.text)
            let labels = collector.fields("labels").flatMap(\.elements).compactMap(\.text)
            if types.contains("summary"), labels.contains("quantile") {
                return "a summary with the label \"quantile\" crashes RoadRunner"
            }
            guard types.contains("histogram") else { continue }
            if labels.contains("le") { return "a histogram with the label \"le\" crashes RoadRunner" }
            guard collector.fields("buckets").allSatisfy({ Self.areAscending($0.elements) }) else {
                return "a histogram whose buckets are not ascending numbers crashes RoadRunner"
            }
        }
        return nil
    }

    private static func areAscending(_ buckets: [JSONValue]) -> Bool {
        let numbers = buckets.compactMap(\.number)
        // Go decodes null as 0.
        return numbers.count == buckets.count && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }
}

private enum JSONValue: Decodable {
    case object([String: JSONValue])
    case array([JSONValue])
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let elements = try? container.decode([JSONValue].self) {
            self = .array(elements)
        } else if let fields = try? container.decode([String: JSONValue].self) {
            self = .object(fields)
        } else {
            self = .other
        }
    }

    /// Returns all fields that Go could decode as the one of this name.
    func fields(_ name: String) -> [JSONValue] {
        guard case .object(let fields) = self else { return [] }
        return fields.filter { $0.key.goFolded == name }.map(\.value)
    }

    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
}
