package import Foundation
import RoadRunnerTesting
import Testing

/// A real browser, controlled by chromedriver (W3C WebDriver), if one is installed.
package final class WebDriver: Sendable {
    /// The path of chromedriver; nil if it is not installed.
    package static let path = (Environment.variable("PATH") ?? "").split(separator: ":").map { "\($0)/chromedriver" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private let process: ChildProcess
    private let port: Int
    private let session: String

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Starts chromedriver and a browser, runs `body`, and stops both.
    package static func with<Result>(_ body: (WebDriver) async throws -> Result) async throws -> Result {
        let process = try ChildProcess(
            "/bin/sh", arguments: ["-c", "exec \"\(Self.path ?? "")\" --port=0 1>&2"],
            environment: ProcessInfo.processInfo.environment, input: nil, output: nil, loop: Peer.sharedLoop())
        defer { process.signal(SIGKILL) }
        _ = await process.standardError.wait(for: "started successfully on port ", timeout: .seconds(30))
        guard let match = process.standardError.current.firstMatch(of: /started successfully on port ([0-9]+)/),
            let port = Int(match.1)
        else { throw Failure(description: "chromedriver does not start: \(process.standardError.current)") }
        let browser = try await WebDriver(process, port)
        do {
            let result = try await body(browser)
            await browser.close()
            return result
        } catch {
            await browser.close()
            throw error
        }
    }

    private init(_ process: ChildProcess, _ port: Int) async throws {
        self.process = process
        self.port = port
        let body = """
            {"capabilities":{"alwaysMatch":{"browserName":"chrome","goog:chromeOptions":\
            {"args":["--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage"]}}}}
            """
        let answer = try await Self.send(port, "POST", "/session", body)
        guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
            throw Failure(description: "no browser: \(answer)")
        }
        self.session = session
    }

    package func open(_ url: String) async throws { _ = try await self.send("POST", "/url", ["url": url]) }

    /// Waits until the element contains this text, and returns its whole text.
    package func text(of selector: String, containing text: String, seconds: Int = 20) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var last = ""
        while ContinuousClock.now < deadline {
            last =
                try await self.run("return document.querySelector(arguments[0])?.textContent ?? ''", [selector]) as? String ?? ""
            if last.contains(text) { return last }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "\(selector) has not got \"\(text)\", but: \(last)")
    }

    package func type(_ text: String, into selector: String) async throws {
        _ = try await self.send("POST", "/element/\(try await self.element(selector))/value", ["text": text])
    }

    package func click(_ selector: String) async throws {
        _ = try await self.send("POST", "/element/\(try await self.element(selector))/click", [:])
    }

    package func run(_ script: String, _ arguments: [String] = []) async throws -> Any {
        try await self.send("POST", "/execute/sync", ["script": script, "args": arguments])
    }

    /// A screenshot of the page, as PNG.
    package func screenshot() async throws -> Data {
        Data(base64Encoded: try await self.send("GET", "/screenshot", nil) as? String ?? "") ?? Data()
    }

    package func close() async { _ = try? await self.send("DELETE", "", nil) }

    private func element(_ selector: String) async throws -> String {
        let found = try await self.send("POST", "/element", ["using": "css selector", "value": selector])
        guard let id = (found as? [String: String])?.values.first else { throw Failure(description: "no \(selector): \(found)") }
        return id
    }

    private func send(_ method: String, _ path: String, _ body: [String: Any]?) async throws -> Any {
        let text = try body.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) } ?? ""
        return try await Self.send(self.port, method, "/session/\(self.session)\(path)", text)
    }

    private static func send(_ port: Int, _ method: String, _ path: String, _ body: String) async throws -> Any {
        let client = try RawHTTPClient(port: port)
        let response = try await client.send(
            method, path, headers: body.isEmpty ? [] : ["Content-Type: application/json"], body: body, seconds: 60)
        let object =
            try JSONSerialization.jsonObject(with: Data(response.body.utf8), options: .fragmentsAllowed) as? [String: Any]
        guard response.status == 200, let value = object?["value"] else { throw Failure(description: response.body) }
        return value
    }
}

/// Uses the demo like a person: opens its page, watches the stream arrive, and uploads a file.
package func browseDemo(port: Int) async throws {
    try await WebDriver.with { browser in
        try await browser.open("http://127.0.0.1:\(port)/")
        // The stream arrives line by line: the beginning comes before the end.
        let beginning = try await browser.text(of: "#stream", containing: "line 1\n")
        #expect(!beginning.contains("done"))
        let file = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString).txt")
        try Data("abc".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await browser.type(" <b>world</b>", into: "input[name=title]")
        try await browser.type(file.path(), into: "input[name=file]")
        try await browser.click("#upload button")
        let answer = try await browser.text(of: "#answer", containing: "sha256")
        #expect(answer.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(answer.contains(file.lastPathComponent))
        #expect(answer.contains("Hello <b>world</b>"))
        let end = try await browser.text(of: "#stream", containing: "done")
        #expect(end.contains("line 10\n"))
        // For viewing by a person.
        if let path = Environment.variable("TEST_SCREENSHOT") { try await browser.screenshot().write(to: URL(filePath: path)) }
    }
}
