import HTTPWorker
import Hummingbird

/// The filter of the inspector's records: `?q=orders&status=failed&worker=4711&slow=100`.
struct InspectorFilter: Sendable, Hashable {
    enum Status: String, CaseIterable, Sendable {
        case failed
        case refused
        case success = "2xx"
        case redirection = "3xx"
        case clientError = "4xx"
        case serverError = "5xx"

        var title: String {
            switch self {
            case .failed: "failed"
            case .refused: "failed or refused"
            default: self.rawValue
            }
        }

        func matches(_ record: InspectorRecord) -> Bool {
            switch self {
            case .failed: record.severity == .failed
            case .refused: record.severity != .fine
            case .success: record.status.map { $0 / 100 == 2 } ?? false
            case .redirection: record.status.map { $0 / 100 == 3 } ?? false
            case .clientError: record.status.map { $0 / 100 == 4 } ?? false
            case .serverError: record.status.map { $0 / 100 == 5 } ?? false
            }
        }
    }

    /// The durations to choose from, in milliseconds.
    static let durations = [10, 50, 100, 500, 1000, 5000]

    var text = ""
    var status: Status?
    /// The id of a process.
    var worker: Int?
    /// The shortest duration to show, in milliseconds.
    var slow: Int?

    init() {}

    /// Creates a filter from a query; invalid values are ignored.
    init(_ parameters: Parameters) {
        self.text = (parameters.get("q") ?? "").beginning(200)
        self.status = parameters.get("status").flatMap { Status(rawValue: $0) }
        self.worker = parameters.get("worker").flatMap(\.decimalNumber)
        self.slow = parameters.get("slow").flatMap(\.decimalNumber)
    }

    var isEmpty: Bool { self == InspectorFilter() }

    /// The query for this filter.
    var query: String {
        var parts: [String] = []
        if !self.text.isEmpty { parts.append("q=\(PercentEncoding.encode(self.text))") }
        if let status { parts.append("status=\(status.rawValue)") }
        if let worker { parts.append("worker=\(worker)") }
        if let slow { parts.append("slow=\(slow)") }
        return "?" + parts.joined(separator: "&")
    }

    func matches(_ record: InspectorRecord, pid: Int) -> Bool {
        guard self.worker.map({ $0 == pid }) ?? true, self.status?.matches(record) ?? true,
            self.slow.map({ record.microseconds / 1000 >= $0 }) ?? true
        else { return false }
        guard !self.text.isEmpty else { return true }
        let wanted = Array(self.text.asciiLowercased.utf8)
        return [record.name, record.route ?? "", record.id, record.result, record.error ?? "", record.mode]
            .contains { Self.contains(Array($0.asciiLowercased.utf8), wanted) }
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }
    }
}
