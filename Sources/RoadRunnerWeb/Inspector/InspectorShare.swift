import Goridge
import HTTPWorker
import Hummingbird
import Logging
import RoadRunnerRuntime
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Shares an inspector's records with other processes, and shows it theirs, through a storage that all of them use.
///
/// Each process has one of a few *places* in the storage, which it takes by an atomic `create` and then writes alone: all of its
/// lines, a moment after they were recorded. The details of the latest lines are in a separate entry, since they are read only on
/// request. Everything in the storage expires.
final class InspectorShare: InspectorPublisher, TelemetryExporter {
    /// The number of places. Further processes take the oldest ones over.
    private static let places = 64
    /// The number of places that are read at once. Further ones are read only if the last of these are taken.
    private static let batch = 16
    private static let life = Duration.seconds(900)
    /// The time after which a place that was not written may have been taken over.
    private static let lease = Duration.seconds(450)
    private static let maximumDetails = 256 * 1024
    private static let maximumDetail = 32 * 1024
    /// Records that arrive during this delay are written together.
    private static let delay = Duration.milliseconds(150)
    private static let delayAfterFailure = Duration.seconds(3)

    private struct State {
        var driver: (any PersistDriver)?
        var logger = Logger(label: "roadrunner.inspector")
        var isDirty = false
        var isScheduled = false
        var place: Int?
        var written: ContinuousClock.Instant?
        var failure: String?
    }

    let id: String
    private let pid: Int
    private let inspector: Inspector
    private let state = Mutex(State())
    /// Serializes writes, so the last one has everything.
    private let writing = AsyncLock()

    init(_ inspector: Inspector, id: String = String(UInt64.random(in: .min ... .max), radix: 16), pid: Int) {
        self.inspector = inspector
        self.id = id
        self.pid = pid
    }

    /// Uses this storage from now on.
    func use(_ driver: any PersistDriver, _ logger: Logger) {
        self.state.withLock { state in
            state.driver = driver
            state.logger = logger
            // It may be a different storage.
            state.place = nil
        }
    }

    /// The error of the last write; nil if it succeeded.
    var failure: String? { self.state.withLock { $0.failure } }

    // MARK: Writing

    func inspectorHasRecorded() {
        let mustSchedule = self.state.withLock { state in
            state.isDirty = true
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // The task belongs to no request, and its process does not wait for it.
        if mustSchedule { Task.detached(priority: .utility) { await self.writeUntilClean() } }
    }

    private func writeUntilClean() async {
        repeat {
            try? await Task.sleep(for: self.failure == nil ? Self.delay : Self.delayAfterFailure)
            await self.write()
        } while self.state.withLock { state in
            state.isScheduled = state.isDirty
            return state.isDirty
        }
    }

    func attach(_ process: ProcessContext) {}

    /// Workers of a debug pool end after a single request.
    func flush(within deadline: Duration) async {
        _ = try? await withDeadline(deadline) { await self.write() }
    }

    private func write() async {
        await self.writing.withLock {
            let (driver, isDirty) = self.state.withLock { state in
                defer { state.isDirty = false }
                return (state.driver, state.isDirty)
            }
            guard let driver, isDirty else { return }
            do {
                // Otherwise these calls would be logged and measured along with those of requests.
                try await RPCClient.$areCallsOwn.withValue(true) { try await self.write(self.inspector.all, driver) }
                self.state.withLock { $0.failure = nil }
            } catch {
                self.failed(error)
            }
        }
    }

    private func failed(_ error: any Error) {
        let text = "\(error)".beginning(500)
        let (isFirst, logger) = self.state.withLock { state in
            defer { state.failure = text }
            return (state.failure == nil, state.logger)
        }
        if isFirst { logger.notice("cannot share the inspector's records: \(text)") }
    }

    private func write(_ entries: [Inspector.Entry], _ driver: any PersistDriver) async throws {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        let process = InspectedProcess(
            id: self.id, pid: self.pid, changed: now, records: entries.map { InspectorRecord($0) })
        var details: [InspectorDetails] = []
        var left = Self.maximumDetails
        for entry in entries where left > 0 {
            let detail = InspectorDetails(entry, maximumSize: min(left, Self.maximumDetail), maximumText: 2000)
            left -= detail.size + 512
            details.append(detail)
        }
        // Written before the lines that refer to them.
        try await driver.set(key: Self.detailsKey(self.id), value: details, expires: Self.life)
        let (known, written) = self.state.withLock { ($0.place, $0.written) }
        let place: Int
        if let known, let written, ContinuousClock.now - written < Self.lease {
            try await driver.set(key: Self.key(known), value: process, expires: Self.life)
            place = known
        } else {
            place = try await self.takePlace(process, driver)
        }
        self.state.withLock { state in
            state.place = place
            state.written = .now
        }
    }

    /// Takes a place that no other process has, or the oldest one.
    private func takePlace(_ process: InspectedProcess, _ driver: any PersistDriver) async throws -> Int {
        let taken = try await Self.read(0..<Self.places, driver)
        if let own = taken.first(where: { $0.value.id == self.id })?.key {
            try await driver.set(key: Self.key(own), value: process, expires: Self.life)
            return own
        }
        for place in 0..<Self.places where taken[place] == nil {
            do {
                try await driver.create(key: Self.key(place), value: process, expires: Self.life)
                return place
            } catch let error as PersistError where error == .duplicate {
                continue
            }
        }
        let oldest = taken.min { $0.value.changed < $1.value.changed }?.key ?? 0
        try await driver.set(key: Self.key(oldest), value: process, expires: Self.life)
        return oldest
    }

    // MARK: Reading

    /// Returns the records of the other processes.
    func others() async throws -> [InspectedProcess] {
        guard let driver = self.state.withLock({ $0.driver }) else { return [] }
        return try await RPCClient.$areCallsOwn.withValue(true) {
            var all: [InspectedProcess] = []
            for start in stride(from: 0, to: Self.places, by: Self.batch) {
                let found = try await Self.read(start..<(start + Self.batch), driver)
                all += found.values.filter { $0.id != self.id }
                guard found.keys.contains(where: { $0 >= start + Self.batch * 3 / 4 }) else { break }
            }
            return all
        }
    }

    /// Returns everything about a record of another process; nil if it is gone.
    func details(of id: String, in process: String) async throws -> InspectorDetails? {
        guard let driver = self.state.withLock({ $0.driver }) else { return nil }
        return try await RPCClient.$areCallsOwn.withValue(true) {
            try await Self.get(Self.detailsKey(process), as: [InspectorDetails].self, driver)?.first { $0.record.id == id }
        }
    }

    private static func read(_ places: Range<Int>, _ driver: any PersistDriver) async throws -> [Int: InspectedProcess] {
        try await withThrowingTaskGroup(of: (Int, InspectedProcess?).self) { group in
            for place in places {
                group.addTask { (place, try await Self.get(Self.key(place), as: InspectedProcess.self, driver)) }
            }
            var found: [Int: InspectedProcess] = [:]
            for try await (place, process) in group { found[place] = process }
            return found
        }
    }

    private static func get<Value: Codable & Sendable>(
        _ key: String, as type: Value.Type, _ driver: any PersistDriver
    ) async throws -> Value? {
        do {
            return try await driver.get(key: key, as: type)
        } catch let error as PersistError where error == .invalidConversion {
            // Written by another version, or by another program.
            return nil
        }
    }

    private static func key(_ place: Int) -> String { "inspector:place:\(place)" }
    private static func detailsKey(_ process: String) -> String { "inspector:details:\(process)" }
}
