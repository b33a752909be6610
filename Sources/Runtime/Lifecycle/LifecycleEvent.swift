/// An event in the life of a worker, for an ``Observer``.
///
/// The order, for HTTP and Centrifugo alike:
///
/// 1. ``WorkerStarted``
/// 2. ``KernelBooting``, ``KernelBooted``: before the handshake, or with the first request if the boot is lazy
/// 3. for each request or event: ``RequestReceived``, ``ExceptionThrown`` if there is one, ``ResponseSent``
/// 4. after deferred work and resets, if the kernel is rebuilt: ``KernelBooting``, ``KernelBooted``, ``KernelRebooted``
/// 5. ``WorkerStopping``
public protocol LifecycleEvent: Sendable {}
