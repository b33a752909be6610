import NIOCore
import RoadRunnerRuntime
import Synchronization

/// The connection of one request, for explaining errors.
final class RequestConnection: Sendable {
    private let channel: any Channel
    private let mustClose = Atomic(false)

    init(_ channel: any Channel) { self.channel = channel }

    /// Whether it is a stream of HTTP/2. The parent of a stream is a connection; that of a connection is the listening socket.
    var isHTTP2: Bool { self.channel.parent?.parent != nil }

    var eventLoop: any EventLoop { self.channel.eventLoop }

    /// Whether no further request can be read from it.
    var isBroken: Bool { self.mustClose.load(ordering: .acquiring) }

    /// Whose fault errors of the request are; nil while the connection is intact.
    func fault() async -> Fault? {
        guard self.channel.isActive else { return .cancelled }
        let fault = try? await self.channel.pipeline.handler(type: InboundErrors.self).map(\.fault).get()
        guard let fault = fault ?? nil else { return nil }
        self.mustClose.store(true, ordering: .releasing)
        return fault
    }
}
