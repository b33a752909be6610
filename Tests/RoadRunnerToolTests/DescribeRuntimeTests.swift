import Configuration
import Logging
import RoadRunnerRuntime
import ServiceLifecycle
import Testing

@Suite struct DescribeRuntimeTests {
    private struct Mail: SelfDescribing {
        static let mode = WorkerMode(rawValue: "mail")

        func describe(_ description: inout KernelDescription) throws {
            description.tables.append(.init(mode: Self.mode, routes: [.init(kind: "box", pattern: "inbox")]))
        }
    }

    private struct Sweeper: Service {
        func run() async throws { Issue.record("a service was started") }
    }

    private struct Post: Kernel {
        init(_ boot: BootContext) throws {
            boot.logger.warning("careful")
            boot.logger.info("all is well")
            boot.warmUp("stamps") { Issue.record("the kernel was warmed up") }
            if boot.configuration.string(forKey: "post.fails") != nil {
                throw OptionError(key: "POST", value: "", expectation: "there")
            }
        }

        var workers: some Workers { Mail() }
        var services: [any Service] { [Sweeper()] }
    }

    private static func describe(boots: Bool = true, _ variables: [String: String] = [:]) async throws -> KernelDescription {
        let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        let launch = LaunchContext(
            options: try RuntimeOptions().overlaid(by: configuration), configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, relay: RelayEnvironment(), standardStreams: nil)
        return try await DescribeRuntime.describe(Post.self, launch, boots: boots)
    }

    @Test func customPluginsAreDescribed() async throws {
        let description = try await Self.describe()
        #expect(description.kernel == "Post" && description.isBooted)
        #expect(description.modes == ["mail"])
        #expect(description.tables == [.init(mode: WorkerMode(rawValue: "mail"), routes: [.init(kind: "box", pattern: "inbox")])])
        #expect(description.services == ["Sweeper"])
    }

    @Test func warningsOfTheBootAreDescribed() async throws { #expect(try await Self.describe().warnings == ["careful"]) }

    @Test func withoutABootOnlyTheTypeIsDescribed() async throws {
        let description = try await Self.describe(boots: false, ["POST_FAILS": "1"])
        #expect(description.modes == ["mail"] && !description.isBooted && description.tables.isEmpty)
    }

    @Test func aBootThatFailsThrows() async throws {
        await #expect(throws: LaunchError.self) { try await Self.describe(["POST_FAILS": "1"]) }
    }
}
