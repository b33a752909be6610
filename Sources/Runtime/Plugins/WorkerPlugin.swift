import Goridge
import Logging
import NIOCore

/// A worker for one of RoadRunner's plugins, which handles the payloads of its mode.
///
/// The package's own workers, `HTTP` and `CentrifugoEvents`, are built on it. A worker for another plugin needs a mode, a handler,
/// and perhaps options:
///
/// ```swift
/// struct Mail: WorkerPlugin {
///     static let mode = WorkerMode(rawValue: "mail")
///
///     func makeHandler(_ environment: WorkerEnvironment<NoOptions>) -> any PayloadHandler {
///         MailHandler(pipeline: environment.pipeline)
///     }
/// }
///
/// struct MailHandler: PayloadHandler {
///     let pipeline: ExchangePipeline
///
///     func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
///         await pipeline.run(MailSubject(payload)) { exchange in
///             var outcome = Outcome()
///             do {
///                 try await responder.finish(body: deliver(payload.body))
///             } catch {
///                 outcome.failures.append(exchange.failure(error))
///             }
///             return outcome
///         }
///     }
/// }
/// ```
///
/// A kernel serves it by listing it in ``Kernel/workers``.
public protocol WorkerPlugin: Worker {
    /// The plugin's own options.
    associatedtype Configuration: ModuleOptions = NoOptions

    /// Decides when the kernel is built if this plugin is served. The default is before the handshake.
    static func bootPolicy(_ configuration: Configuration) -> BootPolicy

    /// Creates the handler of payloads for one worker loop.
    ///
    /// - Throws: an error, which is a boot failure.
    func makeHandler(_ environment: WorkerEnvironment<Configuration>) async throws -> any PayloadHandler

    /// Creates the handler that responds to payloads when the kernel could not be built. By default the response is an ERROR frame.
    static func makeFailureHandler(
        _ failure: any Error, _ environment: WorkerEnvironment<Configuration>
    ) -> any PayloadHandler

    /// Responds to a payload that cannot be passed to a handler, because it is too large or malformed. The worker has logged it,
    /// and continues afterwards. By default the response is an ERROR frame.
    static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, _ environment: WorkerEnvironment<Configuration>
    ) async
}

extension WorkerPlugin {
    public static func bootPolicy(_ configuration: Configuration) -> BootPolicy { .eager }

    public static func makeFailureHandler(
        _ failure: any Error, _ environment: WorkerEnvironment<Configuration>
    ) -> any PayloadHandler {
        ErrorFrameHandler(failure: failure, environment.options, environment.logger)
    }

    public static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, _ environment: WorkerEnvironment<Configuration>
    ) async {
        try? await responder.finish(flags: .error, body: ByteBuffer(string: "\(problem)"))
    }
}

/// Responds with ERROR frames, since there is no kernel.
private struct ErrorFrameHandler: PayloadHandler {
    private let text: String
    private let logger: Logger

    init(failure: any Error, _ options: RuntimeOptions, _ logger: Logger) {
        self.text = options.isDebug ? failure.typedDescription : "the application could not be built"
        self.logger = logger
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        self.logger.error("no kernel: its boot failed")
        try? await responder.finish(flags: .error, body: ByteBuffer(string: self.text))
        return Outcome()
    }
}
