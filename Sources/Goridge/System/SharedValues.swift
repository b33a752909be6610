import Synchronization

/// Values that several parts of a process share, found by their type and a name.
package final class SharedValues: Sendable {
    private struct Key: Hashable {
        let type: ObjectIdentifier
        let name: ExactString
    }

    private let values = Mutex<[Key: any Sendable]>([:])

    package init() {}

    /// Returns the value of a type and a name, and creates it on first use.
    package func value<Value: Sendable>(_ name: String = "", make: () -> Value) -> Value {
        self.values.withLock { values in
            let key = Key(type: ObjectIdentifier(Value.self), name: ExactString(name))
            if let value = values[key] as? Value { return value }
            let value = make()
            values[key] = value
            return value
        }
    }

    /// Returns a value that was created before.
    package func existing<Value: Sendable>(_ type: Value.Type, _ name: String = "") -> Value? {
        self.values.withLock { $0[Key(type: ObjectIdentifier(Value.self), name: ExactString(name))] as? Value }
    }
}
