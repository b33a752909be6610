package import HTTPTypes
import HTTPWorker
import Hummingbird
package import Logging
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The values that a server keeps for one browser, under an id that only the browser's cookie has.
///
/// It is loaded when it is used first, and saved before the response's head is sent, if it was changed. Two requests of one
/// browser at the same time each see the session as it was when they loaded it; of those that change it, the one that is saved last
/// wins. One that only reads writes none of the values: now and then it notes, in an entry of its own, that the session is used.
///
/// A session that one request destroys, or gives another id, stays ended whatever others do that have loaded it before: what they
/// change in it is dropped, and their responses leave the browser's cookie alone.
///
/// The store keeps the values until the session's absolute timeout, and remembers as long that a session was ended. A store that
/// evicts entries before their time may forget either.
public final class Session: Sendable {
    private struct State {
        /// Nil until it is loaded.
        var record: SessionRecord?
        /// The session that the store knows; nil for a new one.
        var stored: SessionStorage.Live?
        /// The values that were set since the session got another id; nil unless it did.
        var renewal: SessionRecord?
        /// Whether the browser has sent what can be an id.
        var hasCookie = false
        var isChanged = false
        var isDestroyed = false
        var isSaved = false
    }

    /// The work to do before the head is sent.
    package struct Outcome: Sendable {
        package enum CookieChange: Sendable, Hashable {
            case none
            /// The lifetime in seconds.
            case set(id: String, lifetime: Int)
            case remove
        }

        /// Whether the handler has asked for anything in it.
        package var isUsed = false
        package var cookie = CookieChange.none
    }

    /// The request's.
    private let headers: HTTPFields
    private let cookie: SessionCookie
    private let storage: SessionStorage
    private let state = Mutex(State())
    /// Nil for that of the task: a request's logger knows the request, which keeps its session.
    private let givenLogger: Logger?
    private var logger: Logger { self.givenLogger ?? Logger.current }

    package init(headers: HTTPFields, cookie: SessionCookie, storage: SessionStorage, logger: Logger? = nil) {
        self.givenLogger = logger
        self.headers = headers
        self.cookie = cookie
        self.storage = storage
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
        return self.state.withLock { $0.stored != nil }
    }

    // MARK: Identity

    /// Gives the session another id, and keeps its values. Do it whenever a user gains rights, as when logging in: whoever knew the
    /// id before knows nothing then.
    ///
    /// Where another request ends the session meanwhile, as when a form is sent twice, only what is set afterwards is kept.
    public func regenerate() async throws {
        try await self.change { _ in }
        let empty = self.storage.makeRecord()
        self.state.withLock { $0.renewal = empty }
    }

    /// Removes the session and its cookie. What is set afterwards goes into a new one.
    public func destroy() async throws {
        let empty = self.storage.makeRecord()
        try await self.change { $0 = empty }
        self.state.withLock { state in
            state.isDestroyed = true
            state.isChanged = false
            state.renewal = nil
        }
    }

    // MARK: Loading and saving

    private func load() async throws {
        guard self.state.withLock({ $0.record == nil }) else { return }
        let ids = self.cookie.ids(in: self.headers)
        var stored: SessionStorage.Live?
        for id in ids where stored == nil { stored = try await self.storage.load(id, self.logger) }
        // An id that the store does not know is never taken over: it may be one that somebody has chosen.
        let record = stored?.record ?? self.storage.makeRecord()
        self.state.withLock { state in
            guard state.record == nil else { return }
            state.record = record
            state.stored = stored
            state.hasCookie = !ids.isEmpty
        }
    }

    private func change(_ change: (inout SessionRecord) -> Void) async throws {
        try await self.load()
        try self.state.withLock { state in
            guard !state.isSaved else { throw SessionError.tooLate }
            guard var record = state.record else { return }
            change(&record)
            state.record = record
            if var renewal = state.renewal {
                change(&renewal)
                state.renewal = renewal
            }
            state.isChanged = true
        }
    }

    /// Saves what was changed. Nothing can be changed afterwards.
    package func save() async throws -> Outcome {
        let state = self.state.withLock { state in
            state.isSaved = true
            return state
        }
        // The session was not used.
        guard let record = state.record else { return Outcome() }
        return Outcome(isUsed: true, cookie: try await self.save(record, state))
    }

    private func save(_ record: SessionRecord, _ state: State) async throws -> Outcome.CookieChange {
        guard let stored = state.stored else {
            if state.isChanged { return try await self.create(record) }
            return state.isDestroyed && state.hasCookie ? .remove : .none
        }
        if state.isDestroyed {
            try await self.storage.end(stored)
            try await self.endOthers(than: stored.id)
            return state.isChanged ? try await self.create(record) : .remove
        }
        if let renewal = state.renewal {
            if try await self.storage.end(stored) { return try await self.create(record) }
            self.logger.debug("another request has ended the session: its values are dropped")
            return renewal.isEmpty ? .none : try await self.create(renewal)
        }
        if state.isChanged {
            if try await !self.storage.update(stored, record) {
                self.logger.debug("another request has ended the session: what was changed in it is dropped")
            }
        } else if stored.isUnseen {
            try await self.storage.touch(stored)
        }
        // The browser has the cookie, or one that is newer.
        return .none
    }

    private func create(_ record: SessionRecord) async throws -> Outcome.CookieChange {
        let id = SessionID.make()
        try await self.storage.create(id, record)
        return .set(id: id, lifetime: self.storage.remaining(record))
    }

    /// A user who logs out must not be found logged in by another cookie of that name.
    private func endOthers(than id: String) async throws {
        for other in self.cookie.ids(in: self.headers) where !other.hasBytes(of: id) {
            if let session = try await self.storage.load(other, self.logger) { try await self.storage.end(session) }
        }
    }

    private static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
