import Foundation
import HummingbirdTesting
import RoadRunner
import Testing

@testable import Demo

/// Runs the curl lines of the README and the articles that need no storages, files or processes with Hummingbird's test kit. The
/// package's own tests run all of them against the demo's process.
@Suite(.timeLimit(.minutes(1))) struct DemoRouteTests {
    private struct Command {
        let text: String

        /// The target, including the query.
        var target: String { self.text.firstMatch(of: /http:\/\/127\.0\.0\.1:8080([^\s']*)/).map { String($0.1) } ?? "" }
        var path: String { String(self.target.prefix { $0 != "?" }) }

        /// Method, headers and body, if the command needs no files and no earlier commands.
        var request: (method: HTTPRequest.Method, headers: HTTPFields, body: String?)? {
            guard self.text.hasPrefix("curl"), self.text.firstMatch(of: /\s-(c|b|F|T)\s/) == nil else { return nil }
            var headers: HTTPFields = [.userAgent: "curl", .accept: "*/*"]
            if let range = self.text.firstMatch(of: /\s-r (\S+)/) { headers[.range] = "bytes=\(range.1)" }
            guard let data = self.text.firstMatch(of: /\s-d '?([^\s']+)/) else { return (.get, headers, nil) }
            headers[.contentType] = "application/x-www-form-urlencoded"
            return (.post, headers, String(data.1))
        }
    }

    private static let expectations = [
        "/hello": "Hello from Swift!", "/json": #""languages":["Swift","Go"]"#, "/stream": "line 5", "/echo": #""method":"POST""#,
        "/whoami": #""address":"127.0.0.1""#, "/metrics-demo": "counted", "/reboot": "rebooted after this response",
        "/trailers": "", "/print": "printed", "/sleep": "slept for 500 ms",
    ]

    private static let others = [
        "/events", "/crash", "/files", "/login", "/me", "/counter", "/vault", "/cached", "/many", "/broadcast", "/presence",
        "/throw", "/hints", "/download", "/rows", "/after", "/_roadrunner",
    ]

    private static func commands() throws -> [Command] {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        let names = FileManager.default.enumerator(atPath: root.appending(path: "Sources").path())?.compactMap { $0 as? String }
        let articles = (names ?? []).filter { $0.contains(".docc/") && $0.hasSuffix(".md") }.sorted().map { "Sources/\($0)" }
        return try (["README.md"] + articles).flatMap { page in
            try String(contentsOf: root.appending(path: page), encoding: .utf8).split(separator: "\n")
        }.filter { $0.contains("curl ") && $0.contains("http://127.0.0.1:8080") }.map { line in
            Command(text: String(line.prefix { $0 != "#" }))
        }
    }

    @Test func byHummingbirdTesting() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: try TrustedProxies(parsing: ""))
        Demo.addPlainRoutes(to: router)
        let commands = try Self.commands()
        try await Application(router: router).test(.live) { client in
            var count = 0
            for command in commands where !Self.others.contains(where: { command.path.hasPrefix($0) }) {
                guard let request = command.request else { continue }
                count += 1
                let expected = try #require(Self.expectations[command.path], "the test does not know \(command.path)")
                try await client.execute(
                    uri: command.target, method: request.method, headers: request.headers,
                    body: request.body.map { ByteBuffer(string: $0) }
                ) { response in
                    #expect(response.status == .ok, "\(command.text)")
                    let text = String(buffer: response.body)
                    #expect(expected.isEmpty || text.contains(expected), "\(command.text): \(text)")
                }
            }
            #expect(count >= 9)
        }
    }
}
