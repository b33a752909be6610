import RoadRunnerRuntime
import Standalone
import Testing

private struct NamedRuntime: ApplicationRuntime {
    let name: RuntimeName
    func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 { 0 }
}

@Suite struct RuntimeSelectionTests {
    private static let lambda = RuntimeName(rawValue: "lambda")
    private let runtimes: [any ApplicationRuntime] = [PoolRuntime(), StandaloneRuntime(), NamedRuntime(name: Self.lambda)]

    @Test func modeDecidesUnlessARuntimeIsNamed() throws {
        #expect(try Launcher.pick(from: runtimes, named: nil, hasMode: true).name == .roadrunner)
        #expect(try Launcher.pick(from: runtimes, named: nil, hasMode: false).name == .standalone)
        #expect(try Launcher.pick(from: runtimes, named: .standalone, hasMode: true).name == .standalone)
        #expect(try Launcher.pick(from: runtimes, named: Self.lambda, hasMode: false).name == Self.lambda)
    }

    @Test func unknownNameListsTheKnownOnes() {
        let error = #expect(throws: LaunchError.self) {
            try Launcher.pick(from: runtimes, named: RuntimeName(rawValue: "roadruner"), hasMode: true)
        }
        #expect(error?.code == .unknownRuntime)
        for name in ["roadruner", "roadrunner", "standalone", "lambda"] {
            #expect(error?.description.contains("\"\(name)\"") == true)
        }
    }
}
