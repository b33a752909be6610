import Foundation
import RoadRunnerTesting
import Testing

@testable import EncryptedCache

@Suite(.timeLimit(.minutes(1))) struct EncryptedCacheTests {
    private func withCache(_ body: (TestWorker, TestRPCServer) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cache-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await TestRPCServer.with { server in
            let environment = server.environment.merging(["KEY_PATH": folder.appending(path: "key").path()]) { $1 }
            try await TestWorker.with(kernel: EncryptedCache.self, environment: environment) { try await body($0, server) }
        }
    }

    private struct Statement: Decodable, Equatable {
        let customer: String
        let number: Int
    }

    private func statement(of customer: String, _ worker: TestWorker) async throws -> Statement {
        try await worker.send(.get("/statements/\(customer)")).decode()
    }

    @Test func statementsAreComputedOnce() async throws {
        try await self.withCache { worker, _ async throws in
            let first = try await self.statement(of: "ann", worker)
            #expect(first.customer == "ann")
            #expect(try await self.statement(of: "ann", worker) == first)
        }
    }

    @Test func aPaymentRecomputesThem() async throws {
        try await self.withCache { worker, _ async throws in
            let first = try await self.statement(of: "ann", worker)
            let other = try await self.statement(of: "ben", worker)
            #expect(try await worker.send(.post("/payments/ann")).status == .noContent)
            #expect(try await self.statement(of: "ann", worker) != first)
            #expect(try await self.statement(of: "ben", worker) == other)
        }
    }

    @Test func roadRunnerSeesNoStatement() async throws {
        try await self.withCache { worker, server async throws in
            _ = try await worker.send(.get("/statements/ann"))
            let stored = await server.calls.filter { $0.method == "kv.Set" }.map { String(buffer: $0.arguments) }
            #expect(stored.contains { $0.contains("statements:ann") })
            #expect(!stored.contains { $0.contains("customer") || $0.contains("balance") })
        }
    }
}
