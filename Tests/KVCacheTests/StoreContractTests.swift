import TestSupport
import Testing

/// Tests the common behaviour of all storages, at RoadRunner and in this process.
@Suite(.timeLimit(.minutes(1))) struct StoreContractTests {
    @Test(arguments: StoreKind.allCases) func everyStorage(_ kind: StoreKind) async throws {
        try await kind.with { store in try await StoreContract(store: store).check() }
    }

    @Test(arguments: StoreKind.allCases) func entriesEnd(_ kind: StoreKind) async throws {
        try await kind.with { store in try await StoreContract(store: store).checkThatEntriesEnd() }
    }

    @Test(arguments: StoreKind.allCases) func locks(_ kind: StoreKind) async throws {
        try await kind.with { store in try await StoreContract(store: store).checkLocks() }
    }
}
