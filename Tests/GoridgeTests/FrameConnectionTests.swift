import Goridge
import NIOCore
import Synchronization
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Records the events of a connection.
private final class Listener: FrameConnectionDelegate, @unchecked Sendable {
    let events = Mutex<(frames: [Frame], end: CloseReason?, drained: Int)>(([], nil, 0))
    let changed: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (self.changed, self.continuation) = AsyncStream.makeStream() }

    func connection(_ connection: FrameConnection, received frame: Frame) {
        self.events.withLock { $0.frames.append(frame) }
        self.continuation.yield()
    }
    func connection(_ connection: FrameConnection, ended reason: CloseReason) {
        self.events.withLock { $0.end = reason }
        self.continuation.yield()
    }
    func connectionBecameWritable(_ connection: FrameConnection) {
        self.events.withLock { $0.drained += 1 }
        self.continuation.yield()
    }

    func wait(until condition: ((frames: [Frame], end: CloseReason?, drained: Int)) -> Bool) async {
        if self.events.withLock({ condition($0) }) { return }
        for await _ in self.changed where self.events.withLock({ condition($0) }) { return }
    }
}

@Suite(.timeLimit(.minutes(1))) struct FrameConnectionTests {
    private func makePair(_ loop: PollEventLoop) async throws -> (FrameConnection, Listener, FrameConnection, Listener) {
        let forward = try SystemCall.makePipe()
        let back = try SystemCall.makePipe()
        let left = FrameConnection(
            loop: loop, descriptors: RelayDescriptors(input: back.read, output: forward.write), maximumPayloadSize: 1 << 28)
        let right = FrameConnection(
            loop: loop, descriptors: RelayDescriptors(input: forward.read, output: back.write), maximumPayloadSize: 1 << 28)
        let leftListener = Listener()
        let rightListener = Listener()
        let result = await loop.submit {
            left.delegate = leftListener
            right.delegate = rightListener
            return Result {
                try left.open()
                try right.open()
            }
        }
        try result.get()
        return (left, leftListener, right, rightListener)
    }

    @Test func largeFramesPassThroughAFullPipe() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let (left, _, right, listener) = try await makePair(loop)
        let sizes = [0, 1, 65_535, 65_536, 200_000, 3_000_000]
        await loop.submit {
            for size in sizes { try? left.send(Frame(options: [0], payload: ByteBuffer(repeating: 9, count: size))) }
        }
        await listener.wait { $0.frames.count == sizes.count }
        #expect(listener.events.withLock { $0.frames.map(\.payload.readableBytes) } == sizes)
        await loop.submit {
            left.close()
            right.close()
        }
    }

    @Test func pausedReaderHoldsTheWriterBack() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let (left, leftListener, right, listener) = try await makePair(loop)
        await loop.submit {
            right.pauseReading()
            try? left.send(Frame(payload: ByteBuffer(repeating: 1, count: 4_000_000)))
        }
        // The pipe is full: the rest stays in the buffer.
        let waiting = await loop.submit {
            left.flush()
            return left.isAboveHighWaterMark
        }
        #expect(waiting)
        await loop.submit { right.resumeReading() }
        await leftListener.wait { $0.drained > 0 }
        await listener.wait { $0.frames.count == 1 }
        #expect(await loop.submit { left.pendingBytes } == 0)
        await loop.submit {
            left.close()
            right.close()
        }
    }

    /// A worker must not exit before the peer has read its response.
    @Test(arguments: [true, false]) func unreadBytesOfThePeerAreKnown(_ isPipe: Bool) async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        var ends: [CInt] = [-1, -1]
        if isPipe {
            let pipe = try SystemCall.makePipe()
            ends = [pipe.read, pipe.write]
        } else {
            #if canImport(Glibc)
            #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
            #else
            #expect(socketpair(AF_UNIX, SOCK_STREAM, 0, &ends) == 0)
            #endif
        }
        let reader = ends[0]
        let other = try SystemCall.makePipe()
        let connection = FrameConnection(
            loop: loop, descriptors: RelayDescriptors(input: other.read, output: ends[1]), maximumPayloadSize: 1000)
        let opened = await loop.submit { Result { try connection.open() } }
        try opened.get()
        #expect(await loop.submit { connection.isDrained })
        await loop.submit {
            try? connection.send(Frame(payload: ByteBuffer(string: "answer")))
            connection.flush()
        }
        #expect(await loop.submit { !connection.isDrained })
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { _ = SystemCall.read(reader, into: $0) }
        #expect(await loop.submit { connection.isDrained })
        await loop.submit { connection.close() }
        for descriptor in [reader, other.write] { SystemCall.closeDescriptor(descriptor) }
    }

    @Test func aClosedReaderEndsTheConnectionWithoutASignal() async throws {
        signal(SIGPIPE, SIG_IGN)
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let (left, listener, right, _) = try await makePair(loop)
        await loop.submit {
            right.close()
            try? left.send(Frame(payload: ByteBuffer(string: "into the void")))
        }
        await listener.wait { $0.end != nil }
        #expect(listener.events.withLock { $0.end } == .endOfStream)
        await loop.submit { left.close() }
    }

    /// Programs that use only the client need not ignore SIGPIPE. Tested in a separate process, which does not ignore it.
    @Test func socketsWithAClosedReaderRaiseNoSignal() async {
        await #expect(processExitsWith: .success) { () async throws in
            signal(SIGPIPE, SIG_DFL)
            var ends: [CInt] = [-1, -1]
            #if canImport(Glibc)
            guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
                throw SystemCallError("socketpair", errno: errno)
            }
            #else
            guard socketpair(AF_UNIX, SOCK_STREAM, 0, &ends) == 0 else { throw SystemCallError("socketpair", errno: errno) }
            #endif
            #if canImport(Darwin)
            var on: CInt = 1
            setsockopt(ends[1], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<CInt>.size))
            #endif
            let (ours, theirs) = (ends[1], ends[0])
            let loop = try PollEventLoop()
            let connection = FrameConnection(
                loop: loop, descriptors: RelayDescriptors(input: ours, output: ours), maximumPayloadSize: 1000)
            let result = await loop.submit {
                Result {
                    try connection.open()
                    SystemCall.closeDescriptor(theirs)
                    try connection.send(Frame(payload: ByteBuffer(string: "into the void")))
                    connection.flush()
                }
            }
            try result.get()
        }
    }

    /// A program that another thread starts at the same time must not inherit them.
    @Test func descriptorsAreClosedOnExec() throws {
        let pipe = try SystemCall.makePipe()
        let socket = try SystemCall.makeStreamSocket(AF_UNIX)
        var template = Array("/tmp/rr-XXXXXX".utf8CString)
        let file = try SystemCall.makeTemporaryFile(template: &template)
        unlink(template)
        for descriptor in [pipe.read, pipe.write, socket, file] {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(SystemCall.isSocket(descriptor) == (descriptor == socket))
            SystemCall.closeDescriptor(descriptor)
        }
    }

    @Test func endInsideAFrameIsReported() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let (left, _, right, listener) = try await makePair(loop)
        await loop.submit {
            left.send(raw: ByteBuffer(bytes: [0x13, 0x09, 0x0D]))
            left.flush()
            left.close()
        }
        await listener.wait { $0.end != nil }
        guard case .frameError(let error) = listener.events.withLock({ $0.end }) else {
            Issue.record("no frame error")
            return
        }
        #expect(error.code == .truncated)
        await loop.submit { right.close() }
    }
}
