import Foundation
import Hummingbird
import Logging
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

/// A storage shared by several workers in this process.
private final class TestDriver: PersistDriver {
    enum Mood: Sendable { case well, broken, stuck }

    struct Failure: Error, CustomStringConvertible { var description: String { "the <storage> is away" } }

    let memory = MemoryPersistDriver()
    let mood = Mutex(Mood.well)
    let calls = Mutex<[(key: String, expires: Duration?)]>([])

    private func enter(_ key: String, _ expires: Duration? = nil) async throws {
        self.calls.withLock { $0.append((key, expires)) }
        switch self.mood.withLock({ $0 }) {
        case .well: break
        case .broken: throw Failure()
        // The storage does not respond, and ignores cancellation.
        case .stuck: await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
    }

    func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try await self.enter(key, expires)
        try await self.memory.create(key: key, value: value, expires: expires)
    }

    func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try await self.enter(key, expires)
        try await self.memory.set(key: key, value: value, expires: expires)
    }

    func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        try await self.enter(key)
        return try await self.memory.get(key: key, as: type)
    }

    func remove(key: String) async throws { try await self.memory.remove(key: key) }
    func run() async throws {}
}

/// Kernels with the same `APP_ENV` share a storage.
private struct SharingKernel: Kernel {
    static let drivers = Mutex<[String: TestDriver]>([:])

    private let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) {
        let name = boot.environment.rawValue
        if let driver = Self.drivers.withLock({ $0[name] }) { boot.shareInspector(driver) }
        self.router.get("ok") { _, _ in "ok" }
        self.router.get("of/:worker") { request, context in
            context.logger.info("a line of \(request.uri.path)", metadata: ["token": "hunter2"])
            return "ok"
        }
        self.router.get("bad") { _, _ -> String in throw Broken() }
    }

    var workers: some Workers { HTTP(self.router) }
}

@Suite(.timeLimit(.minutes(1))) struct InspectorShareTests {
    private func withWorkers<Result>(
        _ count: Int, _ driver: TestDriver, environment: [String: String] = ["APP_DEBUG": "1"],
        _ body: ([TestWorker]) async throws -> Result
    ) async throws -> Result {
        let name = UUID().uuidString
        SharingKernel.drivers.withLock { $0[name] = driver }
        defer { SharingKernel.drivers.withLock { $0[name] = nil } }
        return try await self.withMore(count, environment.merging(["APP_ENV": name]) { $1 }, [], body)
    }

    private func withMore<Result>(
        _ count: Int, _ environment: [String: String], _ workers: [TestWorker], _ body: ([TestWorker]) async throws -> Result
    ) async throws -> Result {
        guard workers.count < count else { return try await body(workers) }
        return try await TestWorker.with(kernel: SharingKernel.self, environment: environment) { worker async throws in
            worker.timeout = .seconds(20)
            return try await self.withMore(count, environment, workers + [worker], body)
        }
    }

    /// Waits until a worker's inspector shows this number of records.
    private func records(_ worker: TestWorker, _ query: String = "", count: Int) async throws -> [InspectorRecord] {
        while true {
            let records = try await InspectorJSON.read(worker, query).records.map(\.record)
            if records.count == count { return records }
            try #require(records.count < count)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func eachShowsTheRequestsOfAll() async throws {
        let driver = TestDriver()
        try await self.withWorkers(3, driver) { workers async throws in
            for (index, worker) in workers.enumerated() {
                for _ in 0..<2 { _ = try await worker.send(.get("/of/\(index)?token=hunter2", headers: [("Cookie", "hunter2")])) }
            }
            // A record is complete only after the response is sent.
            _ = try await self.records(workers[0], count: 6)
            _ = try await workers[1].send(.get("/bad"))
            for worker in workers {
                let records = try await self.records(worker, count: 7)
                #expect(records.first?.name == "GET /bad")
                #expect(Set(records.map(\.name)) == ["GET /bad", "GET /of/0", "GET /of/1", "GET /of/2"])
                #expect(records.map(\.time) == records.map(\.time).sorted(by: >))
                #expect(try await self.records(worker, "?status=failed", count: 1).first?.name == "GET /bad")
                // Every worker has the details of all records.
                for record in records where record.name != "GET /bad" {
                    let details = try await worker.send(.get("/_roadrunner?record=\(record.id)"))
                    #expect(details.status == 200)
                    #expect(details.text.contains("a line of /of/"))
                    #expect(details.text.contains("token=••••"))
                    #expect(!details.text.contains("hunter2"))
                }
                // All workers return the same text, and thus the same tag.
                let tags = try await workers.asyncMap { try await $0.send(.get("/_roadrunner?part=records")).head["ETag"] }
                #expect(Set(tags).count == 1)
            }
        }
        // All keys are the inspector's, and no entry contains a secret.
        let calls = driver.calls.withLock { $0 }
        #expect(!calls.isEmpty)
        #expect(calls.allSatisfy { $0.key.hasPrefix("inspector:") })
        for place in 0..<64 {
            let process = try await driver.memory.get(key: "inspector:place:\(place)", as: InspectedProcess.self)
            guard let process else { continue }
            let details = try await driver.memory.get(key: "inspector:details:\(process.id)", as: [InspectorDetails].self)
            #expect(details?.count == process.records.count)
            #expect(!"\(process)\(String(describing: details))".contains("hunter2"))
        }
    }

    /// Like the workers of a debug pool, which end after each request.
    @Test func recordsOfEndedWorkersAreShown() async throws {
        let driver = TestDriver()
        try await self.withWorkers(1, driver) { workers async throws in
            for _ in 0..<3 {
                try await self.withWorkers(1, driver) { others async throws in
                    _ = try await others[0].send(.get("/bad"))
                    try await others[0].stop()
                    _ = try await others[0].waitForExit()
                }
            }
            // No wait is needed: the workers wrote their records before they ended.
            #expect(try await InspectorJSON.read(workers[0]).records.count == 3)
        }
    }

    @Test func aStorageThatFailsAffectsNoRequest() async throws {
        let driver = TestDriver()
        driver.mood.withLock { $0 = .broken }
        try await self.withWorkers(1, driver) { workers async throws in
            for _ in 0..<3 { try await expectStillInStep(workers[0]) }
            let page = try await workers[0].send(.get("/_roadrunner"))
            #expect(page.status == 200)
            #expect(page.text.contains("the &lt;storage&gt; is away"))
            #expect(page.text.contains("GET /ok"))
            // The inspector retries.
            driver.mood.withLock { $0 = .well }
            while try await InspectorJSON.read(workers[0]).notice != nil { try await Task.sleep(for: .milliseconds(50)) }
        }
    }

    @Test func aStorageThatNeverRespondsDelaysNoRequest() async throws {
        let driver = TestDriver()
        driver.mood.withLock { $0 = .stuck }
        let start = ContinuousClock.now
        try await self.withWorkers(1, driver) { workers async throws in
            while driver.calls.withLock({ $0.isEmpty }) { try await expectStillInStep(workers[0]) }
            for _ in 0..<20 { try await expectStillInStep(workers[0]) }
            try await workers[0].stop()
            _ = try await workers[0].waitForExit()
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test(arguments: [[:], ["APP_DEBUG": "1", "INSPECTOR_PATH": "off"]]) func withoutAnInspectorNothingIsWritten(
        _ environment: [String: String]
    ) async throws {
        let driver = TestDriver()
        try await self.withWorkers(1, driver, environment: environment) { workers async throws in
            for _ in 0..<3 { try await expectStillInStep(workers[0]) }
        }
        #expect(driver.calls.withLock { $0.isEmpty })
    }

    /// Without a storage, a worker of a pool notes that it is not the only one.
    @Test func withoutAStorageThereIsANote() async throws {
        let name = UUID().uuidString
        try await self.withMore(1, ["APP_DEBUG": "1", "APP_ENV": name], []) { workers async throws in
            try await expectStillInStep(workers[0])
            #expect(try await workers[0].send(.get("/_roadrunner")).text.contains("boot.shareInspector"))
        }
        let shared = ["APP_DEBUG": "1", "APP_ENV": name, "APP_RUNTIME": "shared"]
        try await self.withMore(1, shared, []) { workers async throws in
            try await expectStillInStep(workers[0])
            #expect(!(try await workers[0].send(.get("/_roadrunner")).text.contains("boot.shareInspector")))
        }
    }

    private func share(_ driver: TestDriver, id: String) async -> InspectorShare {
        let inspector = Inspector()
        let share = InspectorShare(inspector, id: id, pid: 1)
        share.use(driver, .init(label: "test"))
        inspector.publisher = share
        inspector.record(RequestTrace(), RequestIdentity(mode: .http, name: id) { id }, Outcome(status: 200))
        return share
    }

    /// No two processes have the same place, and no place is kept for ever.
    @Test func placesAreFewAndUnique() async throws {
        let driver = TestDriver()
        let shares = await withTaskGroup(of: InspectorShare.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let share = await self.share(driver, id: "p\(index)")
                    await share.flush(within: .seconds(10))
                    return share
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let others = try await self.share(driver, id: "reader").others()
        #expect(Set(others.map(\.id)) == Set(shares.map(\.id)))
        // Further processes take the places that have been idle longest.
        for index in 40..<100 { await self.share(driver, id: "p\(index)").flush(within: .seconds(10)) }
        let latest = try await self.share(driver, id: "reader").others()
        #expect(latest.count == 64)
        #expect(Set(latest.map(\.id)).isSuperset(of: (60..<100).map { "p\($0)" }))
        let calls = driver.calls.withLock { $0 }
        #expect(calls.compactMap(\.expires).allSatisfy { $0 <= .seconds(900) })
        #expect(calls.compactMap(\.expires).count >= 200)
    }

    /// Entries of another version, or of another program.
    @Test func unreadableEntriesAreSkipped() async throws {
        let driver = TestDriver()
        try await driver.memory.set(key: "inspector:place:0", value: "nonsense", expires: .seconds(60))
        let share = await self.share(driver, id: "one")
        await share.flush(within: .seconds(10))
        #expect(try await self.share(driver, id: "reader").others().map(\.id) == ["one"])
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
