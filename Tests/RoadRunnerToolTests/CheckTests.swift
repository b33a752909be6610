import Foundation
import NIOCore
import NIOPosix
import RoadRunnerConfiguration
import Testing

@testable import RoadRunnerTool

@Suite(.timeLimit(.minutes(5))) struct CheckTests {
    @Test(arguments: [[], ["--boot"]] as [[String]]) func isSilentOnAGoodSetup(_ arguments: [String]) async throws {
        try await Project.with { project async throws in
            let run = await project.check(arguments + ["--quiet", "--strict"])
            #expect(run.code == 0)
            #expect(run.text.isEmpty, "\(run.text)")
            let whole = await project.check(arguments)
            #expect(whole.output.contains("✓ RoadRunner 2025.1.15"))
            #expect(
                !whole.output.contains("✗") && !whole.output.contains("!") && !whole.output.contains("\n-"), "\(whole.output)")
        }
    }

    @Test(arguments: ["pipes", "\"tcp://127.0.0.1:6002\"", "\"unix://relay.sock\"", "\"\""])
    func isSilentOnEveryRelay(_ relay: String) async throws {
        try await Project.with { project async throws in
            try project.replace("relay: pipes", with: "relay: \(relay)")
            let run = await project.check(["--quiet", "--strict"])
            #expect(run.code == 0 && run.text.isEmpty, "\(run.text)")
        }
    }

    @Test(arguments: [[], ["--boot"]] as [[String]]) func isSilentOnAGoodService(_ arguments: [String]) async throws {
        try await Project.with { project async throws in
            try project.write(try project.configuration + project.service, to: ".rr.yaml")
            let run = await project.check(arguments + ["--quiet", "--strict"])
            #expect(run.code == 0 && run.text.isEmpty, "\(run.text)")
        }
    }

    @Test func otherServicesMayHaveAnyEnvironment() async throws {
        try await Project.with { project async throws in
            let service = "service: { worker: { command: \"sh -c exit\", process_num: 2 } }\n"
            try project.write(project.configuration + service, to: ".rr.yaml")
            let run = await project.check(["--quiet", "--strict"])
            #expect(run.code == 0 && run.text.isEmpty, "\(run.text)")
        }
    }

    /// Also where `.env` is for a program that serves alone.
    @Test func otherServicesAreNotStarted() async throws {
        try await Project.with { project async throws in
            try TestFile.write("#!/bin/sh\ntouch '\(project.folder)/migrated'\n", to: "\(project.folder)/migrate", mode: 0o755)
            try project.write("APP_RUNTIME=standalone\n", to: ".env")
            let service = "version: \"3\"\nservice: { migrate: { command: \"./migrate\", process_num: 2 } }\n"
            try project.write(service, to: ".rr.yaml")
            let run = await project.check(["--boot", "--quiet", "--strict"])
            #expect(run.code == 0 && run.text.isEmpty, "\(run.text)")
            #expect(!Paths.exists("\(project.folder)/migrated"))
        }
    }

    /// Those of the configuration for development are for development as well.
    @Test func servicesBesideDebugPoolsMayBeInDevelopment() async throws {
        try await Project.with { project async throws in
            let program =
                "command: \"\(project.folder)/program\", env: { APP_RUNTIME: standalone, APP_EXIT_WITH_PARENT: \"true\", APP_ENV: dev }"
            for (pool, isReported) in [("debug: true", false), ("num_workers: 2", true)] {
                let configuration = project.configuration.replacing("num_workers: 2", with: pool)
                try project.write(configuration + "service: { app: { \(program) } }\n", to: ".rr.yaml")
                let text = await project.check([]).text
                #expect(text.contains("the service app reads APP_ENV=dev") == isReported, "\(text)")
            }
        }
    }

    @Test func developmentIsForDebugPools() async throws {
        try await Project.with { project async throws in
            let configuration = project.configuration.replacing("\n    - APP_ENV: production", with: "")
            try project.write(configuration.replacing("num_workers: 2", with: "debug: true"), to: ".rr.yaml")
            #expect(await project.check(["--quiet", "--strict"]).text.isEmpty)
            // The value in `.env` does not apply where the environment has another one.
            try project.write(configuration, to: ".rr.yaml")
            #expect(await project.check(["--quiet", "--strict"], variables: ["APP_ENV": "production"]).text.isEmpty)
            #expect(await project.check(["--quiet", "--strict"], variables: ["APP_DEBUG": "false"]).text.isEmpty)
        }
    }

    @Test(arguments: Self.all) func namesTheFault(_ broken: Break) async throws {
        try await Project.with { project async throws in
            try broken.body(project)
            let run = await project.check(broken.arguments + ["--json"], variables: broken.variables)
            struct Report: Decodable {
                struct Finding: Decodable {
                    let id: String
                    let status: String
                    let text: String
                    let remedy: String?
                }
                let faults: Int
                let warnings: Int
                let findings: [Finding]
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
            let named = report.findings.filter { $0.id == broken.id && $0.status == (broken.isFault ? "fault" : "warning") }
            let texts = named.map { "\($0.text) \($0.remedy ?? "")" }
            #expect(!texts.isEmpty, "\(run.output)")
            #expect(broken.text.isEmpty || texts.joined().contains(broken.text), "\(run.output)")
            let hasRemedies = named.allSatisfy { $0.remedy?.isEmpty == false }
            #expect(hasRemedies)
            #expect(run.code == (report.faults > 0 ? 1 : 0))
            if broken.isFault { #expect(report.faults > 0) }
            // The check finds nothing else, except for consequences of the fault.
            let others = report.findings.filter { $0.id != broken.id && ($0.status == "fault" || $0.status == "warning") }
            #expect(others.count <= (Self.consequences[broken.id] ?? 0), "\(others)")
        }
    }

    /// The number of other findings that a fault may cause.
    private static let consequences = [
        "served.missing": 0, "env.malformed": 1, "env.ignored": 0, "runtime.orphan": 2, "http.tls": 1,
    ]

    @Test func printsColoursOnATerminal() async throws {
        try await Project.with { project async throws in
            try project.replace("driver: memory", with: "driver: memry")
            let run = await ToolRun.of(["check", "--quiet"], in: project.folder, isColoured: true)
            #expect(run.code == 1)
            #expect(run.output.hasPrefix("\u{1B}[31m✗\u{1B}[0m the storage cache"))
            #expect(run.output.contains("\n  → use one of memory, boltdb"))
        }
    }

    @Test func aPortInUseBelongsToAnotherProcess() async throws {
        try await Project.with { project async throws in
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: project.ports["http"] ?? 0).get()
            // The fake RoadRunner does not claim the port.
            try TestFile.write(
                "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\necho rr version 2025.1.15\n", to: "\(project.folder)/bin/rr",
                mode: 0o755)
            let run = await project.check(["--quiet"])
            #expect(run.code == 1)
            #expect(run.output.contains("http.address cannot listen on 127.0.0.1:\(project.ports["http"] ?? 0): another process"))
            // A RoadRunner that serves with this configuration claims it.
            try TestFile.write("#!/bin/sh\necho rr version 2025.1.15\n", to: "\(project.folder)/bin/rr", mode: 0o755)
            #expect(await project.check(["--quiet"]).code == 0)
            try await channel.close()
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:80", "127.0.0.1", 80), (":80", "", 80), ("tcp://a:1", "a", 1), ("[::1]:80", "::1", 80), ("80", nil, 0),
            ("a:", nil, 0),
            ("::1:80", nil, 0), ("a:70000", nil, 0), ("", nil, 0),
        ] as [(String, String?, Int)])
    func readsAddresses(_ text: String, _ host: String?, _ port: Int) {
        #expect(HostPort(text)?.host == host)
        if host != nil { #expect(HostPort(text)?.port == port) }
    }

    @Test func knowsWhichAddressesCollide() throws {
        func collide(_ one: String, _ other: String) throws -> Bool {
            try #require(HostPort(one)).collides(with: try #require(HostPort(other)))
        }
        #expect(try collide("127.0.0.1:80", ":80") && collide("localhost:80", "127.0.0.1:80"))
        #expect(try !collide("127.0.0.1:80", "127.0.0.2:80") && !collide(":80", ":81"))
    }

    @Test(arguments: [("60s", 60), ("1h30m", 5400), ("500ms", 0.5), ("1.5s", 1.5), ("0", 0)] as [(String, Double)])
    func readsDurations(_ text: String, _ seconds: Double) throws {
        #expect(try GoDuration.seconds(.string(text)) == seconds)
    }

    @Test func durationsNeedUnits() throws {
        #expect(throws: GoDuration.Problem.nanoseconds(60)) { try GoDuration.seconds(.integer(60)) }
        #expect(throws: GoDuration.Problem.malformed("60")) { try GoDuration.seconds(.string("60")) }
        #expect(throws: GoDuration.Problem.malformed("s")) { try GoDuration.seconds(.string("s")) }
        #expect(try GoDuration.seconds(.integer(2_000_000_000)) == 2)
        #expect(try GoDuration.seconds(nil) == nil)
    }
}
