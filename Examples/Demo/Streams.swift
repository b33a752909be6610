import Hummingbird
import RoadRunner

/// Responses that are sent while they are produced.
enum Streams {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        // A streamed body is any AsyncSequence of buffers.
        router.get("stream") { request, _ in
            let count = request.uri.queryParameters.get("n", as: Int.self) ?? 10
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(asyncSequence: Lines(count: max(0, min(count, 100_000))))
            )
        }

        // It never ends by itself: when the client leaves, the task is cancelled and the sleep throws. The events come so often that
        // no comments are needed between them.
        router.get("events") { _, _ in Response.events(Events(), keepAlive: nil) }

        router.get("sleep") { request, _ in
            let milliseconds = request.uri.queryParameters.get("ms", as: Int.self) ?? 100
            try await Task.sleep(for: .milliseconds(max(0, min(milliseconds, 60_000))))
            return "slept for \(milliseconds) ms\n"
        }
    }

    /// An event every 500 ms.
    struct Events: AsyncSequence, AsyncIteratorProtocol, Sendable {
        var number = 0

        mutating func next() async throws -> ServerSentEvent? {
            if self.number > 0 { try await Task.sleep(for: .milliseconds(500)) }
            self.number += 1
            return ServerSentEvent(data: "event \(self.number)", id: "\(self.number)")
        }

        func makeAsyncIterator() -> Events { self }
    }

    /// A line every 100 ms.
    struct Lines: AsyncSequence, Sendable {
        let count: Int

        struct Iterator: AsyncIteratorProtocol {
            let count: Int
            var number = 0

            mutating func next() async throws -> ByteBuffer? {
                guard self.number < self.count else { return nil }
                if self.number > 0 { try await Task.sleep(for: .milliseconds(100)) }
                self.number += 1
                return ByteBuffer(string: "line \(self.number)\n")
            }
        }

        func makeAsyncIterator() -> Iterator { Iterator(count: self.count) }
    }
}
