import Foundation
import RoadRunnerConfiguration
import TestSupport
import Testing

@testable import RoadRunnerTool

@Suite(.timeLimit(.minutes(10))) struct InitTests {
    /// Every combination of choices that changes the files.
    static let combinations: [ProjectChoices] = {
        var all: [ProjectChoices] = []
        let storages: [[ProjectChoices.Storage]] = [[], [.memory], [.boltdb, .redis], ProjectChoices.Storage.allCases]
        for http in [true, false] {
            for centrifugo in [false, true] {
                for storages in storages {
                    for encrypts in [false, true] {
                        for runtime in ProjectChoices.Runtime.allCases {
                            var choices = ProjectChoices(name: "demo")
                            (choices.servesHTTP, choices.usesCentrifugo, choices.storages) = (http, centrifugo, storages)
                            (choices.encrypts, choices.runtime) = (encrypts, runtime)
                            if (try? choices.check()) != nil { all.append(choices) }
                        }
                    }
                }
            }
        }
        return all
    }()

    @Test(.enabled(if: SwiftCompiler.isThere, "swiftc is not installed"))
    func everyProjectCompiles() async throws {
        #expect(Self.combinations.count == 64)
        // The sources depend neither on the runtime nor on the kinds of the storages.
        let projects = Self.combinations.filter { $0.runtime == .pool && $0.storages.count != 2 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, choices) in projects.enumerated() {
                // At most two compilers at a time.
                if index >= 2 { try await group.next() }
                group.addTask {
                    try await withTemporaryDirectory { folder async throws in
                        try ProjectFiles(choices).write(to: folder)
                        let problems = try await SwiftCompiler.problems(ofPackageIn: folder)
                        #expect(problems.isEmpty, "\(choices): \(problems)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The projects already have a program, so every finding is a fault of the template.
    @Test func everyConfigurationPassesTheCheck() async throws {
        for choices in Self.combinations {
            try await withTemporaryDirectory { folder async throws in
                try ProjectFiles(choices).write(to: folder)
                try TestFile.write(TestFile.fakeRoadRunner, to: "\(folder)/bin/rr", mode: 0o755)
                for name in ["debug", "release"] {
                    try TestFile.write("#!/bin/sh\nexit 1\n", to: "\(folder)/.build/\(name)/App", mode: 0o755)
                }
                for file in [".rr.yaml", ".rr.dev.yaml"] {
                    let setup = await Setup.read(
                        configuration: "\(folder)/\(file)", project: folder,
                        Surroundings(variables: [:], directory: folder, console: Console(output: { _ in }, errors: { _ in })))
                    #expect(setup.configuration != nil, "\(choices): \(setup.configurationProblem ?? "")")
                    // Ports and servers depend on this machine.
                    let rules = Checkup.rules(boots: false).filter { !($0 is PortRule) }
                    for rule in rules {
                        for finding in await rule.findings(setup) where finding.id != "kv.unreachable" {
                            #expect(finding.status == .good || finding.id == "served", "\(choices) \(file): \(finding)")
                        }
                    }
                    // RoadRunner's variables take precedence over .env, which is for development.
                    let sections = setup.services.map { $0.section } + [setup["server"]].compactMap { $0 }
                    #expect(!sections.isEmpty)
                    for section in sections {
                        #expect(
                            Setup.variables(section["env"])["APP_ENV"] == (file == ".rr.yaml" ? "production" : "dev"),
                            "\(choices) \(file)")
                    }
                    #expect(setup.environmentFile["APP_ENV"] == "dev")
                }
            }
        }
    }

    @Test func aProjectMatchesTheChoices() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(
                ["init", "shop", "--storage", "redis", "--storage", "memory", "--encryption", "--centrifugo", "--json"],
                in: folder)
            #expect(run.code == 0, "\(run.text)")
            struct Report: Decodable {
                let folder: String
                let files: [String]
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
            #expect(report.folder == Paths.resolve("shop", from: folder))
            #expect(try Set(report.files).isSubset(of: TestFile.names(in: "\(folder)/shop")))
            let expected: Set = [
                "Package.swift", ".rr.yaml", ".rr.dev.yaml", ".env", "Dockerfile", "compose.yaml", "centrifugo.json",
                "Sources/App/App.swift", "Tests/AppTests/AppTests.swift",
            ]
            #expect(expected.isSubset(of: Set(report.files)))
            let kernel = try TestFile.read("\(folder)/shop/Sources/App/App.swift")
            #expect(kernel.contains("\"redis\"") && kernel.contains("\"cache\"") && kernel.contains("AEADEnvelope"))
            let compose = try TestFile.read("\(folder)/shop/compose.yaml")
            #expect(compose.contains("REDIS_ADDRESS: redis:6379") && compose.contains("stop_grace_period: 40s"))
            // Centrifugo listens on this computer only, unless it is alone in its container.
            #expect(try TestFile.read("\(folder)/shop/centrifugo.json").contains("\"http_server\": { \"address\": \"127.0.0.1\""))
            #expect(compose.contains("      CENTRIFUGO_HTTP_SERVER_ADDRESS: 0.0.0.0\n"))
            #expect(try TestFile.read("\(folder)/shop/Dockerfile").contains("libsodium"))
            // Only .env.example is in the repository. Both files link to an existing page.
            let (own, example) = (try TestFile.read("\(folder)/shop/.env"), try TestFile.read("\(folder)/shop/.env.example"))
            #expect(own.contains("not in the repository") && !example.contains("not in the repository"))
            for text in [own, example] {
                let page = try #require(text.firstMatch(of: /roadrunner-swift\/blob\/main\/(\S+)/)).1
                #expect(Paths.exists(Checkout.root.appending(path: String(page)).path()))
            }
        }
    }

    @Test func onATerminalItAsks() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["init", "shop"], in: folder, input: ["", "n", "memory", "", "native"])
            #expect(run.code == 0, "\(run.text)")
            #expect(run.errors.contains("Serve HTTP?"))
            #expect(try TestFile.read("\(folder)/shop/.rr.yaml").contains("service:"))
            #expect(try TestFile.read("\(folder)/shop/Sources/App/Pages.swift").contains("counter"))

            let quiet = await ToolRun.of(["init", "other", "--yes"], in: folder, input: [])
            #expect(quiet.code == 0)
            #expect(!quiet.errors.contains("?"))
        }
    }

    @Test func aPoolCanShareOneProcess() async throws {
        try await withTemporaryDirectory { folder async throws in
            let run = await ToolRun.of(["init", "shop", "--runtime", "shared"], in: folder)
            #expect(run.code == 0, "\(run.text)")
            let production = try TestFile.read("\(folder)/shop/.rr.yaml")
            #expect(production.contains("APP_RUNTIME: shared") && production.contains("num_workers: 32"))
            // Processes of a debug pool share nothing.
            #expect(!(try TestFile.read("\(folder)/shop/.rr.dev.yaml").contains("APP_RUNTIME")))
        }
    }

    @Test func nothingIsReplaced() async throws {
        try await withTemporaryDirectory { folder async throws in
            try TestFile.write("mine", to: "\(folder)/shop/.env")
            let run = await ToolRun.of(["init", "shop"], in: folder)
            #expect(run.code == 1)
            #expect(run.errors.contains("nothing was written"))
            #expect(try TestFile.names(in: "\(folder)/shop") == [".env"])
            #expect(try TestFile.read("\(folder)/shop/.env") == "mine")
        }
    }

    @Test(arguments: ["9lives", "a b", "-x", "a\"b", "roadrunner-swift", "é"]) func refusesOtherNames(_ name: String) async throws
    {
        try await withTemporaryDirectory { folder async throws in
            #expect(await ToolRun.of(["init", "--", name], in: folder).code == 1)
            #expect(try TestFile.names(in: folder).isEmpty)
        }
    }

    @Test func invalidChoicesAreRefused() async throws {
        try await withTemporaryDirectory { folder async throws in
            #expect(await ToolRun.of(["init", "a", "--no-http"], in: folder).code == 1)
            #expect(await ToolRun.of(["init", "a", "--no-http", "--centrifugo", "--runtime", "native"], in: folder).code == 1)
            #expect(await ToolRun.of(["init", "a", "--dependency", "nowhere"], in: folder).code == 1)
            #expect(try TestFile.names(in: folder).isEmpty)
        }
    }

    /// From an empty folder to a response. It takes minutes: set TOOL_BUILD to a folder that can keep the build.
    @Test(
        .enabled(if: TestSupport.Environment.variable("TOOL_BUILD") != nil, "TOOL_BUILD names no folder"),
        .timeLimit(.minutes(30)))
    func aNewProjectBuildsAndServes() async throws {
        let place = try #require(TestSupport.Environment.variable("TOOL_BUILD"))
        Paths.remove("\(place)/demo/Sources")
        Paths.remove("\(place)/demo")
        let made = await ToolRun.of(
            ["init", "demo", "--storage", "memory", "--encryption", "--dependency", Checkout.root.path()], in: place)
        #expect(made.code == 0, "\(made.text)")
        let swift = try #require(Surroundings.ofProcess().program("swift"))
        var variables = TestSupport.Environment.withoutRoadRunner
        variables["HTTP_PORT"] = "\(try FreePort.next())"
        let options = ["--package-path", "\(place)/demo", "--scratch-path", "\(place)/build"]
        let tests = try await Subprogram(swift, ["test"] + options, variables: variables, directory: "\(place)/demo").run(
            within: .seconds(1500))
        #expect(tests.isSuccess, "\(tests.output.suffix(3000)) \(tests.errors.suffix(3000))")
        let program = Subprogram(swift, ["run"] + options, variables: variables, directory: "\(place)/demo")
        let server = Task { try await program.run { print($0) } }
        let base = "http://127.0.0.1:\(variables["HTTP_PORT"] ?? "")"
        let answers = Task {
            [try await HTTPProbe.get("\(base)/", seconds: 120), try await HTTPProbe.get("\(base)/counter", seconds: 10)]
        }
        let result = await answers.result
        server.cancel()
        _ = await server.result
        #expect(try result.get() == ["Hello from demo!\n", "1\n"])
    }
}
