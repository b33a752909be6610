#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// RoadRunner's `metrics` plugin: its responses, and the contents of its page.
struct MetricTable {
    private struct Collector: Decodable {
        let type: String
        let help: String?
        let labels: [String]?
        let buckets: [Double]?

        /// Whether Prometheus's library panics when the collector is declared.
        var panicsAtOnce: Bool {
            if self.type == "summary" { return self.labels?.contains("quantile") ?? false }
            return self.labels?.isEmpty ?? true ? self.panicsWithValue : false
        }

        /// Whether it panics once there is a value. Without labels there is one from the beginning.
        var panicsWithValue: Bool {
            let buckets = self.buckets ?? []
            guard self.type == "histogram" else { return false }
            return self.labels?.contains("le") ?? false || zip(buckets, buckets.dropFirst()).contains { $0 >= $1 }
        }
    }

    private struct Declaration: Decodable {
        let name: String
        let collector: Collector
    }

    private struct Recording: Decodable {
        let name: String
        let value: Double
        let labels: [String]?
    }

    /// The metrics that RoadRunner itself registers.
    private static let ownNames: Set<String> = [
        "process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes",
        "process_start_time_seconds", "process_virtual_memory_bytes", "process_virtual_memory_max_bytes",
        "process_network_receive_bytes_total", "process_network_transmit_bytes_total", "go_goroutines", "go_threads", "go_info",
    ]

    private var collectors: [String: Collector] = [:]
    /// The values by `name{label="value"}`; histograms have `_count` and `_sum`.
    private(set) var values: [String: Double] = [:]

    /// - Throws: RoadRunner's error, or a crash of RoadRunner.
    mutating func call(_ method: String, _ arguments: Data) throws {
        guard method != "Declare" else {
            let declaration = try Self.decode(Declaration.self, arguments)
            guard ["counter", "gauge", "histogram", "summary"].contains(declaration.collector.type) else {
                throw MemoryDriver.Failure(text: "metrics_plugin_declare: unknown collector type \(declaration.collector.type)")
            }
            let isNew = self.collectors[declaration.name] == nil
            if isNew, declaration.collector.panicsAtOnce { throw MemoryDriver.Crash() }
            if Self.ownNames.contains(declaration.name) {
                throw MemoryDriver.Failure(
                    text: "metrics_plugin_declare: a previously registered descriptor with the same fully-qualified name as "
                        + "Desc{fqName: \"\(declaration.name)\"} has different label names or a different help string")
            }
            // A repeated declaration changes nothing.
            if self.collectors[declaration.name] == nil { self.collectors[declaration.name] = declaration.collector }
            return
        }
        let recording = try Self.decode(Recording.self, arguments)
        guard let collector = self.collectors[recording.name] else {
            throw MemoryDriver.Failure(text: "metrics_plugin_\(method.lowercased()): undefined collector \(recording.name)")
        }
        let names = collector.labels ?? []
        let labels = recording.labels ?? []
        guard names.isEmpty || labels.isEmpty || labels.count == names.count else {
            throw MemoryDriver.Failure(
                text:
                    "metrics_plugin_\(method.lowercased()): inconsistent label cardinality: expected \(names.count) label values "
                    + "but got \(labels.count)")
        }
        guard names.isEmpty || !labels.isEmpty else {
            throw MemoryDriver.Failure(
                text: "metrics_plugin_\(method.lowercased()): required labels for collector `\(recording.name)`")
        }
        let pairs = zip(names, labels).map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        let suffix = names.isEmpty ? "" : "{\(pairs)}"
        switch (method, collector.type) {
        case ("Add", "counter"):
            if recording.value < 0 { throw MemoryDriver.Crash() }
            self.values[recording.name + suffix, default: 0] += recording.value
        case ("Add", "gauge"): self.values[recording.name + suffix, default: 0] += recording.value
        case ("Sub", "gauge"): self.values[recording.name + suffix, default: 0] -= recording.value
        case ("Set", "gauge"): self.values[recording.name + suffix] = recording.value
        case ("Observe", "histogram"), ("Observe", "summary"):
            if collector.panicsWithValue { throw MemoryDriver.Crash() }
            self.values["\(recording.name)_count\(suffix)", default: 0] += 1
            self.values["\(recording.name)_sum\(suffix)", default: 0] += recording.value
        default:
            throw MemoryDriver.Failure(
                text: "metrics_plugin_\(method.lowercased()): collector `\(recording.name)` does not support method `\(method)`")
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch { throw MemoryDriver.Failure(text: "json: \(error)") }
    }
}
