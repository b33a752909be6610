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

    /// Who listens elsewhere can be reached by others.
    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.9.8.7", true), ("::1", true), ("0:0:0:0:0:0:0:1", true), ("::ffff:127.0.0.1", true),
            ("localhost", true), ("0.0.0.0", false), ("::", false), ("192.0.2.1", false), ("::ffff:192.0.2.1", false),
            ("", false),
            ("127.0.0.1.example.org", false), ("127.1", false), ("example.org", false), ("128.0.0.1", false), ("::2", false),
            ("1::1", false), ("fe80::1", false), ("::127.0.0.1", false),
        ])
    func addressesThatOnlyThisComputerReaches(_ host: String, _ isLocal: Bool) {
        #expect(StandaloneOptions(host: host).isLocalOnly == isLocal)
        // Behind a socket is mostly a proxy that the world can reach.
        #expect(!StandaloneOptions(host: host, unixSocket: "/tmp/socket").isLocalOnly)
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
        #expect(options.runtime == "standalone")
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

    @Test func developmentMeansDebugUnlessSaidOtherwise() throws {
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

private struct NamedRuntime: ApplicationRuntime {
    let name: String
    func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 { 0 }
}

@Suite struct RuntimeSelectionTests {
    private let runtimes: [any ApplicationRuntime] = [PoolRuntime(), StandaloneRuntime(), NamedRuntime(name: "lambda")]

    @Test func modeDecidesUnlessARuntimeIsNamed() throws {
        #expect(try Launcher.pick(from: runtimes, named: nil, hasMode: true).name == "roadrunner")
        #expect(try Launcher.pick(from: runtimes, named: nil, hasMode: false).name == "standalone")
        #expect(try Launcher.pick(from: runtimes, named: "standalone", hasMode: true).name == "standalone")
        #expect(try Launcher.pick(from: runtimes, named: "lambda", hasMode: false).name == "lambda")
    }

    @Test func unknownNameListsTheKnownOnes() {
        let error = #expect(throws: LaunchError.self) { try Launcher.pick(from: runtimes, named: "roadruner", hasMode: true) }
        #expect(error?.code == .unknownRuntime)
        for name in ["roadruner", "roadrunner", "standalone", "lambda"] {
            #expect(error?.description.contains("\"\(name)\"") == true)
        }
    }
}

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
