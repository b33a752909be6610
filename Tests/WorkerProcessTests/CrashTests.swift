import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)), .serialized) struct CrashTests {
    @Test(
        arguments: [
            ("trap", Crash.trap, .pipes), ("trap", Crash.trap, .tcp), ("trap", Crash.trap, .unix), ("abort", SIGABRT, .pipes),
            ("overflow", SIGSEGV, .pipes), ("null", SIGSEGV, .unix),
        ] as [(String, Int32, TestWorker.Relay)])
    func crashIsAnsweredAtOnce(_ kind: String, _ signal: Int32, _ relay: TestWorker.Relay) async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = Crash.withoutBacktrace.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await DemoProcess.with(environment: environment, relay: relay) { worker async throws in
                _ = try await worker.send(.get("/hello"))
                try await worker.begin(.get("/crash/\(kind)?secret=1"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(signal))
                let line = "[roadrunner-swift] crashed by \(Crash.name(of: signal)) while it handled GET /crash/\(kind) (request "
                #expect(await worker.waitForStandardError(containing: line), "\(worker.standardError)")
                let rest = ", mode http, pid \(worker.processID ?? 0))\n"
                #expect(await worker.waitForStandardError(containing: rest), "\(worker.standardError)")
                #expect(!worker.standardError.contains("secret"))
                let file = try await files.wait(for: line)
                #expect(files.names == [file])
                let text = files.text(file)
                #expect(text.contains(rest) && text.contains("\nsignal: \(Crash.name(of: signal))\n"))
                #expect(!text.contains("in flight:") && !text.contains("/hello") && !text.contains("secret"))
            }
        }
    }

    /// The relay and the process end, although the backtracer does not; the next process waits for it, and logs the path of the file.
    @Test func crashIsAnsweredEvenIfTheBacktracerHangs() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
            for day in 10..<22 {
                try Data("old\n".utf8).write(to: URL(filePath: "\(files.folder)/crash-201911\(day)T000000Z-1.log"))
            }
            let backtracer = try Backtracer(in: folder)
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await DemoProcess.with(environment: environment) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(Crash.trap))
                _ = try await files.wait(for: Backtracer.text)
            }
            try await DemoProcess.with(environment: environment) { worker async throws in
                #expect(try await worker.send(.get("/hello")).status == 200)
                #expect(!worker.standardError.contains("a process before this one"))
                try backtracer.finish()
                let line =
                    "a process before this one crashed by \(Crash.name(of: Crash.trap)) while it handled GET /crash (request "
                #expect(await worker.waitForStandardError(containing: line), "\(worker.standardError)")
                let file = try await files.wait(for: "it has ended")
                #expect(file.hasSuffix(".log"))
                #expect(await worker.waitForStandardError(containing: "its backtrace is in \(files.folder)/\(file)"))
                #expect(files.names.count == CrashFolder.keptCount)
                #expect(files.names.first == "crash-20191113T000000Z-1.log")
            }
            // The file is logged only once.
            try await DemoProcess.with(environment: environment) { worker async throws in
                #expect(try await worker.send(.get("/hello")).status == 200)
                #expect(!worker.standardError.contains("a process before this one"))
            }
        }
    }

    /// A request that crashes several workers starts one backtracer at a time.
    @Test func oneBacktraceAtATime() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let backtracer = try Backtracer(in: folder)
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            for (path, text) in [("/crash", Backtracer.text), ("/crash/abort", "\nnote: no backtrace, ")] {
                try await DemoProcess.with(environment: environment) { worker async throws in
                    try await worker.begin(.get(path))
                    #expect(await worker.closesRelay())
                    let file = try await files.wait(for: text)
                    #expect(files.text(file).contains("GET \(path) (request "))
                }
            }
            try backtracer.finish()
        }
    }

    /// The handler's child process continues with Swift's own handler, which starts the backtracer.
    ///
    /// On some machines swift-backtrace takes minutes for a debug build, so the test waits for its end, but does not require it.
    @Test(.enabled(if: Crash.backtracer != nil, "swift-backtrace is not installed")) func theFileHasABacktrace() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try await DemoProcess.with(environment: ["CRASH_LOG_DIR": files.folder]) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .signalled(Crash.trap))
                let file = try await files.wait(for: "Backtracing from")
                let prefix = "[roadrunner-swift] crashed by \(Crash.name(of: Crash.trap)) while it handled GET /crash"
                #expect(files.text(file).hasPrefix(prefix))
                await withKnownIssue("swift-backtrace is slow here", isIntermittent: true) {
                    _ = try await files.wait(for: "Program crashed", seconds: 45)
                }
            }
        }
    }

    @Test func crashWhileStreaming() async throws {
        try await DemoProcess.with(environment: Crash.withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/stream"))
            #expect(try await worker.nextFrame().stream.contains(.stream))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(Crash.trap))
            #expect(await worker.waitForStandardError(containing: "while it handled GET /crash/stream (request "))
        }
    }

    /// On a thread without a current request.
    @Test func crashOfAnotherTask() async throws {
        try await DemoProcess.with(environment: Crash.withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/task"))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(Crash.trap))
            #expect(await worker.waitForStandardError(containing: "with a request in flight: GET /crash/task (request "))
        }
    }

    @Test func severalThreadsThatCrashAreOneCrash() async throws {
        try await DemoProcess.with(environment: Crash.withoutBacktrace) { worker async throws in
            try await worker.begin(.get("/crash/tasks"))
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(SIGSEGV))
            #expect(await worker.waitForStandardError(containing: "GET /crash/tasks (request "))
            // Reads the output to its end.
            #expect(await !worker.waitForStandardError(containing: "\0"))
            #expect(worker.standardError.components(separatedBy: "crashed by").count == 2)
        }
    }

    @Test func crashWithoutARequest() async throws {
        try await DemoProcess.with(environment: Crash.withoutBacktrace) { worker async throws in
            worker.signal(SIGSEGV)
            #expect(await worker.closesRelay())
            #expect(try await worker.waitForExit() == .signalled(SIGSEGV))
            #expect(await worker.waitForStandardError(containing: "crashed by SIGSEGV with no request in flight (mode http"))
        }
    }

    @Test func exitIsNotACrash() async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            try await DemoProcess.with(environment: ["CRASH_LOG_DIR": files.folder]) { worker async throws in
                try await worker.begin(.get("/exit"))
                #expect(await worker.closesRelay())
                #expect(try await worker.waitForExit() == .exited(3))
                #expect(await worker.waitForStandardError(containing: "the program called exit while it was serving"))
                #expect(!worker.standardError.contains("crashed by"))
                #expect(files.names.isEmpty)
            }
        }
    }

    /// If the folder cannot be created, the files are in the temporary directory, where the next process finds them.
    @Test func aFolderThatCannotBeWrittenHasAFallback() async throws {
        try await withTemporaryDirectory { folder in
            try Data().write(to: URL(filePath: "\(folder)/file"))
            let environment = Crash.withoutBacktrace.merging(["CRASH_LOG_DIR": "\(folder)/file/crash", "TMPDIR": folder]) { $1 }
            let files = CrashFiles(folder: "\(folder)/Demo-crashes-\(geteuid())")
            try await DemoProcess.with(environment: environment) { worker async throws in
                try await worker.begin(.get("/crash"))
                #expect(await worker.closesRelay())
                _ = try await files.wait(for: "while it handled GET /crash")
            }
            try await DemoProcess.with(environment: environment) { worker async throws in
                #expect(await worker.waitForStandardError(containing: "without a backtrace is in \(files.folder)/crash-"))
            }
        }
    }
}
