import Configuration
import Logging
import RoadRunnerAPI
import RoadRunnerRuntime
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

@testable import Centrifugo

private struct Odd: Error {}

/// Records that observers, reboots and resets work as they do with HTTP.
private struct EventKernel: Kernel {
    @TaskLocal static var log = LogLines()

    static var observers: [Observer] {
        let log = Self.log
        return [
            Observer(WorkerStarted.self) { log.append("started \($0.mode?.rawValue ?? "")") },
            Observer(KernelBooting.self) { log.append("booting \($0.isReboot)") },
            Observer(KernelBooted.self) { log.append("booted \($0.isReboot)") },
            Observer(KernelRebooted.self) { log.append("rebooted: \($0.reason)") },
            Observer(RequestReceived.self) { log.append("received \($0.request.name)") },
            Observer(ExceptionThrown.self) { log.append("thrown \($0.phase) \(type(of: $0.error))") },
            Observer(ResponseSent.self) { log.append("sent \($0.request.name) \($0.status == nil)") },
            Observer(WorkerStopping.self) { log.append("stopping \($0.handledCount)") },
        ]
    }

    init(_ boot: BootContext) {}

    var workers: some Workers {
        CentrifugoEvents {
            OnPublish("chat:*") { event in
                if event.channel == "chat:bad" { throw Odd() }
                if event.channel == "chat:number" { _ = try event.data.decode(as: Int.self) }
                if event.channel == "chat:refused" { throw CentrifugoClientError.permissionDenied }
                return .accept()
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct EventLifecycleTests {
    @Test func unansweredEventsAreMarkedInTheInspector() async throws {
        let inspector = Inspector()
        var options = RuntimeOptions()
        options.debug = true
        let launch = LaunchContext(
            options: options, configuration: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: [:])),
            logger: Logger(label: "test"), relay: RelayEnvironment(), standardStreams: nil)
        let exchange = EventExchange(
            dispatcher: try CentrifugoEvents { OnPublish("chat:bad") { _ in throw Odd() } }
                .dispatcher(isDebug: true, logger: launch.logger),
            pipeline: ExchangePipeline(
                mode: .centrifuge, options: options, events: launch.events, inspector: inspector, logger: launch.logger))
        for channel in ["chat:other", "chat:bad"] {
            let event = PublishEvent(message: .with { $0.channel = channel }, metadata: ProxyMetadata([:]))
            let outcome = await exchange.handle(.publish(event)) { _ in }
            #expect((outcome.error is Odd) == (channel == "chat:bad"))
        }
        let entries = inspector.all
        #expect(entries.map(\.name) == ["publish chat:bad", "publish chat:other"])
        #expect(entries.map(\.isUnanswered) == [false, true])
        #expect(entries.first?.trace.errors.first?.contains("Odd") == true)
    }

    /// Each rebuilt kernel checks its handlers.
    @Test func missingSettingsAreLoggedOncePerProcess() throws {
        let lines = LogLines()
        var launch = LaunchContext(
            options: RuntimeOptions(),
            configuration: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: [:])),
            logger: lines.logger(.info),
            relay: RelayEnvironment(), standardStreams: nil)
        launch.isLocalOnly = true
        for _ in 0..<3 { _ = try CentrifugoEvents { OnRPC("ping") { _ in .reply() } }.makeEndpoint(launch) }
        #expect(lines.all.count { $0.contains("no OnConnect") } == 1)
        #expect(lines.all.count { $0.contains("CENTRIFUGO_PROXY_SECRET") } == 1)
    }

    /// A client's data must not be able to cause a reboot.
    @Test func undecodableDataIsAClientError() async throws {
        let log = LogLines()
        try await EventKernel.$log.withValue(log) {
            try await TestWorker.with(kernel: EventKernel.self, mode: .centrifuge) { worker in
                #expect(try await worker.send(.publish("1", to: "chat:number", user: "ann")).isAccepted)
                for data in ["{}", "", "1e99", "\u{FF}"] {
                    let reply = try await worker.send(.publish(data, to: "chat:number", user: "ann"))
                    #expect(reply.errorCode == 107 && !reply.isTemporary)
                }
                #expect(try await worker.send(.publish("1", to: "chat:number", user: "ann")).isAccepted)
            }
        }
        #expect(!log.all.contains { $0.hasPrefix("thrown") || $0.hasPrefix("rebooted") })
    }

    @Test func eventsHaveTheSameOrderAsWithHTTP() async throws {
        let log = LogLines()
        try await EventKernel.$log.withValue(log) {
            try await TestWorker.with(kernel: EventKernel.self, mode: .centrifuge) { worker in
                _ = try await worker.send(.publish("{}", to: "chat:a", user: "ann"))
                _ = try await worker.send(.publish("{}", to: "chat:refused", user: "ann"))
                _ = try await worker.send(.publish("{}", to: "chat:bad", user: "ann"))
                for _ in 0..<4000 where log.all.last != "rebooted: Odd was thrown" { try await Task.sleep(for: .milliseconds(5)) }
                _ = try await worker.send(.publish("{}", to: "chat:a", user: "ann"))
                try await worker.stop()
                #expect(try await worker.waitForExit() == .exited(0))
            }
        }
        #expect(
            log.all == [
                "started centrifuge", "booting false", "booted false",
                "received publish chat:a", "sent publish chat:a true",
                "received publish chat:refused", "sent publish chat:refused true",
                "received publish chat:bad", "thrown before head Odd", "sent publish chat:bad true",
                "booting true", "booted true", "rebooted: Odd was thrown",
                "received publish chat:a", "sent publish chat:a true",
                "stopping 4",
            ])
    }
}
