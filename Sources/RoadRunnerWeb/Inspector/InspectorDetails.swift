import HTTPWorker
import Logging
import RoadRunnerRuntime

/// Everything that is known about a request or an event, with secrets redacted, and limited in size.
struct InspectorDetails: Codable, Sendable {
    struct Mark: Codable, Sendable {
        let microseconds: Int
        let name: String
    }

    struct Call: Codable, Sendable {
        let microseconds: Int
        let method: String
        let duration: Int
        let error: String?
    }

    struct Line: Codable, Sendable {
        let microseconds: Int
        let level: String
        let message: String
        let metadata: String
    }

    struct Named: Codable, Sendable {
        let name: String
        let value: String

        /// - Parameter texts: the name and the value.
        init(_ texts: [String]) {
            self.name = texts[0]
            self.value = texts[1]
        }
    }

    let record: InspectorRecord
    let errors: [String]
    let marks: [Mark]
    let calls: [Call]
    let logs: [Line]
    let dumps: [Named]
    let tags: [Named]
    let target: String?
    let headers: [Named]
    /// Whether something was truncated or left out for lack of room.
    let isCut: Bool
    /// The approximate size in bytes.
    let size: Int

    /// - Parameters:
    ///   - maximumSize: the limit on all strings together, in bytes.
    ///   - maximumText: the limit on each string, in Unicode scalars.
    init(_ entry: Inspector.Entry, maximumSize: Int, maximumText: Int) {
        var room = Room(left: maximumSize, maximumText: maximumText)
        let trace = entry.trace
        self.record = InspectorRecord(entry)
        // The most informative parts come first, since room may run out.
        self.errors = room.take(entry.errors) {
            [$0]
        } make: { texts, _ in
            texts[0]
        }
        self.target = entry.details.flatMap { room.take(["\($0.method) \($0.target)"]) }?[0]
        self.marks = room.take(trace.marks) {
            [$0.name]
        } make: { texts, mark in
            Mark(microseconds: mark.time.wholeMicroseconds, name: texts[0])
        }
        self.calls = room.take(trace.calls) {
            [$0.method, $0.error ?? ""]
        } make: { texts, call in
            Call(
                microseconds: call.time.wholeMicroseconds, method: texts[0], duration: call.duration.wholeMicroseconds,
                error: call.error == nil ? nil : texts[1])
        }
        self.logs = room.take(trace.logs) {
            [$0.message, Self.redacted(metadata: $0.metadata)]
        } make: { texts, line in
            Line(
                microseconds: line.time.wholeMicroseconds, level: line.level.rawValue, message: texts[0], metadata: texts[1])
        }
        self.headers = room.take(entry.details?.headers ?? []) {
            [$0.name, $0.value]
        } make: { texts, _ in
            Named(texts)
        }
        self.tags = room.take(trace.tags.sorted { $0.key < $1.key }) {
            [$0.key, Redaction.isSecret($0.key) ? Redaction.mask : $0.value]
        } make: { texts, _ in
            Named(texts)
        }
        self.dumps = room.take(trace.dumps) {
            [$0.place, $0.text]
        } make: { texts, _ in
            Named(texts)
        }
        self.isCut = room.isExceeded
        self.size = maximumSize - room.left
    }

    /// Redacts the values of names that denote secrets: `user=7 token=••••`.
    private static func redacted(metadata: String) -> String {
        metadata.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { Redaction.redacted(query: String(Substring($0))) }.joined(separator: " ")
    }

    /// The room that all strings share.
    private struct Room {
        var left: Int
        let maximumText: Int
        var isExceeded = false

        /// - Returns: nil if there is no room for them.
        mutating func take(_ texts: [String]) -> [String]? {
            let cut = texts.map { $0.beginning(self.maximumText) }
            if zip(cut, texts).contains(where: { $0.utf8.count < $1.utf8.count }) { self.isExceeded = true }
            // The constant allows for the characters around them.
            let size = cut.reduce(32) { $0 + $1.utf8.count }
            guard size <= self.left else {
                self.isExceeded = true
                return nil
            }
            self.left -= size
            return cut
        }

        mutating func take<Source, Result>(
            _ sources: [Source], texts: (Source) -> [String], make: ([String], Source) -> Result
        ) -> [Result] {
            var results: [Result] = []
            for source in sources {
                guard let cut = self.take(texts(source)) else { break }
                results.append(make(cut, source))
            }
            return results
        }
    }
}
