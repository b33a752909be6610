import Configuration
import RoadRunnerRuntime
import Standalone
import Testing

@Suite struct ProcessConfigurationTests {
    private func configuration(_ environment: [String: String], file: [String: String]) -> ProcessConfiguration {
        ProcessConfiguration(
            environment: EnvironmentVariablesProvider(environmentVariables: environment),
            file: EnvironmentVariablesProvider(environmentVariables: file))
    }

    /// Whoever copies a worker's environment into `.env` does not make workers of all programs that are started beside it.
    @Test func onlyTheEnvironmentSpeaksForRoadRunner() throws {
        let file = [
            "RR_MODE": "http", "RR_RELAY": "tcp://127.0.0.1:1", "RR_RPC": "tcp://127.0.0.1:2", "RR_VERSION": "1",
            "RR_CONFIG_PATH": "other.yaml", "HTTP_PORT": "1",
        ]
        let configuration = configuration([:], file: file)
        #expect(RelayEnvironment(configuration.reader) == RelayEnvironment())
        let options = try RuntimeOptions().overlaid(by: configuration.reader)
        #expect(options.rpcAddress == nil)
        // These are the application's to say.
        #expect(options.configurationPath == "other.yaml")
        #expect(options.standalone.port == 1)
        #expect(configuration.ignored == ["RR_MODE", "RR_RELAY", "RR_RPC", "RR_VERSION"])
        #expect(configuration.notice?.contains("RR_RELAY") == true)
    }

    @Test func theEnvironmentIsRead() throws {
        let environment = ["RR_MODE": "http", "RR_RELAY": "pipes", "RR_RPC": "tcp://127.0.0.1:2", "RR_VERSION": "2025.1.0"]
        let configuration = configuration(environment, file: ["HTTP_PORT": "1"])
        #expect(
            RelayEnvironment(configuration.reader) == RelayEnvironment(mode: .http, relay: "pipes", version: "2025.1.0"))
        #expect(try RuntimeOptions().overlaid(by: configuration.reader).rpcAddress == "tcp://127.0.0.1:2")
        #expect(configuration.notice == nil)
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let configuration = configuration(["HTTP_PORT": "2"], file: ["HTTP_PORT": "1", "HTTP_HOST": "::1"])
        let options = try RuntimeOptions().overlaid(by: configuration.reader)
        #expect(options.standalone.port == 2)
        #expect(options.standalone.host == "::1")
    }
}
