package import Logging
public import RoadRunnerRuntime

/// Answers the events of Centrifugo that RoadRunner's `centrifuge` plugin passes to workers.
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
/// The first response other than `pass` counts. Unanswered events are **refused**: connect, subscribe and publish end in the
/// disconnect 4500, rpc in the error 104, refresh and sub-refresh expire. Centrifugo itself would take an empty response for
/// "accepted".
///
/// A handler that throws a ``CentrifugoClientError`` answers with it. Any other error is logged, and the client gets the error 100,
/// which is temporary, so it retries; a connection or subscription that is being refreshed stays as it is.
///
/// Source: RoadRunner's documentation, "Centrifuge (WebSockets)"; Centrifugo's documentation, "Proxy events to the backend".
public struct CentrifugoEvents: Worker {
    /// The mode `centrifuge`.
    public static var mode: WorkerMode { .centrifuge }

    /// How unanswered events are treated.
    public enum UnhandledEventPolicy: Sendable, Hashable {
        /// Unanswered events are refused.
        case reject
        /// Unanswered events are accepted: a client connects anonymously, subscribes, publishes its data, gets an empty result; a
        /// connection or subscription that is refreshed is extended by an hour.
        case accept
    }

    package let routes: [CentrifugoRoute]
    package let unhandled: [EventKind: UnhandledEventPolicy]

    /// Creates a worker from its handlers.
    ///
    /// - Parameter unhandled: policies by event; missing ones are rejected.
    public init(
        unhandled: [EventKind: UnhandledEventPolicy] = [:], @CentrifugoHandlersBuilder _ handlers: () -> [CentrifugoRoute]
    ) {
        self.routes = handlers()
        self.unhandled = unhandled
    }

    /// Builds the dispatcher, and checks the handlers.
    ///
    /// - Parameter process: remembers warnings, so kernels do not repeat them.
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
