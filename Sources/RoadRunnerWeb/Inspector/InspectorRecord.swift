import HTTPWorker
import RoadRunnerRuntime

/// One line of the inspector: a request or an event, in a few hundred bytes.
struct InspectorRecord: Codable, Sendable, Hashable {
    enum Severity: String, Codable, Sendable {
        case fine, refused, failed
    }

    /// The id, which is unique across processes.
    let id: String
    /// The number of the request or event in its process.
    let number: Int
    /// When it ended, in milliseconds since 1970.
    let time: Int
    let mode: String
    let name: String
    let route: String?
    let status: Int?
    let result: String
    let severity: Severity
    /// Further remarks, such as that it was cut short.
    let notes: [String]
    /// The first error.
    let error: String?
    let microseconds: Int

    private static let maximumText = 200

    init(_ entry: Inspector.Entry) {
        func cut(_ text: String) -> String { text.beginning(Self.maximumText) }
        self.id = entry.id
        self.number = entry.number
        self.time = entry.time
        self.mode = cut(entry.mode.rawValue)
        self.name = cut(entry.name)
        self.route = entry.route.flatMap { $0 == BareError.unknownRoute ? nil : cut($0) }
        self.status = entry.status
        self.result = cut(entry.summary ?? entry.status.map { "\($0)" } ?? "answered")
        self.severity = Self.severity(of: entry)
        self.notes = [
            entry.isComplete ? nil : "cut short", entry.isUnanswered ? "unanswered" : nil,
            entry.failures.contains { $0.fault == .cancelled } ? "cancelled" : nil,
        ].compactMap { $0 }
        self.error = entry.errors.first.map(cut)
        self.microseconds = entry.duration.wholeMicroseconds
    }

    private static func severity(of entry: Inspector.Entry) -> Severity {
        let faults = entry.failures.map(\.fault)
        let status = entry.status ?? 0
        if status >= 500 || faults.contains(.application) || faults.contains(.deadline) {
            return .failed
        }
        return status >= 400 || faults.contains(.client) || entry.isUnanswered || !entry.isComplete ? .refused : .fine
    }
}

extension Inspector.Entry {
    /// All errors, whatever their fault, except those of cancelled requests.
    var errors: [String] {
        var errors = self.trace.errors
        for failure in self.failures where failure.fault != .cancelled {
            if !errors.contains(where: { $0.hasBytes(of: failure.text) }) { errors.append(failure.text) }
        }
        return errors
    }
}

extension Duration {
    var wholeMicroseconds: Int {
        let microseconds = self / .microseconds(1)
        return microseconds < 1e15 ? Int(max(0, microseconds)) : .max
    }
}
