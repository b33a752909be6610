import CProcess
import Goridge
import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A slot of a host. Belongs to the host's control loop.
final class HostedSlot {
    let introduction: SlotIntroduction
    let connection: SlotConnection
    let activity: SlotActivity
    /// Until its worker loop has it.
    var relay: RelayDescriptors?
    /// A copy of the relay, for when its event loop is kept by a handler.
    private var copy: RelayDescriptors?
    var workerLoop: WorkerLoop?
    var isLost = false
    /// It was told to stop while its event loop was kept by a handler.
    var isStopped = false
    private var hasStandardError = true

    init(_ introduction: SlotIntroduction, _ connection: SlotConnection, _ activity: SlotActivity) {
        self.introduction = introduction
        self.connection = connection
        self.activity = activity
        self.relay = introduction.relay
        activity.set(introduction.wasServed ? ROADRUNNER_RELAY_IDLE : ROADRUNNER_RELAY_NEW)
    }

    /// Hands the relay out to the worker loop.
    func takeRelay() -> RelayDescriptors? {
        guard let relay = self.relay.take() else { return nil }
        let input = fcntl(relay.input, F_DUPFD_CLOEXEC, 3)
        let output = relay.input == relay.output ? input : fcntl(relay.output, F_DUPFD_CLOEXEC, 3)
        self.copy = RelayDescriptors(input: input, output: output)
        return relay
    }

    /// Its standard error must not stay open longer than its process lives.
    func closeStandardError() {
        guard self.hasStandardError else { return }
        self.hasStandardError = false
        SystemCall.closeDescriptor(self.introduction.standardError)
    }

    /// Lets go of it.
    ///
    /// - Parameter code: the exit code of its process; nil where it has ended, or is to look for another host.
    func release(code: CInt?) {
        self.relay.take()?.close()
        self.copy.take()?.close()
        self.closeStandardError()
        if let code, !self.isLost { self.connection.leave(code: code) }
        self.connection.close()
    }
}

// MARK: What cannot wait for the event loop

extension HostedSlot {
    /// What RoadRunner has said to a slot whose event loop is kept by a handler.
    enum Word: Hashable {
        /// It was asked for the pid, and has answered.
        case handshake
        /// It is to stop. Its relay is not read any more.
        case stop
        /// Nothing, or a request. The relay is not read any more here: another event loop is to have it.
        case moves
    }

    /// Hears a command of RoadRunner's on this thread, if there is one, and nothing else, and its own thread reads nothing.
    ///
    /// - Parameter canMove: whether there is another event loop, or another host, that is not kept.
    func hearCommand(canMove: Bool) -> Word? {
        guard let copy, let state = self.activity.claim() else { return nil }
        let word = Self.command(on: copy, processID: self.introduction.processID)
        // After a stop it stays claimed, so that nothing more is read.
        switch word {
        case nil where canMove && state == ROADRUNNER_RELAY_IDLE:
            self.activity.set(ROADRUNNER_RELAY_MOVED)
            return .moves
        case nil: self.activity.set(state)
        case .handshake: self.activity.set(ROADRUNNER_RELAY_IDLE)
        case .stop, .moves: break
        }
        return word
    }

    private static func command(on relay: RelayDescriptors, processID: Int32) -> Word? {
        // RoadRunner's commands are some bytes long.
        let bytes = [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
            count = max(0, Int(roadrunner_peek(relay.input, buffer.baseAddress, UInt(buffer.count))))
        }
        var decoder = FrameDecoder(maximumPayloadSize: 1024)
        decoder.feed(ByteBuffer(bytes: bytes))
        guard let frame = try? decoder.next(), decoder.isEmpty, frame.flags.contains(.control) else { return nil }
        let word: Word
        switch ControlCommand(frame.payload) {
        case .pid: word = .handshake
        case .stop: word = .stop
        case .unknown: return nil
        }
        // It is there, and nobody else takes it.
        let count = withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { buffer in
            if case .bytes(let count) = SystemCall.read(relay.input, into: buffer) { count } else { 0 }
        }
        guard count == bytes.count else { return nil }
        if word == .handshake { Self.send(ControlCommand.pidResponse(processID), to: relay.output) }
        return word
    }

    /// A frame that is smaller than what pipes and sockets take at once.
    private static func send(_ frame: Frame, to descriptor: CInt) {
        var outbound = OutboundBuffer()
        try? outbound.append(frame)
        outbound.withUnsafeVectors { vectors in
            _ =
                SystemCall.isSocket(descriptor)
                ? SystemCall.send(descriptor, vectors: vectors) : SystemCall.write(descriptor, vectors: vectors)
        }
    }
}
