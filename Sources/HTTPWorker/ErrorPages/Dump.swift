import Goridge
import Synchronization

/// Prints what a value is made of to standard error, with the place of the call, and shows it on the debug page of the request in
/// hand.
///
/// It takes the place of Swift's own `dump`, whose output would be hard to find among the lines of many workers.
///
/// - Returns: the value.
@discardableResult
public func dump<Value>(_ value: Value, file: StaticString = #fileID, line: UInt = #line) -> Value {
    Dump.show(value, name: nil, file, line)
    return value
}

/// The same, with a name for the value.
@discardableResult
public func dump<Value>(_ value: Value, name: String?, file: StaticString = #fileID, line: UInt = #line) -> Value {
    // With as few defaults as this, it is preferred to Swift's.
    Dump.show(value, name: name, file, line)
    return value
}

/// What a call of `dump` has shown.
struct Dump: Sendable, Hashable {
    let file: String
    let line: UInt
    let text: String

    var place: String { "\(self.file):\(self.line)" }

    private static let maximumDepth = 8
    private static let maximumItems = 200

    fileprivate static func show<Value>(_ value: Value, name: String?, _ file: StaticString, _ line: UInt) {
        var text = ""
        Swift.dump(value, to: &text, name: name, maxDepth: Self.maximumDepth, maxItems: Self.maximumItems)
        let dump = Dump(file: "\(file)", line: line, text: String(text.prefix(DumpCollector.maximumLength)))
        SystemCall.writeAll(2, "\(dump.place):\n\(text)")
        DumpCollector.current?.add(dump)
    }
}

/// The dumps of one request, in debug.
final class DumpCollector: Sendable {
    @TaskLocal static var current: DumpCollector?

    /// The first dumps of a request go, and long ones are cut off, in characters.
    static let maximumCount = 50
    static let maximumLength = 8000

    private let dumps = Mutex<[Dump]>([])

    var all: [Dump] { self.dumps.withLock { $0 } }

    func add(_ dump: Dump) {
        self.dumps.withLock { dumps in
            dumps.append(dump)
            if dumps.count > Self.maximumCount { dumps.removeFirst() }
        }
    }
}
