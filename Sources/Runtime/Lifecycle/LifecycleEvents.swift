/// Something that happens in the life of a worker, which an ``Observer`` can see.
///
/// The order, for HTTP and Centrifugo alike:
///
/// 1. ``WorkerStarted``
/// 2. ``KernelBooting``, ``KernelBooted``: before the handshake, or with the first request where boot is lazy
/// 3. for each request or event: ``RequestReceived``, ``ExceptionThrown`` if there is one, ``ResponseSent``
/// 4. after works for after the response and resets, where the kernel is rebuilt: ``KernelBooting``, ``KernelBooted``,
///    ``KernelRebooted``
/// 5. ``WorkerStopping``
public protocol LifecycleEvent: Sendable {}

/// The process serves its mode from now on. Nothing is booted yet.
public struct WorkerStarted: LifecycleEvent {
    /// What is served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// The process.
    public let processID: Int32

    package init(mode: WorkerMode?, processID: Int32) {
        self.mode = mode
        self.processID = processID
    }
}

/// A kernel is about to be built.
public struct KernelBooting: LifecycleEvent {
    /// What is served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// Whether it takes another one's place.
    public let isReboot: Bool
}

/// A kernel was built and warmed up.
public struct KernelBooted: LifecycleEvent {
    /// What is served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// Whether it takes another one's place.
    public let isReboot: Bool
    /// How long it took.
    public let duration: Duration
}

/// A kernel serves in another one's place. Observers that were registered with the new kernel see it.
public struct KernelRebooted: LifecycleEvent {
    /// Why.
    public let reason: String

    package init(reason: String) { self.reason = reason }
}

/// A request, or an event of Centrifugo, has come.
public struct RequestReceived: LifecycleEvent {
    /// Which one.
    public let request: RequestIdentity

    package init(request: RequestIdentity) { self.request = request }
}

/// The response was handed to RoadRunner, or to the client, as a whole.
public struct ResponseSent: LifecycleEvent {
    /// What was answered.
    public let request: RequestIdentity
    /// The status of an HTTP response; nil for events of Centrifugo.
    public let status: Int?
    /// How long it took, from the request's coming to the response's end.
    public let duration: Duration
    /// Whether it was cut short: the body failed, or the client has left.
    public let isComplete: Bool

    package init(request: RequestIdentity, status: Int?, duration: Duration, isComplete: Bool) {
        self.request = request
        self.status = status
        self.duration = duration
        self.isComplete = isComplete
    }
}

/// Something was thrown that nobody has caught.
public struct ExceptionThrown: LifecycleEvent {
    /// Where in the life of a request something was thrown.
    public struct Phase: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// Before the head of the response: the client gets another response.
        public static let beforeHead = Phase(description: "before head")
        /// While the body was sent: it ends there.
        public static let streaming = Phase(description: "streaming")
        /// When the client had its response.
        public static let afterResponse = Phase(description: "after response")
        /// In a process before this one, which it has ended: see ``WorkerCrash``.
        public static let crash = Phase(description: "crash")
        /// While the kernel was built.
        public static let boot = Phase(description: "boot")
    }

    /// What was thrown.
    public let error: any Error
    /// Where.
    public let phase: Phase
    /// For whom; nil when it was for nobody in particular, as at boot.
    public let request: RequestIdentity?

    package init(error: any Error, phase: Phase, request: RequestIdentity?) {
        self.error = error
        self.phase = phase
        self.request = request
    }
}

/// The worker is about to end: it takes no more requests.
public struct WorkerStopping: LifecycleEvent {
    /// What was served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// How many requests and events it has handled.
    public let handledCount: Int

    package init(mode: WorkerMode?, handledCount: Int) {
        self.mode = mode
        self.handledCount = handledCount
    }
}

/// A request or an event, by name.
public struct RequestIdentity: Sendable {
    /// What served it.
    public let mode: WorkerMode
    /// The id in its log lines: `rr.request.id`.
    public var id: String { self.makeID() }
    /// Method and path, without the query (`GET /articles`); or kind and channel of an event (`publish chat:lobby`).
    public let name: String

    // Rendered for those who ask.
    private let makeID: @Sendable () -> String

    package init(mode: WorkerMode, name: String, id: @escaping @Sendable () -> String) {
        self.mode = mode
        self.name = name
        self.makeID = id
    }
}
