import Centrifugo
import Configuration
import HTTPWorker
import Logging
import RoadRunnerRuntime
import Standalone
import Testing

@Suite struct RuntimeOptionsTests {
    private func options(_ variables: [String: String], code: RuntimeOptions = RuntimeOptions()) throws -> RuntimeOptions {
        let provider = EnvironmentVariablesProvider(environmentVariables: variables)
        return try code.overlaid(by: ConfigReader(provider: provider))
    }

    @Test func defaultsAreSafe() throws {
        let options = try options([:])
        #expect(options.environment == .production)
        #expect(!options.isDebug)
        #expect(options.http.boot == .eager)
        #expect(options.centrifugo.boot == .eager)
        #expect(options.configurationPath == ".rr.yaml")
        #expect(options.standalone.host == "127.0.0.1")
        #expect(options.standalone.port == 8080)
        #expect(options.rpcAddress == nil)
        #expect(options.runtime == nil)
        #expect(!options.exitsWithParent)
        #expect(options.crashLogDirectory == "var/crash")
    }

    @Test func everyKeyIsRead() throws {
        let options = try options([
            "APP_RUNTIME": "standalone", "APP_ENV": "testing", "APP_DEBUG": "1", "HTTP_LAZY_BOOT": "true",
            "CENTRIFUGO_LAZY_BOOT": "yes", "RR_CONFIG_PATH": "rr/prod.yaml", "RR_RPC": "tcp://127.0.0.1:6002",
            "LOG_LEVEL": "Debug", "HTTP_HOST": "0.0.0.0", "HTTP_PORT": "0", "APP_EXIT_WITH_PARENT": "true",
            "CRASH_LOG_DIR": "/var/log/crashes",
        ])
        #expect(options.exitsWithParent)
        #expect(options.crashLogDirectory == "/var/log/crashes")
        #expect(options.runtime == .standalone)
        #expect(options.environment == .testing)
        #expect(options.isDebug)
        #expect(options.http.boot == .lazy)
        #expect(options.centrifugo.boot == .lazy)
        #expect(options.configurationPath == "rr/prod.yaml")
        #expect(options.rpcAddress == "tcp://127.0.0.1:6002")
        #expect(options.logLevel == .debug)
        #expect(options.standalone.host == "0.0.0.0")
        #expect(options.standalone.port == 0)
    }

    @Test func environmentWinsOverCode() throws {
        var code = RuntimeOptions()
        code.standalone.port = 9000
        code.http.boot = .lazy
        #expect(try options([:], code: code).standalone.port == 9000)
        let options = try options(["HTTP_PORT": "9001", "HTTP_LAZY_BOOT": "false"], code: code)
        #expect(options.standalone.port == 9001)
        #expect(options.http.boot == .eager)
    }

    @Test func emptyMeansUnset() throws {
        #expect(try options(["APP_DEBUG": "", "HTTP_PORT": "", "LOG_LEVEL": ""]).standalone.port == 8080)
    }

    @Test func developmentMeansDebugByDefault() throws {
        #expect(try options(["APP_ENV": "dev"]).isDebug)
        #expect(try !options(["APP_ENV": "dev", "APP_DEBUG": "0"]).isDebug)
    }

    @Test(arguments: [
        ("APP_DEBUG", "maybe"), ("HTTP_PORT", "http"), ("HTTP_PORT", "70000"), ("HTTP_PORT", "-1"), ("LOG_LEVEL", "loud"),
        ("HTTP_LAZY_BOOT", "2"),
    ])
    func nonsenseIsRefusedByName(_ key: String, _ value: String) {
        let error = #expect(throws: OptionError.self) {
            let options = try options([key: value])
            _ = try options.inForce(HTTPOptions.self)
            _ = try options.inForce(StandaloneOptions.self)
        }
        #expect(error?.key == key)
        #expect(error?.description.contains("\(key) is \"\(value)\"") == true)
    }
}
