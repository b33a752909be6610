import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import Testing
import TestSupport

/// The files of crashes in a folder.
private struct CrashFiles {
    let folder: String

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: self.folder))?.sorted() ?? [] }

    func text(_ name: String) -> String { (try? String(contentsOfFile: "\(self.folder)/\(name)", encoding: .utf8)) ?? "" }

    /// Waits for a file with `text` in it, in which what the handler writes is complete.
    func wait(for text: String, seconds: Double = 60) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            for name in self.names {
                let content = self.text(name)
                if content.contains(text), content.contains("\n\n") { return name }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Missing(description: "no file with \"\(text)\" in \(self.folder): \(self.names.map { "\($0): \(self.text($0))" })")
    }

    private struct Missing: Error, CustomStringConvertible { let description: String }
}

/// Most tests need no backtrace, which takes seconds of all cores.
private let withoutBacktrace = ["SWIFT_BACKTRACE": "enable=no"]

#if arch(x86_64) || arch(i386)
private let trap = SIGILL
#else
private let trap = SIGTRAP
#endif

private func name(of signal: Int32) -> String {
    switch signal {
    case SIGILL: "SIGILL"
    case SIGTRAP: "SIGTRAP"
    case SIGABRT: "SIGABRT"
    case SIGBUS: "SIGBUS"
    default: "SIGSEGV"
    }
}

/// Swift's backtracer, where this process's runtime has one.
private let backtracer: String? = {
    guard let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd(),
        let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first(where: { $0.contains("/libswiftCore.so") }),
        let path = line.firstMatch(of: /\/.*\/lib\/swift\//)
    else { return nil }
    let found = String(path.0).replacing("/lib/swift/", with: "/libexec/swift/linux/swift-backtrace")
    return FileManager.default.isExecutableFile(atPath: found) ? found : nil
}()

@Suite(.timeLimit(.minutes(2)), .serialized) struct CrashTests {
    @Test(
        arguments: [
            ("trap", trap, .pipes), ("trap", trap, .tcp), ("trap", trap, .unix), ("abort", SIGABRT, .pipes),
            ("overflow", SIGSEGV, .pipes), ("null", SIGSEGV, .unix),
        ] as [(String, Int32, TestWorker.Relay)])
    func crashIsAnsweredAtOnce(_ kind: String, _ signal: Int32, _ relay: TestWorker.Relay) async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = withoutBacktrace.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await withDemo(environment: environment, relay: relay) { worker async throws in
                _ = try await worker.send(.get("/hello"))
                try await worker.begin(.get("/crash/\(kind)?secret=1"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(signal))
                let line = "[roadrunner-swift] crashed by \(name(of: signal)) while it handled GET /crash/\(kind) (request "
                #expect(await worker.waitForStandardError(containing: line), "\(worker.standardError)")
                let rest = ", mode http, pid \(worker.processID ?? 0))\n"
                #expect(await worker.waitForStandardError(containing: rest), "\(worker.standardError)")
                #expect(!worker.standardError.contains("secret"))
                let file = try await files.wait(for: line)
                #expect(files.names == [file])
                let text = files.text(file)
                #expect(text.contains(rest) && text.contains("\nsignal: \(name(of: signal))\n"))
                #expect(!text.contains("in hand:") && !text.contains("/hello") && !text.contains("secret"))
            }
        }
    }

    /// The relay ends and the process too, although the backtracer does not; the next process waits for it, and tells of the file.
    @Test func crashIsAnsweredWhateverTheBacktracerDoes() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
            for day in 10..<22 {
                try Data("old\n".utf8).write(to: URL(filePath: "\(files.folder)/crash-201911\(day)T000000Z-1.log"))
            }
            let backtracer = try Backtracer(in: folder)
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await withDemo(environment: environment) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(trap))
                _ = try await files.wait(for: Backtracer.text)
            }
            try await withDemo(environment: environment) { worker async throws in
                #expect(try await worker.send(.get("/hello")).status == 200)
                #expect(!worker.standardError.contains("a process before this one"))
                try backtracer.finish()
                let line = "a process before this one crashed by \(name(of: trap)) while it handled GET /crash (request "
                #expect(await worker.waitForStandardError(containing: line), "\(worker.standardError)")
                let file = try await files.wait(for: "it has ended")
                #expect(file.hasSuffix(".log"))
                #expect(await worker.waitForStandardError(containing: "its backtrace is in \(files.folder)/\(file)"))
                #expect(files.names.count == CrashFolder.keptCount)
                #expect(files.names.first == "crash-20191113T000000Z-1.log")
            }
            // Once is enough.
            try await withDemo(environment: environment) { worker async throws in
                #expect(try await worker.send(.get("/hello")).status == 200)
                #expect(!worker.standardError.contains("a process before this one"))
            }
        }
    }

    /// A request that crashes one worker after the other starts one backtracer at a time.
    @Test func oneBacktraceAtATime() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let backtracer = try Backtracer(in: folder)
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            for (path, text) in [("/crash", Backtracer.text), ("/crash/abort", "\nnote: no backtrace, ")] {
                try await withDemo(environment: environment) { worker async throws in
                    try await worker.begin(.get(path))
                    #expect(await worker.closesRelay())
                    let file = try await files.wait(for: text)
                    #expect(files.text(file).contains("GET \(path) (request "))
                }
            }
            try backtracer.finish()
        }
    }

    /// The handler's child goes on into Swift's own handler, which starts the backtracer.
    ///
    /// On some machines swift-backtrace needs minutes for a debug build, so that its end is waited for, but not required.
    @Test(.enabled(if: backtracer != nil, "there is no swift-backtrace")) func theFileHasABacktrace() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try await withDemo(environment: ["CRASH_LOG_DIR": files.folder]) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(trap))
                let file = try await files.wait(for: "Backtracing from")
                let prefix = "[roadrunner-swift] crashed by \(name(of: trap)) while it handled GET /crash"
                #expect(files.text(file).hasPrefix(prefix))
                await withKnownIssue("swift-backtrace is slow here", isIntermittent: true) {
                    _ = try await files.wait(for: "Program crashed", seconds: 45)
                }
            }
        }
    }

    @Test func crashWhileStreaming() async throws {
        try await withDemo(environment: withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/stream"))
            #expect(try await worker.nextFrame().stream.contains(.stream))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(trap))
            #expect(await worker.waitForStandardError(containing: "while it handled GET /crash/stream (request "))
        }
    }

    /// On a thread that does not know for whom it works.
    @Test func crashOfAnotherTask() async throws {
        try await withDemo(environment: withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/task"))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(trap))
            #expect(await worker.waitForStandardError(containing: "while it had in hand GET /crash/task (request "))
        }
    }

    @Test func severalThreadsThatCrashAreOneCrash() async throws {
        try await withDemo(environment: withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/tasks"))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(SIGSEGV))
            #expect(await worker.waitForStandardError(containing: "GET /crash/tasks (request "))
            // To its end.
            #expect(await !worker.waitForStandardError(containing: "\0"))
            #expect(worker.standardError.components(separatedBy: "crashed by").count == 2)
        }
    }

    @Test func crashWithoutARequest() async throws {
        try await withDemo(environment: withoutBacktrace) { worker async throws in
            worker.signal(SIGSEGV)
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(SIGSEGV))
            #expect(await worker.waitForStandardError(containing: "crashed by SIGSEGV with no request in hand (mode http, pid "))
        }
    }

    @Test func exitIsNoCrash() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try await withDemo(environment: ["CRASH_LOG_DIR": files.folder]) { worker async throws in
                try await worker.begin(.get("/exit"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .exited(3))
                #expect(await worker.waitForStandardError(containing: "the program called exit while it was serving"))
                #expect(!worker.standardError.contains("crashed by"))
                #expect(files.names.isEmpty)
            }
        }
    }

    /// Files are in the temporary directory where the folder cannot be made, and found there.
    @Test func aFolderThatCannotBeWrittenHasAFallback() async throws {
        try await withTemporaryDirectory { folder in
            try Data().write(to: URL(filePath: "\(folder)/file"))
            let environment = withoutBacktrace.merging(["CRASH_LOG_DIR": "\(folder)/file/crash", "TMPDIR": folder]) { $1 }
            let files = CrashFiles(folder: "\(folder)/Demo-crashes-\(geteuid())")
            try await withDemo(environment: environment) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                _ = try await files.wait(for: "while it handled GET /crash")
            }
            try await withDemo(environment: environment) { worker async throws in
                #expect(await worker.waitForStandardError(containing: "what is known of it is in \(files.folder)/crash-"))
            }
        }
    }
}

@Suite(.timeLimit(.minutes(2)), .serialized) struct StandaloneCrashTests {
    @Test(arguments: [("trap", trap), ("abort", SIGABRT), ("overflow", SIGSEGV), ("null", SIGSEGV)])
    func crashIsAnsweredAtOnce(_ kind: String, _ signal: Int32) async throws {
        try await withTemporaryDirectory { folder in
            let backtracer = try Backtracer(in: folder)
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await withStandaloneDemo(environment: environment) { port, process async throws in
                await #expect(throws: (any Error).self) {
                    _ = try await RawHTTPClient(port: port).send("GET", "/crash/\(kind)?secret=1")
                }
                #expect(await process.waitForExit(timeout: .seconds(30)) == .signalled(signal))
                let line = "[roadrunner-swift] crashed by \(name(of: signal)) while it handled GET /crash/\(kind) (request "
                #expect(await process.standardError.wait(for: line, timeout: .seconds(30)), "\(process.standardError.current)")
                #expect(process.standardError.current.contains(", mode standalone, pid \(process.pid))\n"))
                let file = try await files.wait(for: Backtracer.text)
                #expect(files.text(file).hasPrefix(line))
                try backtracer.finish()
            }
        }
    }

    /// The crashing one is named among others, and all are in the file; beyond a limit they are counted.
    @Test(arguments: [3, 80]) func crashAmongManyRequests(_ count: Int) async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = withoutBacktrace.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await withStandaloneDemo(environment: environment) { port, process async throws in
                var clients: [RawHTTPClient] = []
                for number in 1..<count {
                    let client = try RawHTTPClient(port: port)
                    // The first chunk tells that it is in hand.
                    try await client.send("GET /events?number=\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    _ = try await client.readHead()
                    clients.append(client)
                }
                await #expect(throws: (any Error).self) { _ = try await RawHTTPClient(port: port).send("GET", "/crash") }
                #expect(await process.waitForExit(timeout: .seconds(30)) == .signalled(trap))
                let isNamed = count == 3
                let line = isNamed ? ", one of 3 requests in hand\n" : " with 80 requests in hand (mode standalone, pid "
                #expect(await process.standardError.wait(for: line, timeout: .seconds(30)), "\(process.standardError.current)")
                let text = files.text(try await files.wait(for: "in hand: "))
                #expect(text.contains("\nrequest: ") == isNamed)
                #expect(text.components(separatedBy: "\nin hand: ").count == (isNamed ? 3 : 65))
                #expect(text.components(separatedBy: " GET /events\n").count == (isNamed ? 3 : 65))
                withExtendedLifetime(clients) {}
            }
        }
    }
}
