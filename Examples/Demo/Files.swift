import Hummingbird
import RoadRunner

extension Int {
    /// Returns the nearest number in `range`.
    func clamped(to range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}

/// Files, and bodies that are too long to be built in memory.
struct Files {
    private let folder: String

    init(_ boot: BootContext) {
        self.folder = boot.configuration.string(forKey: "demo.files") ?? "Examples/Demo/Public"
    }

    func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        let folder = self.folder
        router.get("files/**") { _, context in
            // No path in a request leads out of the folder.
            Response.file(try context.parameters.getCatchAllPath(), in: folder)
        }

        router.get("download") { request, _ in
            let count = request.uri.queryParameters.get("bytes", as: Int.self) ?? 1024 * 1024
            let bytes = count.clamped(to: 0...(1 << 40))
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/octet-stream",
                    .contentDisposition: ContentDisposition.attachment("download.bin").headerValue,
                ],
                body: ResponseBody(contentLength: bytes) { writer in
                    let block = ByteBuffer(bytes: (0..<65536).map { UInt8(truncatingIfNeeded: $0) })
                    var rest = bytes
                    while rest > 0 {
                        let length = min(rest, block.readableBytes)
                        try await writer.write(block.getSlice(at: 0, length: length) ?? block)
                        rest -= length
                    }
                    try await writer.finish(nil)
                })
        }

        router.get("rows") { request, _ in Response.json(streaming: Rows(request)) }
        router.get("rows.ndjson") { request, _ in Response.ndjson(streaming: Rows(request)) }
        // The same within an object.
        router.get("report") { request, _ in
            let rows = Rows(request)
            return Response.json(
                streaming: .object(["title": .value("Squares"), "rows": .array(rows), "count": .value(rows.count)]))
        }
    }

    /// Rows as a database would return them.
    struct Rows: AsyncSequence, Sendable {
        struct Row: Encodable, Sendable {
            let number: Int
            let square: Int
        }

        let count: Int

        init(_ request: Request) {
            self.count = (request.uri.queryParameters.get("n", as: Int.self) ?? 10).clamped(to: 0...1_000_000)
        }

        struct Iterator: AsyncIteratorProtocol {
            let count: Int
            var number = 0

            mutating func next() async -> Row? {
                guard self.number < self.count else { return nil }
                self.number += 1
                return Row(number: self.number, square: self.number * self.number)
            }
        }

        func makeAsyncIterator() -> Iterator { Iterator(count: self.count) }
    }
}
