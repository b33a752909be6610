import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerObservability

@Suite(.timeLimit(.minutes(1))) struct LogTests {
    private func logger(
        _ lines: LogLines, _ format: LogFormat, destination: RoadRunnerLogHandler.Destination = .standardError
    ) -> Logger {
        var logger = Logger(label: "test") { label in
            RoadRunnerLogHandler(label, format: format, level: .trace, destination: destination, metadataProvider: nil) {
                lines.append($0)
            }
        }
        logger[metadataKey: "rr.pid"] = "7"
        return logger
    }

    @Test func jsonIsOneObjectPerLine() throws {
        let lines = LogLines()
        let logger = self.logger(lines, .json)
        logger.error(
            "a \"line\"\nand\u{1}another \u{2028}",
            metadata: ["rr.request.id": "x", "list": ["a", "b\n"], "map": ["k": ["v"]], "message": "own", "level": "own"])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        #expect(line.hasSuffix("}\n"))
        #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "a \"line\"\nand\u{1}another \u{2028}")
        #expect(object["level"] as? String == "error")
        #expect(object["logger"] as? String == "test")
        #expect(object["rr.request.id"] as? String == "x")
        #expect(object["rr.pid"] as? String == "7")
        #expect(object["list"] as? [String] == ["a", "b\n"])
        #expect((object["map"] as? [String: [String]])?["k"] == ["v"])
        #expect(object["metadata.message"] as? String == "own")
        #expect(object["metadata.level"] as? String == "own")
        #expect((object["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    /// Terminals would obey control characters, and readers that split lines by Unicode's rules would see a further line.
    @Test(arguments: [
        ("\u{1b}[2Kforged", "\\u{1b}[2Kforged"), ("a\u{2028}b", "a⏎b"), ("a\u{2029}b", "a⏎b"), ("a\u{85}b", "a⏎b"),
        ("a\u{0B}b\u{0C}c", "a⏎b⏎c"), ("a\u{9B}2Kb", "a\\u{9b}2Kb"), ("a\u{7F}\u{0}", "a\\u{7f}\\u{0}"), ("a\tb", "a\tb"),
        ("a\u{202E}b", "a\\u{202e}b"), ("žluť €", "žluť €"), ("\r\n\n\r", "⏎⏎⏎"), ("\u{C2}\u{E2}", "\u{C2}\u{E2}"),
    ])
    func controlCharactersAreEscaped(_ message: String, _ expected: String) {
        let lines = LogLines()
        self.logger(lines, .text).notice("\(message)", metadata: ["k": "\(message)"])
        #expect(lines.all.first?.hasSuffix("NOTICE test: \(expected) k=\(expected) rr.pid=7\n") == true, "\(lines.all)")
    }

    @Test func textIsAlwaysOneLine() {
        let lines = LogLines()
        self.logger(lines, .text).notice("a\nb\r\nc", metadata: ["k": "1\n2", "a": "x"])
        #expect(lines.all.count == 1)
        #expect(lines.all[0].hasSuffix("NOTICE test: a⏎b⏎c a=x k=1⏎2 rr.pid=7\n"))
    }

    @Test func levelsReachRoadRunnersLogger() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let app = AppLogger(format: .json) { lines.append($0) }
            app.attach(try RPCClient(address: server.address, logger: Logger(label: "test")))
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            for level in Logger.Level.allCases { logger.log(level: level, "at \(level)", metadata: ["k": "v"]) }
            await app.flush(within: .seconds(5))
            #expect(
                await server.logLines == [
                    "Debug at trace logger=test level=trace k=v rr.pid=7", "Debug at debug logger=test k=v rr.pid=7",
                    "Info at info logger=test k=v rr.pid=7", "Info at notice logger=test level=notice k=v rr.pid=7",
                    "Warning at warning logger=test k=v rr.pid=7", "Error at error logger=test k=v rr.pid=7",
                    "Error at critical logger=test level=critical k=v rr.pid=7",
                ])
            #expect(lines.all.isEmpty)
        }
    }

    /// Log lines about the calls that send log lines would never end.
    @Test func sendingALineCausesNoOther() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let app = AppLogger(format: .json) { lines.append($0) }
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            #expect(logger.logLevel == .trace)
            app.attach(try RPCClient(address: server.address, logger: logger))
            logger.info("one")
            await app.flush(within: .seconds(5))
            // No call is in flight, either.
            await app.flush(within: .seconds(5))
            #expect(await server.calls.map(\.method) == ["app.InfoWithContext"])
            await server.stop()
            logger.info("two")
            await app.flush(within: .seconds(5))
            #expect(lines.all.count == 1)
        }
    }

    private enum Caller { @TaskLocal static var name: String? }

    /// Lines are sent for all requests, rather than for the one that logged first.
    @Test func linesAreSentOutsideOfRequests() async throws {
        try await TestRPCServer.with { server in
            await server.respond { _ in .error("no") }
            let senders = LogLines()
            let app = AppLogger(format: .json) { _ in senders.append(Caller.name ?? "nobody") }
            app.attach(try RPCClient(address: server.address, logger: Logger(label: "test")))
            let logger = self.logger(LogLines(), .json, destination: .roadRunner(app))
            Caller.$name.withValue("ann") { logger.info("one") }
            await app.flush(within: .seconds(5))
            #expect(senders.all == ["nobody"])
        }
    }

    @Test func withoutRoadRunnerLinesGoToStandardError() async throws {
        let lines = LogLines()
        let unattached = AppLogger(format: .json) { lines.append($0) }
        self.logger(lines, .json, destination: .roadRunner(unattached)).info("one")
        #expect(lines.all.count == 1)
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("app.") ? .error("rpc: can't find service \($0.method)") : .answer }
            let app = AppLogger(format: .json) { lines.append($0) }
            app.attach(try RPCClient(address: server.address, logger: Logger(label: "test")))
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            logger.info("two")
            await app.flush(within: .seconds(5))
            logger.info("three")
            #expect(lines.all.count == 3)
            #expect(await server.calls.filter { $0.method.hasPrefix("app.") }.count == 1)
        }
    }

    @Test func aFullQueueLosesNothing() async throws {
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("app.") ? .hold : .answer }
            let lines = LogLines()
            let app = AppLogger(format: .json) { lines.append($0) }
            app.attach(try RPCClient(address: server.address, logger: Logger(label: "test")))
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            for number in 0..<2000 { logger.info("\(number)") }
            #expect(lines.all.count >= 2000 - 1024 - 1)
            #expect(lines.all.count <= 2000 - 1024)
        }
    }

    @Test func keysAndLabelsAreEscapedToo() {
        let lines = LogLines()
        let logger = Logger(label: "a\nlabel") { label in
            RoadRunnerLogHandler(label, format: .text, level: .trace, destination: .standardError, metadataProvider: nil) {
                lines.append($0)
            }
        }
        logger.notice("m", metadata: ["a\u{1b}[2K": "1", "b\r\nc": "2"])
        #expect(lines.all.first?.hasSuffix("NOTICE a⏎label: m a\\u{1b}[2K=1 b⏎c=2\n") == true, "\(lines.all)")
    }

    /// RoadRunner's console prints messages unchanged, and keys and values as JSON strings, in which it escapes only ASCII's
    /// control characters.
    @Test func lineBreaksCannotForgeALineOfRoadRunner() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let app = AppLogger(format: .text) { lines.append($0) }
            app.attach(try RPCClient(address: server.address, logger: Logger(label: "test")))
            let logger = self.logger(lines, .text, destination: .roadRunner(app))
            logger.notice("a\nERROR forged\u{1b}[2K\u{2028}b", metadata: ["k\n\u{9b}": "1\n2\t\u{9b}\u{202E}"])
            await app.flush(within: .seconds(5))
            #expect(
                await server.logLines == [
                    "Info a⏎ERROR forged\\u{1b}[2K⏎b logger=test level=notice k⏎\\u{9b}=1\n2\t\\u{9b}\\u{202e} rr.pid=7"
                ])
        }
    }

    @Test func linesThatRoadRunnerHasNotAcceptedAreWritten() async throws {
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("app.") ? .ignore : .answer }
            let lines = LogLines()
            let app = AppLogger(format: .json) { lines.append($0) }
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            app.attach(client)
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            for number in 0..<100 { logger.info("\(number)") }
            await app.flush(within: .milliseconds(50))
            #expect(lines.all.count == 100)
            logger.info("later")
            #expect(lines.all.count == 101)
            await client.close(within: .zero)
            // The call that fails now was already written.
            await app.flush(within: .seconds(5))
            #expect(lines.all.count == 101)
        }
    }

    /// Everything is logged, including calls, while RoadRunner stops and restarts.
    @Test func noLineCausesAnotherAndNoneIsLost() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let app = AppLogger(format: .json) { lines.append($0) }
            let logger = self.logger(lines, .json, destination: .roadRunner(app))
            let client = try RPCClient(address: server.address, logger: logger)
            app.attach(client)
            let (tasks, number) = (8, 300)
            func load() async {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<tasks {
                        group.addTask {
                            for line in 0..<number {
                                logger.debug("line \(line)")
                                // Each of these calls is a line, too.
                                if line % 100 == 0 {
                                    _ = try? await client.call("rpc.Version", codec: .json, arguments: ByteBuffer(string: "true"))
                                }
                            }
                        }
                    }
                }
            }
            await load()
            await server.stop()
            await load()
            try await server.start()
            await load()
            await app.flush(within: .seconds(20))
            let sent = await server.logLines.count
            // Lines in flight when the server stopped may have arrived twice.
            let expected = 3 * tasks * (number + 3)
            #expect((expected...expected + 10).contains(sent + lines.all.count), "\(sent) + \(lines.all.count)")
        }
    }
}
