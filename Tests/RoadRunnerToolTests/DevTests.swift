import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerTool

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite(.timeLimit(.minutes(5)), .serialized) struct DevTests {
    private static let roadRunner = TestSupport.Environment.variable("RR_BINARY")

    /// A project whose fake compiler copies the program that its only source names.
    struct Project: Sendable {
        let folder: String
        let port: Int

        static func with(_ body: (Project) async throws -> Void) async throws {
            try await withTemporaryDirectory { folder async throws in
                let project = Project(folder: Paths.resolve(folder, from: "/"), port: try FreePort.next())
                try TestFile.write("// swift-tools-version: 6.2\n", to: "\(project.folder)/Package.swift")
                try TestFile.write(project.swift, to: "\(project.folder)/tools/swift", mode: 0o755)
                try TestFile.write(project.configuration(try FreePort.next()), to: "\(project.folder)/.rr.dev.yaml")
                try FileManager.default.createDirectory(
                    atPath: "\(project.folder)/.build/debug", withIntermediateDirectories: true)
                try project.edit(BuiltProducts.example("Hello"))
                try await body(project)
            }
        }

        /// Saves the source.
        func edit(_ text: String) throws { try TestFile.write(text, to: "\(self.folder)/Sources/App/App.swift") }

        private var swift: String {
            """
            #!/bin/sh
            case "$*" in
                *dump-package*) echo '{"products":[],"targets":[{"name":"App","type":"executable"}]}' ;;
                *--show-bin-path*) echo '\(self.folder)/.build/debug' ;;
                *)
                    source=$(cat '\(self.folder)/Sources/App/App.swift')
                    echo "[1/2] Compiling App.swift"
                    if [ ! -f "$source" ]; then echo "App.swift:1:1: error: cannot find '$source' in scope"; exit 1; fi
                    cp "$source" '\(self.folder)/.build/debug/App.new' && mv '\(self.folder)/.build/debug/App.new' '\(self.folder)/.build/debug/App'
                    ;;
            esac

            """
        }

        private func configuration(_ rpc: Int) -> String {
            """
            version: "3"
            rpc: { listen: "tcp://127.0.0.1:\(rpc)" }
            server: { command: ".build/debug/App" }
            http: { address: "127.0.0.1:\(self.port)", pool: { num_workers: 1 } }
            kv:
              cache: { driver: memory, config: {} }
              vault: { driver: memory, config: {} }
            logs: { level: error }

            """
        }

        /// Runs the tool itself as a process while `body` runs.
        func dev(_ arguments: [String] = [], roadRunner: String? = nil, _ body: (ChildProcess) async throws -> Void) async throws
        {
            var variables = TestSupport.Environment.withoutRoadRunner
            variables["PATH"] = "\(self.folder)/tools:\(variables["PATH"] ?? "")"
            variables["RR_BINARY"] = roadRunner
            variables["HTTP_PORT"] = "\(self.port)"
            variables["VAULT_KEY_PATH"] = "\(self.folder)/vault.key"
            let process = try ChildProcess(
                BuiltProducts.path("rr-swift"), arguments: ["dev", "--package-path", self.folder] + arguments,
                environment: variables, input: nil, output: nil, loop: Peer.sharedLoop())
            defer { process.signal(SIGKILL) }
            do {
                try await body(process)
            } catch {
                Issue.record("\(error): \(process.standardError.current)")
            }
            process.signal(SIGINT)
            #expect(await process.waitForExit(timeout: .seconds(40)) == .exited(0), "\(process.standardError.current)")
            // The processes that it started have ended as well.
            await #expect(throws: (any Error).self) { try await HTTPProbe.request("http://127.0.0.1:\(self.port)/hello") }
        }

        func get(_ path: String, _ statuses: ClosedRange<Int> = 200...200) async throws -> String {
            try await HTTPProbe.get("http://127.0.0.1:\(self.port)\(path)", statuses: statuses, seconds: 60)
        }
    }

    @Test(.enabled(if: Self.roadRunner != nil, "RR_BINARY names no RoadRunner"))
    func aChangeIsServedThroughRoadRunnerAndNoRequestFails() async throws {
        try await Project.with { project async throws in
            try await project.dev(roadRunner: Self.roadRunner) { process async throws in
                #expect(try await project.get("/hello") == "Hello from Swift!")
                let failures = Mutex<[String]>([])
                let count = Counter()
                let client = Task {
                    while !Task.isCancelled {
                        do {
                            let (status, body) = try await HTTPProbe.request("http://127.0.0.1:\(project.port)/hello")
                            if status != 200 { failures.withLock { $0.append("\(status) \(body)") } }
                        } catch {
                            if !Task.isCancelled { failures.withLock { $0.append("\(error)") } }
                        }
                        count.next()
                    }
                }
                // Only one of the two programs has this route.
                #expect(try await HTTPProbe.request("http://127.0.0.1:\(project.port)/json").status == 404)
                try project.edit(BuiltProducts.example("Demo"))
                _ = try await project.get("/json")
                try project.edit(BuiltProducts.example("Hello"))
                _ = try await project.get("/json", 404...404)
                client.cancel()
                await client.value
                #expect(count.value > 5)
                #expect(failures.withLock { $0 } == [])

                // A page shows the error until the next successful build.
                try project.edit("broken <code>")
                let page = try await project.get("/hello", 500...500)
                #expect(page.contains("cannot find 'broken &lt;code&gt;' in scope") && page.contains("App does not compile"))
                #expect(process.standardError.current.contains("error: cannot find 'broken <code>' in scope"))
                #expect(!process.standardError.current.contains("[1/2]"))
                try project.edit(BuiltProducts.example("Hello"))
                #expect(try await project.get("/hello") == "Hello from Swift!")
            }
        }
    }

    @Test(.enabled(if: Self.roadRunner != nil, "RR_BINARY names no RoadRunner"))
    func beginsWithAProgramThatDoesNotCompile() async throws {
        try await Project.with { project async throws in
            try project.edit("broken")
            try await project.dev(roadRunner: Self.roadRunner) { _ async throws in
                #expect(try await project.get("/", 500...500).contains("cannot find 'broken'"))
                try project.edit(BuiltProducts.example("Hello"))
                #expect(try await project.get("/hello") == "Hello from Swift!")
            }
        }
    }

    @Test func withoutRoadRunnerTheProgramIsRestarted() async throws {
        try await Project.with { project async throws in
            try await project.dev(["--alone"]) { process async throws in
                #expect(try await project.get("/hello") == "Hello from Swift!")
                try project.edit(BuiltProducts.example("Demo"))
                _ = try await project.get("/json")
                try project.edit("broken")
                #expect(try await project.get("/json", 500...500).contains("cannot find 'broken'"))
                try project.edit(BuiltProducts.example("Hello"))
                #expect(try await project.get("/hello") == "Hello from Swift!")
            }
        }
    }

    @Test func aProgramThatExitsIsReported() async throws {
        try await Project.with { project async throws in
            try TestFile.write("#!/bin/sh\necho cannot go on\nexit 3\n", to: "\(project.folder)/program", mode: 0o755)
            try project.edit("\(project.folder)/program")
            try await project.dev(["--alone"]) { _ async throws in
                let page = try await project.get("/", 500...500)
                #expect(page.contains("cannot go on") && page.contains("The program exited"))
                try project.edit(BuiltProducts.example("Hello"))
                #expect(try await project.get("/hello") == "Hello from Swift!")
            }
        }
    }

    @Test func theStandInRespondsToRoadRunner() async throws {
        try await withTemporaryDirectory { folder async throws in
            let page = DevPage(title: "A & B", text: "x.swift:1: error: <nothing>")
            try Paths.write(page.html, to: "\(folder)/page.html")
            let environment = [StandIn.variable: "\(folder)/page.html"]
            try await TestWorker.with(process: BuiltProducts.path("rr-swift"), environment: environment) { worker async throws in
                for _ in 1...2 {
                    let response = try await worker.send(.get("/any"))
                    #expect(response.status == .internalServerError)
                    #expect(response.headers[.contentType] == "text/html; charset=utf-8")
                    #expect(response.text == page.html)
                }
                #expect(
                    page.html.contains("A &amp; B")
                        && page.html.contains("<span class=\"error\">x.swift:1: error: &lt;nothing&gt;"))
            }
            try await TestWorker.with(
                process: BuiltProducts.path("rr-swift"), environment: environment, mode: .centrifuge
            ) { worker async throws in
                #expect(try await worker.send(.connect()).failure != nil)
            }
        }
    }

    @Test func sourcesAreWatched() async throws {
        try await withTemporaryDirectory { folder async throws in
            let folder = Paths.resolve(folder, from: "/")
            for name in ["Package.swift", "Sources/A/a.swift", "Tests/t.swift", "var/log", ".build/x", "Sources/.hidden"] {
                try TestFile.write("1", to: "\(folder)/\(name)")
            }
            let before = SourceSnapshot.take(of: folder, and: ["\(folder)/extra"])
            for name in ["Tests/t.swift", "var/log", ".build/x", "Sources/.hidden"] {
                try TestFile.write("22", to: "\(folder)/\(name)")
            }
            #expect(SourceSnapshot.take(of: folder, and: ["\(folder)/extra"]) == before)
            for name in ["Sources/A/a.swift", "Sources/B/b.swift", "extra", ".env"] {
                try TestFile.write("22", to: "\(folder)/\(name)")
            }
            Paths.remove("\(folder)/Package.swift")
            let changes = SourceSnapshot.take(of: folder, and: ["\(folder)/extra"]).changes(since: before)
            #expect(
                changes
                    == [".env", "Package.swift", "Sources/A/a.swift", "Sources/B/b.swift", "extra"].map { "\(folder)/\($0)" }
                    .sorted())
        }
    }

    /// A RoadRunner that records its arguments and serves nothing.
    private static func recordingRoadRunner(in project: Project) throws -> String {
        let path = "\(project.folder)/tools/recorder"
        try TestFile.write(
            "#!/bin/sh\n[ \"$1\" = serve ] || { echo rr version 2025.1.15; exit; }\necho \"$@\" > '\(project.folder)/started'\nexec sleep 600\n",
            to: path, mode: 0o755)
        return path
    }

    private static func started(_ project: Project) async throws -> String {
        let text = try await eventualValue(within: .seconds(60)) { () async throws -> String? in
            let text = try TestFile.read("\(project.folder)/started")
            return text.hasSuffix("\n") ? text : nil
        }
        return try #require(text)
    }

    private static let productionPool = "pool: { num_workers: 1, command: \".build/release/App\" }"

    @Test func theConfigurationForProductionIsOverridden() async throws {
        try await Project.with { project async throws in
            let configuration = try TestFile.read("\(project.folder)/.rr.dev.yaml")
                .replacing("debug/App\" }", with: "release/App\", env: [ { LOG_LEVEL: info }, { APP_ENV: production } ] }")
                .replacing("pool: { num_workers: 1 }", with: Self.productionPool)
            Paths.remove("\(project.folder)/.rr.dev.yaml")
            try TestFile.write(configuration, to: "\(project.folder)/.rr.yaml")
            try await project.dev(roadRunner: Self.recordingRoadRunner(in: project)) { process async throws in
                let started = try await Self.started(project)
                for key in ["server.command", "http.pool.command"] {
                    #expect(started.contains("-o \(key)=/usr/bin/env APP_ENV=dev .build/debug/App.dev"), "\(started)")
                }
                #expect(!process.standardError.current.contains("as in production"))
            }
        }
    }

    @Test func aChosenConfigurationForProductionIsReported() async throws {
        try await Project.with { project async throws in
            let path = "\(project.folder)/.rr.dev.yaml"
            let configuration = try TestFile.read(path)
                .replacing("debug/App\" }", with: "debug/App\", env: { APP_ENV: production } }")
            try TestFile.write(configuration, to: path)
            try await project.dev(roadRunner: Self.recordingRoadRunner(in: project)) { process async throws in
                #expect(try await Self.started(project).contains("-o server.command=.build/debug/App.dev"))
                try await eventually {
                    let told = process.standardError.current
                    return told.contains("the program runs as in production") && told.contains("remove APP_ENV from it")
                }
            }
        }
    }

    /// RoadRunner would start the program of its section `service`, and nothing else.
    @Test func withoutAPoolTheProgramServesAlone() async throws {
        try await Project.with { project async throws in
            try TestFile.write(
                "version: \"3\"\nservice: { app: { command: \".build/release/App\" } }\n", to: "\(project.folder)/.rr.dev.yaml")
            try await project.dev(roadRunner: Self.recordingRoadRunner(in: project)) { process async throws in
                #expect(try await project.get("/hello") == "Hello from Swift!")
                #expect(process.standardError.current.contains("no configuration with a pool"))
                #expect(!Paths.exists("\(project.folder)/started"))
            }
        }
    }

    /// Pools of other plugins are debug pools as well, and a shared process cannot serve them.
    @Test func programsWithOtherPluginsAreServed() async throws {
        try await Project.with { project async throws in
            try TestFile.write(
                """
                version: "3"
                server: { command: App, env: { APP_RUNTIME: shared } }
                tcp: { servers: { lines: { addr: "tcp://127.0.0.1:0" } }, pool: { num_workers: 2 } }
                """, to: "\(project.folder)/.rr.dev.yaml")
            try await project.dev(roadRunner: Self.recordingRoadRunner(in: project)) { _ async throws in
                let started = try await Self.started(project)
                #expect(started.contains("-o tcp.pool.debug=true"), "\(started)")
                #expect(started.contains("server.command=/usr/bin/env APP_RUNTIME=roadrunner .build/debug/App.dev"), "\(started)")
            }
        }
    }

    @Test func aNameThatRoadRunnerWouldSplitIsRefused() async throws {
        try await Project.with { project async throws in
            let configuration = try TestFile.read("\(project.folder)/.rr.dev.yaml")
                .replacing("debug/App\" }", with: "debug/App\", env: { APP_ENV: production } }")
            Paths.remove("\(project.folder)/.rr.dev.yaml")
            try TestFile.write(configuration, to: "\(project.folder)/.rr.yaml")
            let roadRunner = try Self.recordingRoadRunner(in: project)
            let path = "\(project.folder)/tools:\(TestSupport.Environment.variable("PATH") ?? "")"
            let run = await ToolRun.of(
                ["dev"], in: project.folder, variables: ["PATH": path, "RR_BINARY": roadRunner, "APP_ENV": "my laptop"])
            #expect(run.code == 1)
            #expect(run.errors.contains("APP_ENV=my laptop"), "\(run.errors)")
        }
    }

    /// Without RoadRunner its configuration is not read.
    @Test func anUnreadableConfigurationIsReadForRoadRunnerOnly() async throws {
        try await Project.with { project async throws in
            try TestFile.write("version: [", to: "\(project.folder)/.rr.dev.yaml")
            // Comes before another one on the path, and is none.
            try TestFile.write("#!/bin/sh\nexit 1\n", to: "\(project.folder)/tools/rr", mode: 0o755)
            try await project.dev { _ async throws in
                #expect(try await project.get("/hello") == "Hello from Swift!")
            }
        }
    }

    @Test func aProgramWithoutHTTPHasNoAddress() async throws {
        try await Project.with { project async throws in
            try TestFile.write(
                "version: \"3\"\nserver: { command: App }\ncentrifuge: { pool: { debug: true } }\n",
                to: "\(project.folder)/.rr.dev.yaml")
            try await project.dev(roadRunner: Self.recordingRoadRunner(in: project)) { process async throws in
                try await eventually(within: .seconds(60)) { process.standardError.current.contains("built in") }
                try await eventually { process.standardError.current.contains(/built in [0-9.]+ s\n/) }
            }
        }
    }

    @Test func anotherProgramNamedByTheEnvironmentIsReported() async throws {
        try await Project.with { project async throws in
            let variables = ["PATH": "\(project.folder)/tools:\(TestSupport.Environment.variable("PATH") ?? "")"]
            for name in ["no-such-roadrunner", ".rr.dev.yaml"] {
                let run = await ToolRun.of(
                    ["dev"], in: project.folder, variables: variables.merging(["RR_BINARY": name]) { $1 })
                #expect(run.code == 1)
                #expect(run.errors.contains("RR_BINARY is \(name), which is not an executable RoadRunner"), "\(run.errors)")
            }
        }
    }

    @Test func aFolderWithoutAPackageIsReported() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["dev"], in: folder)
            #expect(run.code == 1)
            #expect(run.errors.contains("has no Package.swift"))
        }
    }
}
