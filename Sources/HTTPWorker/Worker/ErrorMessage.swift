import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The body that Hummingbird writes for an `HTTPError` with a message: all that is left of an error after a router answered it. The
/// application's own bodies of that form count as well: the inspector shows what the client gets.
private struct ErrorMessage: Decodable {
    struct Content: Decodable { let message: String }

    let error: Content

    /// The maximum size, in bytes, of the bodies that are decoded.
    static let maximumSize = 8192
}

extension Response {
    /// Returns the response, which adds its error message, if any, to `trace` as it is sent.
    func notingMessage(in trace: RequestTrace) -> Response {
        guard let length = self.body.contentLength, (1...ErrorMessage.maximumSize).contains(length),
            self.headers[.contentType]?.hasPrefix("application/json") == true
        else { return self }
        var response = self
        response.body = ResponseBody(contentLength: length) { [body = self.body] writer in
            try await body.write(
                writer.map { bytes in
                    if let content = try? JSONDecoder().decode(ErrorMessage.self, from: Data(bytes.readableBytesView)) {
                        trace.error(content.error.message)
                    }
                    return bytes
                })
        }
        return response
    }
}
