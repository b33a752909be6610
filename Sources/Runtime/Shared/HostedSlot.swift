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

/// A slot of a host. It is confined to the host's control loop.
final class HostedSlot {
    let introduction: SlotIntroduction
    let connection: SlotConnection
    let activity: SlotActivity
    /// The relay, until the slot's worker loop takes it.
    var relay: RelayDescriptors?
    /// A copy of the relay, for use while a handler occupies the event loop.
    private var copy: RelayDescriptors?
    var workerLoop: WorkerLoop?
    var isLost = false
    /// Whether the slot was asked to stop while a handler occupied its event loop.
    var isStopped = false
    private var hasStandardError = true

    init(_ introduction: SlotIntroduction, _ connection: SlotConnection, _ activity: SlotActivity) {
        self.introduction = introduction
        self.connection = connection
        self.activity = activity
        self.relay = introduction.relay
        activity.set(introduction.wasServed ? ROADRUNNER_RELAY_IDLE : ROADRUNNER_RELAY_NEW)
    }

    /// Passes the relay to the worker loop.
    func takeRelay() -> RelayDescriptors? {
        guard let relay = self.relay.take() else { return nil }
        let input = fcntl(relay.input, F_DUPFD_CLOEXEC, 3)
        let output = relay.input == relay.output ? input : fcntl(relay.output, F_DUPFD_CLOEXEC, 3)
        self.copy = RelayDescriptors(input: input, output: output)
        return relay
    }

    /// Closes the slot's standard error, which must not stay open longer than its process lives.
    func closeStandardError() {
        guard self.hasStandardError else { return }
        self.hasStandardError = false
        SystemCall.closeDescriptor(self.introduction.standardError)
    }

    /// Releases the slot.
    ///
    /// - Parameter code: the exit code of its process; nil when it has ended, or must look for another host.
    func release(code: CInt?) {
        self.relay.take()?.close()
        self.copy.take()?.close()
        self.closeStandardError()
        if let code, !self.isLost { self.connection.leave(code: code) }
        self.connection.close()
    }
}

// MARK: Commands that cannot wait for the event loop

extension HostedSlot {
    /// A command from RoadRunner to a slot whose event loop is occupied by a handler.
    enum Word: Hashable {
        /// RoadRunner asked for the pid, and got it.
        case handshake
        /// The slot must stop. Its relay is no longer read.
        case stop
        /// There is no command, or a request. The relay is no longer read here: another event loop will take it over.
        case moves
    }

    /// Reads a command from RoadRunner on this thread, if there is one and nothing else, and if the slot's own thread is not
    /// reading.
    ///
    /// - Parameter canMove: whether there is another event loop, or another host, that is not occupied.
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
        // RoadRunner's commands are a few bytes long.
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
        // The bytes are there, and no other thread reads them.
        let count = withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { buffer in
            if case .bytes(let count) = SystemCall.read(relay.input, into: buffer) { count } else { 0 }
        }
        guard count == bytes.count else { return nil }
        if word == .handshake { Self.send(ControlCommand.pidResponse(processID), to: relay.output) }
        return word
    }

    /// Sends a frame that is small enough for pipes and sockets to accept at once.
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
