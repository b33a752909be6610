import Goridge
import RoadRunnerRuntime

/// Prints the parts of a value to standard error, with the place of the call, and shows them on the debug page of the current
/// request.
///
/// Swift's own `dump` writes to standard output, without the place: hard to find among the lines of many workers.
///
/// - Parameter name: printed before the value.
/// - Returns: the value.
@discardableResult
public func debugDump<Value>(_ value: Value, name: String? = nil, file: StaticString = #fileID, line: UInt = #line) -> Value {
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
