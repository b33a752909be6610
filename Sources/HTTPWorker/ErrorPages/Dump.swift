import Goridge
import RoadRunnerRuntime

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

private enum Dump {
    private static let maximumDepth = 8
    private static let maximumItems = 200

    static func show<Value>(_ value: Value, name: String?, _ file: StaticString, _ line: UInt) {
        var text = ""
        Swift.dump(value, to: &text, name: name, maxDepth: Self.maximumDepth, maxItems: Self.maximumItems)
        let place = "\(file):\(line)"
        SystemCall.writeAll(2, "\(place):\n\(text)")
        RequestTrace.current?.dump(text, at: place)
    }
}
