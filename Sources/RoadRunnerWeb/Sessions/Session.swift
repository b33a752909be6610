package import HTTPTypes
import HTTPWorker
package import Logging
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The values that a server keeps for one browser, under an id that only the browser's cookie contains.
///
/// It is loaded on first use, and saved before the response's head is sent, if it was changed. Two concurrent requests of one
/// browser each see the session as it was when they loaded it; if both change it, the one that is saved last wins. A request that
/// only reads writes no values: now and then it records, in a separate entry, that the session is used.
///
/// A session that was destroyed or got a new id stays ended, even when concurrent requests that loaded it earlier save it: their
/// changes are dropped, and their responses leave the browser's cookie unchanged.
///
/// The store keeps the values until the session's absolute timeout, and remembers for as long that a session was ended. A store
/// that evicts entries early may forget either.
public final class Session: Sendable {
    private struct State {
        /// The values; nil until the session is loaded.
        var record: SessionRecord?
        /// The session that the store knows; nil for a new one.
        var stored: SessionStorage.Live?
        /// The values that were set since the session got another id; nil unless it did.
        var renewal: SessionRecord?
        /// Whether the browser has sent a well-formed id.
        var hasCookie = false
        var isChanged = false
        var isDestroyed = false
        var isSaved = false
    }

    /// The result of saving, which determines the headers of the response.
    package struct Changes: Sendable {
        package enum CookieChange: Sendable, Hashable {
            case none
            /// Sets the cookie; the lifetime is in seconds.
            case set(id: String, lifetime: Int)
            case remove
        }

        /// Whether the handler has read or changed the session.
        package var isUsed = false
        package var cookie = CookieChange.none
    }

    /// The headers of the request.
    private let headers: HTTPFields
    private let cookie: SessionCookie
    private let storage: SessionStorage
    private let state = Mutex(State())
    /// The given logger; nil for the task's, since a request's logger refers to the request, which keeps its session.
    private let givenLogger: Logger?
    private var logger: Logger { self.givenLogger ?? Logger.current }

    package init(headers: HTTPFields, cookie: SessionCookie, storage: SessionStorage, logger: Logger? = nil) {
        self.givenLogger = logger
        self.headers = headers
        self.cookie = cookie
        self.storage = storage
    }

    // MARK: Values

    /// Returns a value; nil if there is none.
    ///
    /// - Throws: `DecodingError` when the value is of another type, and errors of the store.
    public func get<Value: Codable & Sendable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await self.load()
        return try self.state.withLock { $0.record?.values[name] }.map(Self.decode)
    }

    /// Sets a value, which must be encodable as JSON.
    ///
    /// - Throws: ``SessionError/Code/tooLate``, `EncodingError`, and errors of the store.
    public func set<Value: Codable & Sendable>(_ value: Value, for name: String) async throws {
        let text = try Self.encode(value)
        try await self.change { $0.values[name] = text }
    }

    /// Removes a value, if it exists.
    public func remove(_ name: String) async throws {
        try await self.load()
        guard self.state.withLock({ $0.record?.values[name] != nil }) else { return }
        try await self.change { $0.values[name] = nil }
    }

    /// Stores a value until ``takeFlash(_:as:)`` takes it, in this request or a later one: for example, a message for the page
    /// after a redirect.
    public func flash<Value: Codable & Sendable>(_ value: Value, for name: String) async throws {
        let text = try Self.encode(value)
        try await self.change { $0.flashes[name] = text }
    }

    /// Returns a value that was stored by ``flash(_:for:)``, and removes it.
    public func takeFlash<Value: Codable & Sendable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await self.load()
        guard let text = self.state.withLock({ $0.record?.flashes[name] }) else { return nil }
        try await self.change { $0.flashes[name] = nil }
        return try Self.decode(text)
    }

    /// Whether the browser has sent the id of an existing session.
    public func exists() async throws -> Bool {
        try await self.load()
        return self.state.withLock { $0.stored != nil }
    }

    // MARK: Identity

    /// Gives the session another id, and keeps its values. Do it whenever a user gains rights, as when logging in: an id that was
    /// known to others before is then worthless.
    ///
    /// If another request ends the session meanwhile, as when a form is sent twice, only values that are set afterwards are kept.
    public func regenerate() async throws {
        try await self.change { _ in }
        let empty = self.storage.makeRecord()
        self.state.withLock { $0.renewal = empty }
    }

    /// Removes the session and its cookie. Values that are set afterwards go into a new session.
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
        // An id that the store does not know is never adopted: an attacker may have chosen it.
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

    /// Saves changes. Nothing can be changed afterwards.
    package func save() async throws -> Changes {
        let state = self.state.withLock { state in
            state.isSaved = true
            return state
        }
        // The session was not used.
        guard let record = state.record else { return Changes() }
        return Changes(isUsed: true, cookie: try await self.save(record, state))
    }

    private func save(_ record: SessionRecord, _ state: State) async throws -> Changes.CookieChange {
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
            self.logger.debug("dropping the values of a session that another request ended")
            return renewal.isEmpty ? .none : try await self.create(renewal)
        }
        if state.isChanged {
            if try await !self.storage.update(stored, record) {
                self.logger.debug("dropping changes to a session that another request ended")
            }
        } else if stored.isUnseen {
            try await self.storage.touch(stored)
        }
        // The browser has the cookie, or a newer one.
        return .none
    }

    private func create(_ record: SessionRecord) async throws -> Changes.CookieChange {
        let id = SessionID.make()
        try await self.storage.create(id, record)
        return .set(id: id, lifetime: self.storage.remaining(record))
    }

    /// A user who logs out must not appear logged in because of another cookie of that name.
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
