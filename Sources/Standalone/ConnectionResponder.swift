import HTTPTypes
import HTTPWorker
import HummingbirdCore
import Logging
import NIOCore
import RoadRunnerRuntime
import Synchronization

/// Answers the requests of Hummingbird's server as a worker answers RoadRunner's.
struct ConnectionResponder: Sendable {
    private let logger: Logger
    private let options: RuntimeOptions
    private let isSecure: Bool
    let dates = DateHeader()

    init(logger: Logger, options: RuntimeOptions, isSecure: Bool) {
        self.logger = logger
        self.isSecure = isSecure
        self.options = options
    }

    /// - Throws: ``ConnectionMustClose``.
    func respond(
        to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel,
        _ kernel: KernelManager<RequestResponder>
    ) async throws {
        let address = channel.remoteAddress
        let connection = RequestConnection(channel)
        let info = RequestInfo(
            remoteAddress: address?.ipAddress ?? "", remotePort: address?.port,
            protocolVersion: connection.isHTTP2 ? "HTTP/2.0" : "HTTP/1.1",
            scheme: self.isSecure ? "https" : "http", authority: request.head.authority ?? "")
        info.attributeErrors { await connection.fault() }
        let transport = ConnectionTransport(
            writer, connection: connection, dates: self.dates, limits: AfterResponse.Limits(self.options))
        if self.options.http.informationalResponses != .never {
            info.offerInformational { head in try await transport.sendInformational(head) }
        }
        let isServed = Mutex(false)
        do {
            try await kernel.serve { responder in
                isServed.withLock { $0 = true }
                return await responder.handle(request, info, over: transport)
            }
        } catch  where !isServed.withLock({ $0 }) {
            self.logger.error("cannot build the kernel: \(error)")
            let response = self.options.http.pages.errorResponse(
                .serviceUnavailable, for: error, while: "booting", request: request, isDebug: self.options.isDebug)
            await ResponseSender.send(response, isHead: request.method == .head, over: transport, self.logger)
        }
        if transport.mustClose { throw ConnectionMustClose() }
    }
}
