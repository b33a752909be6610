import Crypto
import HTTPTypes
import Hummingbird
import RoadRunner

/// Parts of HTTP besides the head and the body.
enum Protocols {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.get("hints") { _, context in
            var headers = HTTPFields()
            if let link = HTTPField.Name("Link") { headers[link] = "</files/swift.svg>; rel=preload; as=image" }
            let isSent = try await context.sendInformational(headers: headers)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: isSent ? "early hints were sent\n" : "no early hints with this RoadRunner\n"))
            )
        }

        router.get("trailers") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8", .trailer: "X-Checksum"],
                body: ResponseBody { writer in
                    var hash = SHA256()
                    for number in 1...3 {
                        let line = ByteBuffer(string: "line \(number)\n")
                        line.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                        try await writer.write(line)
                    }
                    let checksum = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                    var trailers = HTTPFields()
                    if let name = HTTPField.Name("X-Checksum") { trailers[name] = checksum }
                    try await writer.finish(trailers)
                })
        }

        router.get("whoami") { _, context in
            let client = context.client
            return WhoAmI(address: client.address, scheme: client.scheme, host: client.host)
        }
    }

    private struct WhoAmI: ResponseEncodable {
        /// Omitted when it is not known.
        let address: String?
        let scheme: String
        let host: String
    }
}
