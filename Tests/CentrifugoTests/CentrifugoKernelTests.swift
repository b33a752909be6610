import Centrifugo
import CentrifugoHTTP
import Configuration
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Testing

/// Tests kernels with workers for HTTP and for Centrifugo's events.
@Suite(.timeLimit(.minutes(1))) struct CentrifugoKernelTests {
    private struct Chat: Kernel {
        let isBroken: Bool

        init(_ boot: BootContext) throws {
            if boot.configuration.string(forKey: "broken") == "true" { throw Broken() }
            self.isBroken = boot.configuration.string(forKey: "routes") == "twice"
        }

        var workers: some Workers {
            HTTP(Router())
            CentrifugoEvents {
                OnConnect { _ in .accept(user: "u") }
                if self.isBroken {
                    OnRPC("ping") { _ in .reply() }
                    OnRPC("ping") { _ in .reply() }
                }
            }
        }
    }

    private struct Broken: Error, CustomStringConvertible {
        let description = "topsecret"
    }

    @Test(arguments: ["true", "false"]) func oneKernelForBoth(_ isLazy: String) async throws {
        let environment = ["CENTRIFUGO_LAZY_BOOT": isLazy]
        try await TestWorker.with(kernel: Chat.self, environment: environment, mode: .centrifuge) { worker async throws in
            for _ in 0..<3 { #expect(try await worker.send(.connect()).user == "u") }
        }
        try await TestWorker.with(kernel: Chat.self, environment: environment) { worker async throws in
            #expect(try await worker.send(.get("/nothing")).status == 404)
        }
    }

    /// Clients retry; another worker answers the next event.
    @Test(arguments: [false, true]) func aLazyBootThatFails(_ isDebug: Bool) async throws {
        let environment = ["CENTRIFUGO_LAZY_BOOT": "true", "BROKEN": "true", "APP_DEBUG": "\(isDebug)"]
        try await TestWorker.with(kernel: Chat.self, environment: environment, mode: .centrifuge) { worker async throws in
            let reply = try await worker.send(.connect())
            #expect(reply.errorCode == 100 && reply.isTemporary)
            #expect(reply.errorMessage?.contains("topsecret") == isDebug)
            let event = TestEvent.connect()
            try await worker.send(payload: ByteBuffer(string: #"{"type":["connect"]}"#), body: event.message)
            #expect(String(buffer: try await worker.nextFrame().payload) == #"{"stop":true}"#)
        }
    }

    private func boot(_ environment: [String: String], _ integrations: [any LaunchIntegration] = []) throws -> BootContext {
        let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
        let launch = LaunchContext(
            options: try RuntimeOptions().overlaid(by: configuration), configuration: configuration,
            logger: Logger(label: "test"), relay: RelayEnvironment(configuration), standardStreams: nil)
        for integration in integrations { try integration.attach(to: launch) }
        return launch.bootContext(mode: launch.relay.mode)
    }

    /// Without RoadRunner, calling the server API requires a product for HTTP, which the error names.
    @Test func serverAPIWithoutRoadRunnerNeedsItsProduct() throws {
        let environment = ["CENTRIFUGO_API_URL": "http://127.0.0.1:8000/api", "CENTRIFUGO_API_KEY": "key"]
        #expect(throws: Never.self) { try self.boot(environment, [CentrifugoHTTPIntegration()]).centrifugo }
        let missing = #expect(throws: CentrifugoSetupError.self) { try self.boot(environment).centrifugo }
        #expect(missing?.code == .transportMissing)
        #expect(missing?.description.contains("CentrifugoHTTPIntegration()") == true)
        let unset = #expect(throws: CentrifugoSetupError.self) {
            try self.boot([:], [CentrifugoHTTPIntegration()]).centrifugo
        }
        #expect(unset?.code == .addressMissing)
        #expect(unset?.description.contains("CENTRIFUGO_API_URL") == true)
        #expect(throws: OptionError.self) {
            try self.boot(["CENTRIFUGO_API_URL": "localhost:8000"], [CentrifugoHTTPIntegration()])
        }
        // Workers of a pool call RoadRunner.
        #expect(throws: Never.self) { try self.boot(environment.merging(["RR_MODE": "centrifuge"]) { $1 }).centrifugo }
        #expect(throws: Never.self) { try self.boot(["RR_RPC": "tcp://127.0.0.1:6001"]).centrifugo }
    }

    /// An empty secret counts as unset. Without a secret, events are accepted only where no other host can send them, or
    /// where the configuration allows it.
    @Test func strangersNeedTheSecret() throws {
        func make(_ environment: [String: String], isLocalOnly: Bool, code secret: String? = nil) throws {
            let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
            var options = RuntimeOptions()
            if let secret { options.centrifugo.proxySecret = secret }
            var launch = LaunchContext(
                options: try options.overlaid(by: configuration), configuration: configuration, logger: Logger(label: "test"),
                relay: RelayEnvironment(configuration), standardStreams: nil)
            launch.isLocalOnly = isLocalOnly
            _ = try CentrifugoEvents { OnConnect { _ in .accept(user: "u") } }.makeEndpoint(launch)
        }
        for environment in [[:], ["CENTRIFUGO_PROXY_SECRET": ""], ["CENTRIFUGO_PROXY_INSECURE": "false"]] {
            let error = #expect(throws: CentrifugoSetupError.self) { try make(environment, isLocalOnly: false) }
            #expect(error?.code == .proxyUnguarded)
            for word in ["CENTRIFUGO_PROXY_SECRET", "HTTP_HOST", "CENTRIFUGO_PROXY_INSECURE"] {
                #expect(error?.description.contains(word) == true)
            }
            #expect(throws: Never.self) { try make(environment, isLocalOnly: true) }
        }
        #expect(throws: CentrifugoSetupError.self) { try make([:], isLocalOnly: false, code: "") }
        #expect(throws: Never.self) { try make([:], isLocalOnly: false, code: "s") }
        #expect(throws: Never.self) { try make(["CENTRIFUGO_PROXY_SECRET": "s"], isLocalOnly: false) }
        #expect(throws: Never.self) { try make(["CENTRIFUGO_PROXY_INSECURE": "true"], isLocalOnly: false) }
        #expect(throws: OptionError.self) { try make(["CENTRIFUGO_PROXY_INSECURE": "perhaps"], isLocalOnly: true) }
    }

    @Test func mistakesInHandlersFailTheBoot() async throws {
        await #expect(throws: (any Error).self) {
            try await TestWorker.with(kernel: Chat.self, environment: ["ROUTES": "twice"], mode: .centrifuge) { _ in }
        }
    }
}
