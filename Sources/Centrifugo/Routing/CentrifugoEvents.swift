package import Logging
public import RoadRunnerRuntime

/// Answers the events of Centrifugo that RoadRunner's `centrifuge` plugin hands to workers.
///
/// ```swift
/// var workers: some Workers {
///     HTTP(router)
///     CentrifugoEvents {
///         OnConnect { event in .accept(user: try event.data.decode(as: Hello.self).name) }
///         OnSubscribe("chat:*") { _ in .accept() }
///         OnPublish("chat:*") { event in .accept(data: try clean(event)) }
///         OnRPC("ping") { _ in .reply(["pong": true]) }
///     }
/// }
/// ```
///
/// The first response that is not `pass` counts. An event that no handler has answered is **refused**: connect, subscribe and publish end in the
/// disconnect 4500, rpc in the error 104, refresh and sub-refresh expire. Centrifugo itself would take an empty response for "accepted".
///
/// A handler that throws an ``CentrifugoClientError`` answers with it. Whatever else it throws is logged, and the client gets the error 100, which is
/// temporary, so that it tries again; a connection or subscription that is being refreshed goes on as it is.
///
/// Source: RoadRunner's documentation, "Centrifuge (WebSockets)"; Centrifugo's documentation, "Proxy events to the backend".
public struct CentrifugoEvents: Worker {
    /// `centrifuge`.
    public static var mode: WorkerMode { .centrifuge }

    /// How events that no handler has answered are treated.
    public enum UnhandledEventPolicy: Sendable, Hashable {
        /// Unanswered events are refused.
        case reject
        /// Unanswered events are accepted: a client connects anonymously, subscribes, publishes as it likes, gets an empty result; what expires is
        /// extended by an hour.
        case accept
    }

    package let routes: [CentrifugoRoute]
    package let unhandled: [EventKind: UnhandledEventPolicy]

    /// Creates a worker from its handlers.
    ///
    /// - Parameter unhandled: by event; missing ones are rejected.
    public init(
        unhandled: [EventKind: UnhandledEventPolicy] = [:], @CentrifugoHandlersBuilder _ handlers: () -> [CentrifugoRoute]
    ) {
        self.routes = handlers()
        self.unhandled = unhandled
    }

    /// Checks the handlers.
    ///
    /// - Parameter process: remembers warnings, so that they are not repeated by each kernel.
    /// - Throws: ``RouteError``.
    package func dispatcher(isDebug: Bool, logger: Logger, process: ProcessContext? = nil) throws(RouteError)
        -> EventDispatcher
    {
        let dispatcher = try EventDispatcher(routes: self.routes, unhandled: self.unhandled, isDebug: isDebug)
        if !dispatcher.hasConnectHandler, self.unhandled[.connect] != .accept,
            process?.isFirst("centrifugo.connect") ?? true
        {
            logger.warning("CentrifugoEvents has no OnConnect: clients without a token cannot connect")
        }
        return dispatcher
    }
}
