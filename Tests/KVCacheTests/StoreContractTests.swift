import TestSupport
import Testing

/// What every storage does, whether at RoadRunner or in this process.
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
