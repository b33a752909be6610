package import Goridge
import Synchronization

/// Collects the output of a process, up to a limit.
package final class OutputCollector: PollHandler, @unchecked Sendable {
    /// The maximum size of the collected output, in bytes.
    private static let limit = 4 * 1024 * 1024

    private let descriptor: CInt
    private let loop: PollEventLoop
    private let text = Mutex<[UInt8]>([])
    private let waiters = Mutex<[(text: String, continuation: CheckedContinuation<Void, Never>)]>([])
    /// Confined to the loop.
    private var hasEnded = false

    init(descriptor: CInt, loop: PollEventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit { if !self.hasEnded { SystemCall.closeDescriptor(self.descriptor) } }

    func start() {
        try? SystemCall.setNonBlocking(self.descriptor)
        self.loop.execute { self.loop.register(self.descriptor, interest: .read, handler: self) }
    }

    package var current: String { self.text.withLock { String(decoding: $0, as: UTF8.self) } }

    package func descriptorReady(_ descriptor: CInt, _ events: PollEvents) {
        self.loop.assertInEventLoop()
        var isAtEnd = false
        withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 1) { buffer in
            switch SystemCall.read(descriptor, into: buffer) {
            case .bytes(0), .failed: isAtEnd = true
            case .wouldBlock: return
            case .bytes(let count):
                self.text.withLock { if $0.count < Self.limit { $0 += buffer[..<count] } }
            }
        }
        if isAtEnd {
            self.hasEnded = true
            self.loop.deregister(descriptor)
            SystemCall.closeDescriptor(descriptor)
        }
        let text = self.current
        let ready = self.waiters.withLock { waiters in
            let ready = waiters.filter { isAtEnd || text.contains($0.text) }
            waiters.removeAll { isAtEnd || text.contains($0.text) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Waits until no more output can come, or the timeout has passed.
    package func waitForEnd(timeout: Duration) async { _ = await self.wait(for: "\u{0}\u{FFFF}", timeout: timeout) }

    /// Waits until `text` was written, no more output can come, or the timeout has passed.
    package func wait(for text: String, timeout: Duration) async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            self.loop.execute {
                if self.hasEnded || self.current.contains(text) { return continuation.resume() }
                self.waiters.withLock { $0.append((text, continuation)) }
                _ = self.loop.schedule(after: timeout.clampedNanoseconds) {
                    let late = self.waiters.withLock { waiters in
                        let late = waiters.filter { $0.text == text }
                        waiters.removeAll { $0.text == text }
                        return late
                    }
                    for waiter in late { waiter.continuation.resume() }
                }
            }
        }
        return self.current.contains(text)
    }
}
