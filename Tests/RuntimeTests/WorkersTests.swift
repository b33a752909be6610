import RoadRunnerRuntime
import Testing

private struct A: Worker { static let mode = WorkerMode.http }
private struct B: Worker { static let mode = WorkerMode(rawValue: "jobs") }

private struct Both: Kernel {
    init(_ boot: BootContext) {}
    var workers: some Workers {
        A()
        B()
    }
}

private struct Twice: Kernel {
    init(_ boot: BootContext) {}
    var workers: some Workers {
        A()
        A()
    }
}

private struct Perhaps: Kernel {
    static let hasB = false
    init() {}
    init(_ boot: BootContext) {}
    var workers: some Workers {
        A()
        if Self.hasB { B() }
    }
}

private struct OneOrTheOther: Kernel {
    let first: Bool
    init(_ boot: BootContext) { self.first = true }
    init(first: Bool) { self.first = first }
    var workers: some Workers {
        if self.first { A() } else { B() }
    }
}

@Suite struct WorkersTests {
    @Test func workersBehindAnIfCountAsServedUntilTheKernelIsBuilt() throws {
        #expect(Perhaps.Served.types.map { $0.mode.rawValue } == ["http", "jobs"])
        #expect(Perhaps.Served.types.count == 2)
        #expect(Perhaps().workers.all.map { type(of: $0).mode.rawValue } == ["http"])
        #expect(OneOrTheOther.Served.types.map { $0.mode.rawValue } == ["http", "jobs"])
        #expect(OneOrTheOther(first: true).workers.all.map { type(of: $0).mode.rawValue } == ["http"])
        #expect(OneOrTheOther(first: false).workers.all.map { type(of: $0).mode.rawValue } == ["jobs"])
    }

    @Test func modesAreKnownWithoutAKernel() {
        #expect(Both.Served.types.map { $0.mode.rawValue } == ["http", "jobs"])
    }

    @Test func unservedModeNamesTheServedOnes() {
        let error = #expect(throws: LaunchError.self) { try WorkerRegistry.worker(for: .centrifuge, of: Both.self) }
        #expect(error?.code == .unservedMode)
        for text in ["\"centrifuge\"", "\"http\"", "\"jobs\""] { #expect(error?.description.contains(text) == true) }
    }

    @Test func twoWorkersOfOneModeAreRefused() {
        let error = #expect(throws: LaunchError.self) { try WorkerRegistry.worker(for: .http, of: Twice.self) }
        #expect(error?.code == .duplicateMode)
    }
}
