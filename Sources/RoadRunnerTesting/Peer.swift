package import Goridge
import NIOCore
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// RoadRunner's end of a relay: it sends frames, and queues received ones until a test asks for them.
///
/// Its state is confined to the loop that all test peers share.
package final class Peer: FrameConnectionDelegate, @unchecked Sendable {
    static let loop = Mutex<PollEventLoop?>(nil)

    /// The loop of all test peers.
    package static func sharedLoop() throws -> PollEventLoop {
        try Self.loop.withLock { loop in
            if let loop { return loop }
            // Writing to a dead worker shows as an error of `write`; the signal would end the tests.
            signal(SIGPIPE, SIG_IGN)
            let made = try PollEventLoop(name: "rr-testing")
            loop = made
            return made
        }
    }

    package enum Event: Sendable {
        case frame(Frame)
        case ended(CloseReason)
    }

    /// Further frames are not read, so the worker has to wait.
    private static let maximumWaitingFrames = 64

    let loop: PollEventLoop
    private let connection: FrameConnection
    private var frames: [Frame] = []
    private var end: CloseReason?
    private var waiter: CheckedContinuation<Event?, Never>?
    private var timer: TimerHeap.Token?

    package init(loop: PollEventLoop, descriptors: RelayDescriptors) {
        self.loop = loop
        self.connection = FrameConnection(loop: loop, descriptors: descriptors, maximumPayloadSize: Int(UInt32.max))
    }

    package func open() async throws {
        let result = await self.loop.submit {
            self.connection.delegate = self
            return Result { try self.connection.open() }
        }
        try result.get()
    }

    /// Waits until the worker has read everything that was sent.
    func waitUntilTaken() async throws {
        while await !self.loop.submit({ self.connection.isDrained }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Closes the connection. A frame that is awaited will not come.
    package func close() async {
        await self.loop.submit {
            self.connection.close()
            guard self.end == nil else { return }
            self.end = .endOfStream
            self.hand(.ended(.endOfStream))
        }
    }

    func send(_ frame: Frame) async throws {
        let result = await self.loop.submit { Result { try self.connection.send(frame) } }
        try result.get()
    }

    package func send(raw bytes: ByteBuffer) async { await self.loop.submit { self.connection.send(raw: bytes) } }

    /// Returns the next frame, or the end; nil after the timeout.
    package func next(timeout: Duration) async -> Event? {
        return await withCheckedContinuation { continuation in
            self.loop.execute {
                if !self.frames.isEmpty {
                    let frame = self.frames.removeFirst()
                    if self.frames.count < Self.maximumWaitingFrames / 2 { self.connection.resumeReading() }
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

    package func connection(_ connection: FrameConnection, received frame: Frame) {
        self.loop.assertInEventLoop()
        if self.waiter != nil {
            self.hand(.frame(frame))
        } else {
            self.frames.append(frame)
            if self.frames.count >= Self.maximumWaitingFrames { self.connection.pauseReading() }
        }
    }

    package func connection(_ connection: FrameConnection, ended reason: CloseReason) {
        self.loop.assertInEventLoop()
        self.end = reason
        self.hand(.ended(reason))
    }

    package func connectionBecameWritable(_ connection: FrameConnection) {}
}
