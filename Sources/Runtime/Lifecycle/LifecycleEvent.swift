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
