import CProcess
package import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One connection of a loop: its descriptors, the decoder of received bytes, and the outbound buffer.
///
/// Everything here happens on the loop's thread.
package final class FrameConnection: PollHandler, TickObserver, @unchecked Sendable {
    /// The number of pending bytes above which writers wait.
    package static let highWaterMark = 256 * 1024
    /// The number of pending bytes at which waiting writers continue.
    package static let lowWaterMark = 64 * 1024
    /// The size of one `read`, in bytes.
    private static let readSize = 64 * 1024
    /// The number of reads in one tick before other connections get their turn.
    private static let readsPerTick = 16

    package let loop: PollEventLoop
    // See PollEventLoop for why.
    @exclusivity(unchecked) package weak var delegate: (any FrameConnectionDelegate)?
    private let input: CInt
    private let output: CInt
    private let isSocket: Bool
    @exclusivity(unchecked) private var decoder: FrameDecoder
    @exclusivity(unchecked) private var outbound = OutboundBuffer()
    @exclusivity(unchecked) private var traffic = TransferStatistics()
    @exclusivity(unchecked) private var isOpen = false
    @exclusivity(unchecked) private var areDescriptorsClosed = false
    @exclusivity(unchecked) private var canRead = true
    @exclusivity(unchecked) private var isPaused = false
    @exclusivity(unchecked) private var canWrite = true
    @exclusivity(unchecked) private var waitsForWritability = false
    @exclusivity(unchecked) private var flushesAtEndOfTick = false
    /// Becomes busy before anything is read (`roadrunner_relay_begin`). Its owner resets it.
    @exclusivity(unchecked) package var activity: UnsafeMutablePointer<UInt8>?
    /// The time at which bytes were last handed to the system, in monotonic nanoseconds.
    @exclusivity(unchecked) package private(set) var lastWrite: UInt64 = 0

    /// Takes ownership of both descriptors, which may be the same one, and closes them in the end.
    package init(loop: PollEventLoop, descriptors: RelayDescriptors, maximumPayloadSize: Int) {
        self.loop = loop
        self.input = descriptors.input
        self.output = descriptors.output
        self.isSocket = SystemCall.isSocket(descriptors.output)
        self.decoder = FrameDecoder(maximumPayloadSize: maximumPayloadSize)
    }

    deinit { self.closeDescriptors() }

    /// Starts reading.
    package func open() throws(SystemCallError) {
        self.loop.assertInEventLoop()
        try SystemCall.setNonBlocking(self.input)
        if self.output != self.input { try SystemCall.setNonBlocking(self.output) }
        self.isOpen = true
        self.loop.register(self.input, interest: .read, handler: self)
    }

    /// Stops at once; unwritten bytes are lost.
    package func close() {
        self.loop.assertInEventLoop()
        guard self.isOpen else { return }
        self.isOpen = false
        self.stopReading()
        self.stopWriting()
        self.delegate = nil
        self.closeDescriptors()
    }

    private func closeDescriptors() {
        guard !self.areDescriptorsClosed else { return }
        self.areDescriptorsClosed = true
        RelayDescriptors(input: self.input, output: self.output).close()
    }

    // MARK: Reading less

    /// Stops reading until ``resumeReading()``, so that the other side has to wait.
    package func pauseReading() {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canRead, !self.isPaused else { return }
        self.isPaused = true
        self.loop.deregister(self.input)
        if self.input == self.output, self.waitsForWritability {
            self.loop.register(self.input, interest: .write, handler: self)
        }
    }

    package func resumeReading() {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canRead, self.isPaused else { return }
        self.isPaused = false
        self.loop.deregister(self.input)
        let waitsForBoth = self.input == self.output && self.waitsForWritability
        self.loop.register(self.input, interest: waitsForBoth ? [.read, .write] : .read, handler: self)
        // Frames may have been left behind in the decoder.
        _ = self.deliverFrames()
    }

    // MARK: Writing

    /// The number of bytes that the system has not accepted yet.
    package var pendingBytes: Int { self.outbound.byteCount }
    package var isAboveHighWaterMark: Bool { self.canWrite && self.outbound.byteCount > Self.highWaterMark }

    /// Whether the other side has read everything; also true when it no longer can.
    package var isDrained: Bool {
        guard self.isOpen, self.canWrite else { return true }
        return self.outbound.isEmpty && (SystemCall.unreadByPeer(self.output) ?? 0) == 0
    }

    /// Whether no incomplete frame was read, and the system has accepted everything.
    package var isQuiet: Bool { self.isOpen && self.canWrite && self.outbound.isEmpty && self.decoder.isEmpty }

    /// Returns the statistics since the last call.
    package func takeStatistics() -> TransferStatistics {
        self.loop.assertInEventLoop()
        defer { self.traffic = TransferStatistics() }
        return self.traffic
    }

    /// Appends a frame; see ``OutboundBuffer``. It leaves with the next ``flush()`` or ``flushAtEndOfTick()``.
    package func send(
        flags: Frame.Flags,
        stream: Frame.StreamFlags = [],
        sequenceNumber: UInt32? = nil,
        body: ByteBuffer,
        context: (inout ByteBuffer) -> Void
    ) throws(FrameError) {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canWrite else { return }
        try self.outbound.append(flags: flags, stream: stream, sequenceNumber: sequenceNumber, body: body, context: context)
        self.traffic.framesOut &+= 1
    }

    /// Appends a small frame in place; see ``OutboundBuffer``.
    ///
    /// - Returns: false when the frame is not small; then nothing was appended.
    package func sendInPlace(
        flags: Frame.Flags, stream: Frame.StreamFlags = [], bound: Int, body: ByteBuffer,
        context: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canWrite else { return true }
        guard self.outbound.appendInPlace(flags: flags, stream: stream, bound: bound, body: body, context: context) else {
            return false
        }
        self.traffic.framesOut &+= 1
        return true
    }

    package func send(_ frame: Frame) throws(FrameError) {
        guard self.isOpen, self.canWrite else { return }
        try self.outbound.append(frame)
        self.traffic.framesOut &+= 1
        self.flushAtEndOfTick()
    }

    /// Appends bytes that need not be a frame.
    package func send(raw bytes: ByteBuffer) {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canWrite else { return }
        self.outbound.append(bytes)
        self.flushAtEndOfTick()
    }

    package func flushAtEndOfTick() {
        self.loop.assertInEventLoop()
        guard !self.flushesAtEndOfTick else { return }
        self.flushesAtEndOfTick = true
        self.loop.observeEndOfTick(self)
    }

    package func tickDidEnd() {
        self.flushesAtEndOfTick = false
        self.flush()
    }

    /// Writes as much as the system accepts now; the rest follows when it accepts more.
    package func flush() {
        self.loop.assertInEventLoop()
        guard self.isOpen, self.canWrite, !self.waitsForWritability else { return }
        self.writeOut()
    }

    private func writeOut() {
        while !self.outbound.isEmpty {
            let (output, isSocket) = (self.output, self.isSocket)
            let result = self.outbound.withUnsafeVectors { vectors in
                if isSocket { return SystemCall.send(output, vectors: vectors) }
                if vectors.count == 1 {
                    return SystemCall.write(output, UnsafeRawBufferPointer(start: vectors[0].iov_base, count: vectors[0].iov_len))
                }
                return SystemCall.write(output, vectors: vectors)
            }
            switch result {
            case .bytes(let count):
                self.outbound.consume(count)
                self.traffic.bytesOut &+= count
            case .wouldBlock:
                self.waitForWritability()
                return
            case .failed(let code):
                // The peer no longer reads: RoadRunner is gone, whether or not the other direction shows it yet.
                self.stopWriting()
                self.delegate?.connectionBecameWritable(self)
                let isGone = code == EPIPE || code == ECONNRESET
                self.endReading(isGone ? .endOfStream : .systemError(SystemCallError("write", errno: code)))
                return
            }
        }
        self.lastWrite = SystemCall.monotonicNanoseconds()
    }

    private var isReading: Bool { self.canRead && !self.isPaused }

    private func waitForWritability() {
        self.waitsForWritability = true
        if self.input == self.output {
            if self.isReading {
                self.loop.setInterest(self.input, [.read, .write])
            } else {
                self.loop.register(self.input, interest: .write, handler: self)
            }
        } else {
            self.loop.register(self.output, interest: .write, handler: self)
        }
    }

    private func endWaitForWritability() {
        guard self.waitsForWritability else { return }
        self.waitsForWritability = false
        if self.input == self.output, self.isReading {
            self.loop.setInterest(self.input, .read)
        } else {
            self.loop.deregister(self.output)
        }
    }

    /// Stops writing, since the other side no longer reads. Whether it is gone altogether shows when reading ends.
    private func stopWriting() {
        self.endWaitForWritability()
        self.canWrite = false
        self.outbound = OutboundBuffer()
    }

    // MARK: Readiness

    package func descriptorReady(_ descriptor: CInt, _ events: PollEvents) {
        self.loop.assertInEventLoop()
        if self.waitsForWritability, descriptor == self.output, events.isWritable || events.isBroken {
            self.endWaitForWritability()
            self.writeOut()
            if self.outbound.byteCount <= Self.lowWaterMark { self.delegate?.connectionBecameWritable(self) }
        }
        if self.isOpen, descriptor == self.input, events.isReadable { self.readIn() }
    }

    private func readIn() {
        for _ in 0..<Self.readsPerTick {
            guard self.isOpen, self.isReading else { return }
            var asked = 0
            var result = SystemCall.Transfer.wouldBlock
            if let activity, roadrunner_relay_begin(activity) == 0 { return }
            let input = self.input
            let count = self.decoder.withUnsafeWritableBytes(minimum: Self.readSize) { buffer in
                asked = buffer.count
                result = SystemCall.read(input, into: buffer)
                if case .bytes(let count) = result { return count }
                return 0
            }
            switch result {
            case .wouldBlock: return
            case .failed(let code):
                // The socket of a dying server ends with a reset; what matters is whether a frame was truncated.
                if code == ECONNRESET { return self.endReading() }
                return self.endReading(.systemError(SystemCallError("read", errno: code)))
            case .bytes(0): return self.endReading()
            case .bytes:
                self.traffic.bytesIn &+= count
                guard self.deliverFrames() else { return }
                if count < asked { return }
            }
        }
    }

    /// - Returns: whether reading may continue.
    private func deliverFrames() -> Bool {
        do throws(FrameError) {
            while self.isOpen, self.isReading, let decoded = try self.decoder.nextOrOversized() {
                self.traffic.framesIn &+= 1
                switch decoded {
                case .frame(let frame): self.delegate?.connection(self, received: frame)
                case .oversized(let frame): self.delegate?.connection(self, received: frame)
                }
                // There is one request at a time, so mostly nothing is left.
                if self.decoder.isEmpty { break }
            }
            return self.isOpen && self.isReading
        } catch {
            self.endReading(.frameError(error))
            return false
        }
    }

    private func endReading() {
        do throws(FrameError) {
            try self.decoder.finish()
            self.endReading(.endOfStream)
        } catch {
            self.endReading(.frameError(error))
        }
    }

    func endReading(_ reason: CloseReason) {
        guard self.canRead else { return }
        self.stopReading()
        self.delegate?.connection(self, ended: reason)
    }

    private func stopReading() {
        guard self.canRead else { return }
        self.canRead = false
        if self.input == self.output, self.waitsForWritability {
            self.loop.setInterest(self.input, .write)
        } else {
            // Without any interest a hang-up would still wake the loop again and again.
            self.loop.deregister(self.input)
        }
    }
}
