import RoadRunner

/// Bodies that are sent while they are produced, at the client's pace.
@main
struct Streaming: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
        // Text, with a writer. When the client leaves, the task is cancelled, and the sleep throws.
        router.get("countdown") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody { writer in
                    for number in (1...5).reversed() {
                        try await writer.write(ByteBuffer(string: "\(number)\n"))
                        try await Task.sleep(for: .milliseconds(200))
                    }
                    try await writer.write(ByteBuffer(string: "lift-off\n"))
                    try await writer.finish(nil)
                })
        }
        // JSON, from any AsyncSequence: a million rows take no more memory than one.
        router.get("squares") { request, _ in
            Response.json(streaming: Squares(count: request.uri.queryParameters.get("n", as: Int.self) ?? 10))
        }
        // Server-sent events, without an end. Browsers that reconnect send the id of the last event that they received.
        router.get("ticks") { request, _ in
            Response.events(Ticks(number: request.lastEventID.flatMap { Int($0) } ?? 0))
        }
    }

    var workers: some Workers { HTTP(router) }
}

/// Rows as a database would return them, one by one.
struct Squares: AsyncSequence, AsyncIteratorProtocol, Sendable {
    struct Square: Codable, Sendable, Equatable {
        let number: Int
        let square: Int
    }

    let count: Int
    var number = 0

    mutating func next() async -> Square? {
        guard self.number < Swift.min(self.count, 1_000_000) else { return nil }
        self.number += 1
        return Square(number: self.number, square: self.number * self.number)
    }

    func makeAsyncIterator() -> Squares { self }
}

/// A number every 200 ms.
struct Ticks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var number: Int

    mutating func next() async throws -> ServerSentEvent? {
        try await Task.sleep(for: .milliseconds(200))
        self.number = self.number < Int.max ? self.number + 1 : 0
        return ServerSentEvent(data: "tick \(self.number)", id: "\(self.number)")
    }

    func makeAsyncIterator() -> Ticks { self }
}
