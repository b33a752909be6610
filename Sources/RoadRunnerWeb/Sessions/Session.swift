import HTTPWorker
import Hummingbird
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a server remembers of one browser: values by name, under an id that only the browser's cookie has.
///
/// It is loaded when it is used first, and saved before the response's head is sent, if it was changed. Two requests of one
/// browser at the same time each see the session as it was when they loaded it; the one that is saved last wins.
public final class Session: Sendable {
    /// What is stored.
    struct Record: Codable, Sendable {
        /// In seconds since 1970.
        var created: Int
        /// When it was saved last.
        var touched: Int
        /// JSON by name.
        var values: [String: String] = [:]
        var flashes: [String: String] = [:]
    }

    private struct State {
        /// Nil until it is loaded.
        var record: Record?
        /// The id that the store knows; nil for a new session.
        var storedID: String?
        /// The id that the store and the browser must have.
        var id: String?
        var isChanged = false
        var isDestroyed = false
        var isSaved = false
    }

    /// What is to be done before the head is sent.
    struct Outcome: Sendable {
        enum CookieChange: Sendable, Hashable {
            case none
            case set(id: String, lifetime: Duration)
            case remove
        }

        var cookie = CookieChange.none
    }

    private let driver: any PersistDriver
    private let options: SessionOptions
    /// What the browser has sent, if it can be one of ours.
    private let offeredID: String?
    private let state = Mutex(State())

    init(offeredID: String?, driver: any PersistDriver, options: SessionOptions) {
        self.offeredID = offeredID.flatMap { SessionID.isPlausible($0) ? $0 : nil }
        self.driver = driver
        self.options = options
    }

    // MARK: Values

    /// A value.
    ///
    /// - Throws: `DecodingError` when it is of another type, and what the store throws.
    public func get<Value: Codable & Sendable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await self.load()
        return try self.state.withLock { $0.record?.values[name] }.map(Self.decode)
    }

    /// Sets a value, which has to be encodable as JSON.
    ///
    /// - Throws: ``SessionError/Code/tooLate``, `EncodingError`, and what the store throws.
    public func set<Value: Codable & Sendable>(_ value: Value, for name: String) async throws {
        let text = try Self.encode(value)
        try await self.change { $0.values[name] = text }
    }

    /// Removes a value, if it is there.
    public func remove(_ name: String) async throws {
        try await self.load()
        guard self.state.withLock({ $0.record?.values[name] != nil }) else { return }
        try await self.change { $0.values[name] = nil }
    }

    /// Leaves a value for whoever takes it by ``takeFlash(_:as:)``, in this request or a later one: a message for the page after a
    /// redirect, say.
    public func flash<Value: Codable & Sendable>(_ value: Value, for name: String) async throws {
        let text = try Self.encode(value)
        try await self.change { $0.flashes[name] = text }
    }

    /// A value that was left by ``flash(_:for:)``. It is gone then.
    public func takeFlash<Value: Codable & Sendable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await self.load()
        guard let text = self.state.withLock({ $0.record?.flashes[name] }) else { return nil }
        try await self.change { $0.flashes[name] = nil }
        return try Self.decode(text)
    }

    /// Whether the browser has come with a session that is known.
    public func exists() async throws -> Bool {
        try await self.load()
        return self.state.withLock { $0.storedID != nil }
    }

    // MARK: Identity

    /// Gives the session another id, and keeps its values. Do it whenever a user gains rights, as when logging in: whoever knew the
    /// id before knows nothing then.
    public func regenerate() async throws {
        try await self.change { _ in }
        self.state.withLock { $0.id = SessionID.make() }
    }

    /// Removes the session and its cookie. What is set afterwards goes into a new one.
    public func destroy() async throws {
        try await self.change { $0 = Self.newRecord() }
        self.state.withLock { state in
            state.isDestroyed = true
            state.isChanged = false
            state.id = nil
        }
    }

    // MARK: Loading and saving

    private func load() async throws {
        guard self.state.withLock({ $0.record == nil }) else { return }
        var stored: Record?
        if let id = self.offeredID {
            stored = try await self.driver.get(key: self.options.keyPrefix + id, as: Record.self)
            if let record = stored, self.remaining(record) <= .zero { stored = nil }
        }
        self.state.withLock { state in
            guard state.record == nil else { return }
            if let stored {
                state.record = stored
                state.storedID = self.offeredID
                state.id = self.offeredID
            } else {
                // An id that the store does not know is never taken over: it may be one that somebody has chosen.
                state.record = Self.newRecord()
            }
        }
    }

    private func change(_ change: (inout Record) -> Void) async throws {
        try await self.load()
        try self.state.withLock { state in
            guard !state.isSaved else { throw SessionError.tooLate }
            guard var record = state.record else { return }
            change(&record)
            state.record = record
            state.isChanged = true
        }
    }

    /// Saves what was changed. Nothing can be changed afterwards.
    func save() async throws -> Outcome {
        let state = self.state.withLock { state in
            state.isSaved = true
            return state
        }
        // Nobody has used it.
        guard var record = state.record else { return Outcome() }
        let now = Self.now
        let isRemoved = state.isDestroyed && !state.isChanged
        if isRemoved {
            if let old = state.storedID { try await self.driver.remove(key: self.options.keyPrefix + old) }
            return Outcome(cookie: self.offeredID == nil ? .none : .remove)
        }
        let idle = self.options.idleTimeout.wholeSeconds
        // A session that is only read is saved now and then, so that it lives on.
        let isDue = state.storedID != nil && now - record.touched >= max(1, idle / 10)
        guard state.isChanged || isDue else { return Outcome() }
        record.touched = now
        let lifetime = self.remaining(record)
        let id = state.id ?? SessionID.make()
        try await self.driver.set(key: self.options.keyPrefix + id, value: record, expires: max(lifetime, .seconds(2)))
        if let old = state.storedID, old != id { try await self.driver.remove(key: self.options.keyPrefix + old) }
        return Outcome(cookie: .set(id: id, lifetime: lifetime))
    }

    /// How long it may live if it is used no more.
    private func remaining(_ record: Record) -> Duration {
        let end = min(
            record.touched.addingClamped(self.options.idleTimeout.wholeSeconds),
            record.created.addingClamped(self.options.absoluteTimeout.wholeSeconds))
        return .seconds(end.subtractingClamped(Self.now))
    }

    private static func newRecord() -> Record { Record(created: Self.now, touched: Self.now) }

    private static var now: Int { Int(Date().timeIntervalSince1970) }

    private static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int { Int(clamping: self.components.seconds) }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtractingClamped(_ other: Int) -> Int {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}

/// Ids of sessions: 256 random bits in base64url.
enum SessionID {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    static let length = 43

    static func make() -> String {
        // The system's generator is fit for secrets.
        var generator = SystemRandomNumberGenerator()
        var bits = (0..<4).map { _ in generator.next() }
        var characters: [UInt8] = []
        for _ in 0..<Self.length {
            characters.append(Self.alphabet[Int(bits[0] & 63)])
            for index in 0..<4 {
                bits[index] >>= 6
                if index < 3 { bits[index] |= bits[index + 1] << 58 }
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    static func isPlausible(_ text: String) -> Bool {
        text.utf8.count == Self.length && text.utf8.allSatisfy { Self.alphabet.contains($0) }
    }
}
