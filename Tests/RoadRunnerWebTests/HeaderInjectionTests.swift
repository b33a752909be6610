import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct HeaderInjectionTests {
    private static let evil = "x\r\nX-Injected: yes\r\n\r\n<script>"

    @Test func lineBreaksInValuesReachNoFrame() async throws {
        try await withHandler { request, context in
            switch request.uri.path {
            case "/value": return Response(status: .ok, headers: [.server: Self.evil])
            case "/redirect": return .redirect(to: "/" + Self.evil)
            case "/cookie":
                var response = Response(status: .ok)
                // Hummingbird refuses characters that are invalid in a cookie.
                #expect(throws: (any Error).self) { try Cookie.validated(name: "a", value: Self.evil) }
                response.headers[.setCookie] = "a=\(Self.evil)"
                return response
            case "/name":
                #expect(HTTPField.Name(Self.evil) == nil)
                return Response(status: .ok)
            case "/trailer":
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "x"))
                        try await writer.finish([.server: Self.evil])
                    })
            case "/disposition":
                return Response(status: .ok, headers: [.contentDisposition: ContentDisposition.attachment(Self.evil).headerValue])
            default: return Response(status: .ok, body: .text("ok"))
            }
        } _: { worker async throws in
            for path in ["/value", "/redirect", "/cookie", "/name", "/trailer", "/disposition"] {
                let response = try await worker.send(.get(path))
                for header in response.lines + response.trailerLines {
                    #expect(!header.value.contains(0x0D) && !header.value.contains(0x0A), "\(path): \(header)")
                    #expect(header.name.lowercased() != "x-injected")
                }
            }
            try await expectStillInStep(worker)
        }
    }
}
