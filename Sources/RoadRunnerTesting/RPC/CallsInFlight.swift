/// The calls in flight of a server, which detect calls that would crash RoadRunner. Confined to the loop.
///
/// Responses are written at the end of a tick: a call that arrives in that tick was sent before the response could be seen.
struct CallsInFlight {
    private struct Keys<Key: Hashable> {
        private var waiting: [Key: Int] = [:]
        private var ended: Set<Key> = []
        private var tick: UInt64 = 0

        /// - Returns: whether a call with the key was in flight already.
        mutating func begin(_ key: Key, in tick: UInt64) -> Bool {
            self.advance(to: tick)
            let isUnderWay = self.waiting[key] != nil || self.ended.contains(key)
            self.waiting[key, default: 0] += 1
            return isUnderWay
        }

        mutating func end(_ key: Key, in tick: UInt64) {
            self.advance(to: tick)
            guard let count = self.waiting[key] else { return }
            self.waiting[key] = count > 1 ? count - 1 : nil
            self.ended.insert(key)
        }

        mutating func forget(where isGone: (Key) -> Bool) {
            self.waiting = self.waiting.filter { !isGone($0.key) }
            self.ended = self.ended.filter { !isGone($0) }
        }

        private mutating func advance(to tick: UInt64) {
            guard tick != self.tick else { return }
            self.tick = tick
            self.ended.removeAll()
        }
    }

    private struct CallID: Hashable {
        let connection: ObjectIdentifier
        let sequenceNumber: UInt32
    }

    private var calls = Keys<CallID>()
    private var clears = Keys<String>()

    /// - Returns: whether the call crashes RoadRunner: its number is in use, or its storage is being cleared.
    mutating func begin(_ call: TestRPCServer.Call, on connection: ServerConnection, in tick: UInt64) -> Bool {
        let isTaken = self.calls.begin(
            CallID(connection: ObjectIdentifier(connection), sequenceNumber: call.sequenceNumber), in: tick)
        let storage = ServerPlugins.clearedStorage(call)
        return storage.map { self.clears.begin($0, in: tick) } ?? false || isTaken
    }

    mutating func end(_ call: TestRPCServer.Call, on connection: ServerConnection, in tick: UInt64) {
        self.calls.end(CallID(connection: ObjectIdentifier(connection), sequenceNumber: call.sequenceNumber), in: tick)
        if let storage = ServerPlugins.clearedStorage(call) { self.clears.end(storage, in: tick) }
    }

    /// Frees the connection's numbers; its calls are carried out anyway.
    mutating func forget(_ connection: ServerConnection) {
        let identifier = ObjectIdentifier(connection)
        self.calls.forget { $0.connection == identifier }
    }
}
