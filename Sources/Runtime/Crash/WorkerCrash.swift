public import Goridge

/// A crash of an earlier process of this program. The next process reports it, with the output of Swift's backtracer.
public struct WorkerCrash: RoadRunnerError {
    /// The largest size of a backtrace that is kept, in bytes.
    package static let maximumSize = 256 * 1024

    /// The name of the signal.
    public var code: String { self.signal }
    /// The name of the signal: `SIGILL` for most traps of Swift.
    public let signal: String
    /// The line that the process wrote when it crashed.
    public let summary: String
    /// The backtrace; empty when Swift's backtracer is missing, or switched off by `SWIFT_BACKTRACE`.
    public let backtrace: String
    /// The path of the file with the whole report.
    public let file: String
    /// The request that was in flight, if it is known.
    package let request: RequestIdentity?

    public var description: String { self.backtrace.isEmpty ? self.summary : "\(self.summary)\n\(self.backtrace)" }

    /// Parses a crash file: a line, lines of a name and a value, an empty line, and the backtrace.
    package init(_ text: String, file: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let end = lines.firstIndex(of: "") ?? lines.endIndex
        func value(_ name: String) -> Substring? {
            lines[..<end].first { $0.utf8.starts(with: "\(name): ".utf8) }?.dropFirst(name.count + 2)
        }
        let prefix = "[roadrunner-swift] "
        let first = lines.first ?? ""
        self.summary = String(first.utf8.starts(with: prefix.utf8) ? first.dropFirst(prefix.count) : first)
        self.signal = value("signal").map(String.init) ?? "unknown"
        // A line of ours says that the backtracer was ended.
        self.backtrace = lines[end...].filter { !$0.utf8.starts(with: prefix.utf8) }.joined(separator: "\n").trimmedLines
        self.file = file
        self.request = value("request").flatMap { text in
            let parts = text.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let mode = value("mode") else { return nil }
            let id = String(parts[0])
            return RequestIdentity(mode: WorkerMode(rawValue: String(mode)), name: String(parts[1])) { id }
        }
    }
}

extension String {
    /// The string without empty lines at its beginning and end.
    fileprivate var trimmedLines: String {
        let rest = self.drop { $0 == "\n" }
        guard let last = rest.lastIndex(where: { $0 != "\n" }) else { return "" }
        return String(rest[...last])
    }
}
