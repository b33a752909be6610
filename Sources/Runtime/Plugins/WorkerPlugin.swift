import Goridge
import Logging
import NIOCore

/// Serves one of RoadRunner's worker plug-ins: it handles the payloads that come with its mode.
///
/// The package's own are written on it, `HTTP` and `CentrifugoEvents`. One for another plug-in needs a mode, a handler, and perhaps options:
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
/// A kernel serves it by naming it in ``Kernel/workers``.
public protocol WorkerPlugin: Worker {
    /// The plug-in's own options.
    associatedtype Configuration: ModuleOptions = NoOptions

    /// When the kernel is built, where this plug-in is served: before the handshake, unless it says otherwise.
    static func bootPolicy(_ configuration: Configuration) -> BootPolicy

    /// Makes what handles payloads, for one worker loop.
    ///
    /// - Throws: what is a boot failure.
    func makeHandler(_ environment: WorkerEnvironment<Configuration>) async throws -> any PayloadHandler

    /// Makes what responds to payloads while there is no kernel, because it could not be built. Unless the plug-in has one, the response
    /// is an ERROR frame.
    static func makeFailureHandler(
        _ failure: any Error, _ environment: WorkerEnvironment<Configuration>
    ) -> any PayloadHandler

    /// Responds to a payload that cannot be handed to a handler, because it is too large or malformed. The worker goes on afterwards, and
    /// has logged it. Unless the plug-in has another response, it is an ERROR frame.
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
        self.text =
            options.isDebug ? "\(String(reflecting: type(of: failure))): \(failure)" : "the application could not be built"
        self.logger = logger
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        self.logger.error("there is no application: it could not be built")
        try? await responder.finish(flags: .error, body: ByteBuffer(string: self.text))
        return Outcome()
    }
}
