import Centrifugo
import Configuration
import Foundation
import Logging
import RoadRunnerRuntime
import Standalone
import TestSupport
import Testing

@Suite struct ProcessConfigurationTests {
    private func configuration(_ environment: [String: String], file: [String: String]) -> ProcessConfiguration {
        ProcessConfiguration(
            environment: EnvironmentVariablesProvider(environmentVariables: environment),
            file: EnvironmentVariablesProvider(environmentVariables: file))
    }

    /// A worker's environment that is copied into `.env` must not turn all programs beside it into workers.
    @Test func onlyTheEnvironmentSetsRoadRunnersVariables() throws {
        let file = [
            "RR_MODE": "http", "RR_RELAY": "tcp://127.0.0.1:1", "RR_RPC": "tcp://127.0.0.1:2", "RR_VERSION": "1",
            "RR_CONFIG_PATH": "other.yaml", "HTTP_PORT": "1",
        ]
        let configuration = configuration([:], file: file)
        #expect(RelayEnvironment(configuration.reader) == RelayEnvironment())
        let options = try RuntimeOptions().overlaid(by: configuration.reader)
        #expect(options.rpcAddress == nil)
        // The application may set these.
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

    @Test func theFileIsParsedAsByRoadRunner() async throws {
        try await withTemporaryDirectory { folder in
            let text = """
                \u{FEFF}CENTRIFUGO_PROXY_SECRET="s3cret"\r
                export HTTP_PORT=18997\r
                LOG_LEVEL=debug # comment\r
                APP_RUNTIME: standalone\r
                RR_MODE='http'\r

                """
            try Data(text.utf8).write(to: URL(filePath: folder + "/.env"))
            let configuration = try ProcessConfiguration(path: folder + "/.env")
            let options = try RuntimeOptions().overlaid(by: configuration.reader)
            #expect(options.centrifugo.proxySecret == "s3cret")
            #expect(options.standalone.port == 18997)
            #expect(options.logLevel == .debug)
            #expect(options.runtime == .standalone)
            #expect(configuration.ignored == ["RR_MODE"])
            // The file is optional.
            #expect(try ProcessConfiguration(path: folder + "/other").reader.string(forKey: "http.port") == nil)
        }
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let configuration = configuration(["HTTP_PORT": "2"], file: ["HTTP_PORT": "1", "HTTP_HOST": "::1"])
        let options = try RuntimeOptions().overlaid(by: configuration.reader)
        #expect(options.standalone.port == 2)
        #expect(options.standalone.host == "::1")
    }
}
