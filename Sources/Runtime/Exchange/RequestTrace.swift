package import Logging
import Synchronization

/// The record of a request while it is handled, for the inspector, debug pages and error reports.
///
/// It is created only if one of them needs it, and everything in it is limited.
package final class RequestTrace: Sendable {
    /// The record of the request for which the current task works.
    @TaskLocal package static var current: RequestTrace?

    /// The number of entries of each kind that are kept, the latest ones. Long strings are cut.
    private static let maximumCount = 50
    private static let maximumText = 8000

    package struct LogLine: Sendable {
        package let time: Duration
        package let level: Logger.Level
        package let message: String
        package let metadata: String
    }

    /// The output of a call of `debugDump`.
    package struct Dump: Sendable, Hashable, Encodable {
        /// The place of the call, such as `File.swift:12`.
        package let place: String
        package let text: String
    }

    package struct RemoteCall: Sendable {
        package let time: Duration
        package let method: String
        package let duration: Duration
        package let error: String?
    }

    /// The time of an event, since the arrival of the request.
    package struct Mark: Sendable {
        package let name: String
        package let time: Duration
    }

    package struct Contents: Sendable {
        package var logs: [LogLine] = []
        package var dumps: [Dump] = []
        package var calls: [RemoteCall] = []
        package var marks: [Mark] = []
        package var errors: [String] = []
        package var user: String?
        package var tags: [String: String] = [:]
    }

    package let start = ContinuousClock.now
    private let state = Mutex(Contents())

    package init() {}

    package var contents: Contents { self.state.withLock { $0 } }
    private var elapsed: Duration { ContinuousClock.now - self.start }

    package func log(_ level: Logger.Level, _ message: String, _ metadata: String) {
        let line = LogLine(time: self.elapsed, level: level, message: Self.cut(message), metadata: Self.cut(metadata))
        self.state.withLock { Self.add(line, to: &$0.logs) }
    }

    package func dump(_ text: String, at place: String) {
        self.state.withLock { Self.add(Dump(place: place, text: Self.cut(text)), to: &$0.dumps) }
    }

    package func call(_ method: String, took duration: Duration, error: (any Error)?) {
        let call = RemoteCall(
            time: self.elapsed - duration, method: method, duration: duration, error: error.map { Self.cut("\($0)") })
        self.state.withLock { Self.add(call, to: &$0.calls) }
    }

    package func mark(_ name: String) {
        let mark = Mark(name: name, time: self.elapsed)
        self.state.withLock { Self.add(mark, to: &$0.marks) }
    }

    package func error(_ text: String) { self.state.withLock { Self.add(Self.cut(text), to: &$0.errors) } }

    package func setUser(_ user: String?) { self.state.withLock { $0.user = user.map { String($0.prefix(200)) } } }

    package func setTag(_ name: String, _ value: String) {
        self.state.withLock { contents in
            guard contents.tags.count < Self.maximumCount || contents.tags[name] != nil else { return }
            contents.tags[String(name.prefix(32))] = String(value.prefix(200))
        }
    }

    private static func add<Element>(_ element: Element, to list: inout [Element]) {
        if list.count >= self.maximumCount { list.removeFirst() }
        list.append(element)
    }

    private static func cut(_ text: String) -> String { String(text.prefix(self.maximumText)) }
}
