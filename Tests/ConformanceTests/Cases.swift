/// Every rule about responses, in both modes.
enum Cases {
    private static let plain = "content-type: text/plain"
    private static let failed = Observation.page(500, "Internal Server Error")
    private static let failedHead = Observation.head(500, "content-length: 26", "content-type: text/plain; charset=utf-8")

    static let all = buffers + streams + knownLengths + heads + withoutBody + trailers + informational

    private static let buffers = [
        Case("GET", "/buffer", .text("hello")),
        Case("POST", "/echo", body: "some text", .text("some text")),
        // The kernel does not read the body.
        Case("POST", "/buffer", body: "some text", .text("hello")),
        Case("GET", "/buffer/empty", .text("")),
        Case("GET", "/buffer/too-short", .text("hello")),
        Case("GET", "/buffer/too-long", .text("hello")),
        Case("GET", "/buffer/no-number", .text("hello")),
        Case("GET", "/buffer/large", .text(String(repeating: "x", count: 300_000))),
        Case("GET", "/buffer/dated", .text("hello")),
        Case("GET", "/buffer/untyped", .text("<html>hello</html>", type: nil))
            .but(.sniffing) { $0.headers.append("content-type: text/html; charset=utf-8") },
        Case("GET", "/buffer/close", closing(.text("hello", "connection: close"))),
        Case("GET", "/throw", failed),
        Case("GET", "/nope", .page(404, "Not Found")),
    ]

    private static let streams = [
        Case("GET", "/stream", .chunks("one,two")),
        Case("GET", "/stream/empty", .text("")),
        Case("GET", "/stream/announced", .text("one,two")),
        Case("GET", "/stream/no-number", .chunks("one,two")),
        Case("GET", "/stream/large", .chunks(String(repeating: "y", count: 1_000_000))),
        Case("GET", "/stream/too-long", .text("abcde")),
        Case("GET", "/stream/injected", .text("hello")),
        Case("GET", "/stream/too-long-at-once", failed),
        Case("GET", "/stream/not-empty", failed),
        Case("GET", "/stream/too-short", cut("abcdef", announced: 50)),
        Case("GET", "/stream/fails", failed),
        Case("GET", "/stream/fails-late", Observation.chunks("abcdef").cutShort)
            .but(.endOfStream) { observation in
                observation.isComplete = true
                observation.isKeptAlive = true
            },
        Case("GET", "/stream/waits", .page(504, "Gateway Timeout")),
    ]

    private static let knownLengths = [
        Case("GET", "/known", .text("one,two")),
        Case("GET", "/known/at-once", .text("hello")),
        Case("GET", "/known/too-short", cut("abcdef", announced: 50)),
        Case("GET", "/known/nothing", .text("")),
        Case("GET", "/known/too-long", failed),
        Case("GET", "/known/fails", failed),
        Case("GET", "/known/fails-in-the-middle", cut("abcdef", announced: 50)),
        Case("GET", "/known/fails-at-the-end", failed),
    ]

    private static let heads = [
        Case("HEAD", "/buffer", .head(200, "content-length: 5", plain)),
        Case("HEAD", "/buffer/too-short", .head(200, "content-length: 5", plain)),
        Case("HEAD", "/stream", .head(200, plain)),
        Case("HEAD", "/stream/announced", .head(200, "content-length: 7", plain)),
        Case("HEAD", "/stream/no-number", .head(200, plain)),
        Case("HEAD", "/stream/endless", .head(200)),
        Case("HEAD", "/known", .head(200, "content-length: 7", plain)),
        Case("HEAD", "/auto/buffer", .head(200, "content-length: 5", plain)),
        Case("HEAD", "/auto/stream", .head(200, plain)),
        Case("HEAD", "/auto/known", .head(200, "content-length: 7", plain)),
        Case("HEAD", "/throw", failedHead),
        Case("HEAD", "/status/204", .head(204)),
        Case("HEAD", "/status/304", .head(304)),
    ]

    private static let withoutBody = [
        Case("GET", "/status/204", .head(204)),
        Case("GET", "/status/204-with-body", .head(204)),
        Case("GET", "/status/204-with-stream", .head(204, plain)),
        Case("GET", "/status/304", .head(304)),
        Case("GET", "/status/304-with-length", .head(304, "content-length: 5", "etag: \"x\""))
            .but(.notModified) { $0.headers.removeAll { $0.hasPrefix("content") } },
        Case("GET", "/status/304-with-body", .head(304, "content-length: 5"))
            .but(.notModified) { $0.headers = [] },
        Case("GET", "/status/103", failed),
    ]

    private static let trailers = [
        Case("GET", "/trailers/late", .chunks("one,two", trailers: ["x-sum: 42"])),
        Case("GET", "/trailers/known", .chunks("hello", trailers: ["x-sum: 42"])),
        Case("GET", "/trailers/named", .chunks("one,two", trailers: ["x-sum: 42"], "trailer: X-Sum"))
            .but(.trailerLine) { $0.headers.removeAll { $0.hasPrefix("trailer") } },
        Case("GET", "/trailers/named-buffer", .chunks("hello", trailers: ["x-sum: 42"], "trailer: X-Sum"))
            .but(.trailerLine) { $0.headers.removeAll { $0.hasPrefix("trailer") } },
        Case("HEAD", "/trailers/named", .head(200, plain, "trailer: X-Sum"))
            .but(.trailerLine) { $0.headers.removeAll { $0.hasPrefix("trailer") } },
    ]

    private static let informational = [
        Case("GET", "/hints", hinted(.text("hinted"))).but(.informational, unhinted),
        Case("GET", "/hints/throw", hinted(failed)).but(.informational, unhinted),
        Case("GET", "/hints/waits", hinted(.page(504, "Gateway Timeout"))).but(.informational, unhinted),
    ]

    private static func cut(_ body: String, announced: Int) -> Observation {
        Observation(status: 200, headers: ["content-length: \(announced)", plain], body: body).cutShort
    }

    /// RoadRunner sends the links with the final response instead.
    private static func unhinted(_ observation: inout Observation) {
        observation.informational = []
        observation.headers.append("link: </a.css>; rel=preload")
    }

    private static func closing(_ observation: Observation) -> Observation {
        var observation = observation
        observation.isKeptAlive = false
        return observation
    }

    private static func hinted(_ observation: Observation) -> Observation {
        var observation = observation
        observation.informational = [103]
        return observation
    }
}
