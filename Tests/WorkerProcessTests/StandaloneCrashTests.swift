import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)), .serialized) struct StandaloneCrashTests {
    @Test(arguments: [("trap", Crash.trap), ("abort", SIGABRT), ("overflow", SIGSEGV), ("null", SIGSEGV)])
    func crashIsAnsweredAtOnce(_ kind: String, _ signal: Int32) async throws {
        try await withTemporaryDirectory { folder in
            let backtracer = try Backtracer(in: folder)
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = backtracer.environment.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await DemoProcess.withStandalone(environment: environment) { port, process async throws in
                await #expect(throws: (any Error).self) {
                    _ = try await RawHTTPClient(port: port).send("GET", "/crash/\(kind)?secret=1")
                }
                #expect(await process.waitForExit(timeout: .seconds(30)) == .signalled(signal))
                let line = "[roadrunner-swift] crashed by \(Crash.name(of: signal)) while it handled GET /crash/\(kind) (request "
                #expect(await process.standardError.wait(for: line, timeout: .seconds(30)), "\(process.standardError.current)")
                #expect(process.standardError.current.contains(", mode standalone, pid \(process.pid))\n"))
                await process.standardError.waitForEnd(timeout: .seconds(30))
                // Threads whose descriptors are closed trap without output.
                #expect(!process.standardError.current.contains("Precondition failed"))
                let file = try await files.wait(for: Backtracer.text)
                #expect(files.text(file).hasPrefix(line))
                try backtracer.finish()
            }
        }
    }

    /// The line names the crashing request, and the file lists all of them, up to a limit, with the number of the others.
    @Test(arguments: [3, 80]) func crashAmongManyRequests(_ count: Int) async throws {
        try await withTemporaryDirectory { folder in
            let files = CrashFiles(folder: "\(folder)/crash")
            let environment = Crash.withoutBacktrace.merging(["CRASH_LOG_DIR": files.folder]) { $1 }
            try await DemoProcess.withStandalone(environment: environment) { port, process async throws in
                var clients: [RawHTTPClient] = []
                for number in 1..<count {
                    let client = try RawHTTPClient(port: port)
                    // The first chunk shows that the request is in flight.
                    try await client.send("GET /events?number=\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    _ = try await client.readHead()
                    clients.append(client)
                }
                await #expect(throws: (any Error).self) { _ = try await RawHTTPClient(port: port).send("GET", "/crash") }
                #expect(await process.waitForExit(timeout: .seconds(30)) == .signalled(Crash.trap))
                let isNamed = count == 3
                let line = isNamed ? ", one of 3 requests in flight\n" : " with 80 requests in flight (mode standalone, pid "
                #expect(await process.standardError.wait(for: line, timeout: .seconds(30)), "\(process.standardError.current)")
                let text = files.text(try await files.wait(for: "in flight: "))
                #expect(text.contains("\nrequest: ") == isNamed)
                #expect(text.components(separatedBy: "\nin flight: ").count == (isNamed ? 3 : 65))
                #expect(text.components(separatedBy: " GET /events\n").count == (isNamed ? 3 : 65))
                withExtendedLifetime(clients) {}
            }
        }
    }
}
