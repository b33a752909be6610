package import Goridge
import NIOCore
import RoadRunnerRuntime
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// RoadRunner's end of a relay: frames go out, frames come in and wait to be asked for.
///
/// Its state belongs to the loop that all test peers share.
package final class Peer: WireDelegate, @unchecked Sendable {
    static let loop = Mutex<RelayLoop?>(nil)

    /// The loop of all test peers.
    package static func sharedLoop() throws -> RelayLoop {
        try Self.loop.withLock { loop in
            if let loop { return loop }
            // A worker that is gone shows as an error of `write`; the signal would end the tests.
            signal(SIGPIPE, SIG_IGN)
            let made = try RelayLoop(name: "rr-testing")
            loop = made
            return made
        }
    }

    package enum Event: Sendable {
        case frame(Frame)
        case ended(WireEnd)
    }

    /// More than these are left with the worker, which has to wait then.
    private static let maximumWaitingFrames = 64

    let loop: RelayLoop
    private let wire: Wire
    private var frames: [Frame] = []
    private var end: WireEnd?
    private var waiter: CheckedContinuation<Event?, Never>?
    private var timer: TimerHeap.Token?

    package init(loop: RelayLoop, descriptors: RelayDescriptors) {
        self.loop = loop
        self.wire = Wire(loop: loop, descriptors: descriptors, maximumPayloadSize: Int(UInt32.max))
    }

    package func open() async throws {
        let result = await self.loop.run {
            self.wire.delegate = self
            return Result { try self.wire.open() }
        }
        try result.get()
    }

    /// Waits until the worker has read all that was sent.
    func waitUntilTaken() async throws {
        while await !self.loop.run({ self.wire.isTakenByPeer }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    package func close() async { await self.loop.run { self.wire.close() } }

    func send(_ frame: Frame) async throws {
        let result = await self.loop.run { Result { try self.wire.send(frame) } }
        try result.get()
    }

    package func send(raw bytes: ByteBuffer) async { await self.loop.run { self.wire.send(raw: bytes) } }

    /// The next frame, or the end; nil when neither came in time.
    package func next(timeout: Duration) async -> Event? {
        return await withCheckedContinuation { continuation in
            self.loop.perform {
                if !self.frames.isEmpty {
                    let frame = self.frames.removeFirst()
                    if self.frames.count < Self.maximumWaitingFrames / 2 { self.wire.resumeReading() }
                    continuation.resume(returning: .frame(frame))
                } else if let end = self.end {
                    continuation.resume(returning: .ended(end))
                } else {
                    self.waiter = continuation
                    self.timer = self.loop.schedule(after: timeout.clampedNanoseconds) { [weak self] in self?.hand(nil) }
                }
            }
        }
    }

    private func hand(_ event: Event?) {
        guard let waiter = self.waiter else { return }
        self.waiter = nil
        if let timer = self.timer { self.loop.cancel(timer) }
        self.timer = nil
        waiter.resume(returning: event)
    }

    package func wire(_ wire: Wire, received frame: Frame) {
        if self.waiter != nil {
            self.hand(.frame(frame))
        } else {
            self.frames.append(frame)
            if self.frames.count >= Self.maximumWaitingFrames { self.wire.pauseReading() }
        }
    }

    package func wire(_ wire: Wire, ended reason: WireEnd) {
        self.end = reason
        self.hand(.ended(reason))
    }

    package func wireCanTakeMore(_ wire: Wire) {}
}
