import Goridge
import NIOCore

/// One connection to the server.
final class ServerConnection: FrameConnectionDelegate {
    private let connection: FrameConnection
    private weak var state: ServerState?

    init(loop: PollEventLoop, socket: CInt, state: ServerState) {
        self.connection = FrameConnection(
            loop: loop, descriptors: RelayDescriptors(input: socket, output: socket), maximumPayloadSize: Int(UInt32.max))
        self.state = state
    }

    func open() -> Bool {
        self.connection.delegate = self
        return (try? self.connection.open()) != nil
    }

    func close() { self.connection.close() }

    func connection(_ connection: FrameConnection, received frame: Frame) {
        // Header-level faults close the connection, as RoadRunner does.
        guard let state = self.state, frame.options.count == 2 else { return self.end() }
        // RoadRunner panics.
        guard Int(frame.options[1]) <= frame.payload.readableBytes else { return state.crash() }
        var payload = frame.payload
        let method = payload.readString(length: Int(frame.options[1])) ?? ""
        state.received(
            TestRPCServer.Call(method: method, sequenceNumber: frame.options[0], flags: frame.flags, arguments: payload), on: self
        )
    }

    func connection(_ connection: FrameConnection, ended reason: CloseReason) { self.end() }
    func connectionBecameWritable(_ connection: FrameConnection) {}

    private func end() {
        guard let state = self.state else { return self.close() }
        state.ended(self)
    }

    func send(_ frame: Frame) { try? self.connection.send(frame) }

    func send(result: ByteBuffer, to call: TestRPCServer.Call) {
        try? self.connection.send(flags: call.flags, sequenceNumber: call.sequenceNumber, body: result) {
            $0.writeString(call.method)
        }
        self.connection.flushAtEndOfTick()
    }

    func send(error text: String, to call: TestRPCServer.Call) {
        try? self.connection.send(
            flags: call.flags.union(.error), sequenceNumber: call.sequenceNumber, body: ByteBuffer(string: text)
        ) {
            $0.writeString(call.method)
        }
        self.connection.flushAtEndOfTick()
    }

    func sendAndClose(_ bytes: [UInt8]) {
        self.connection.send(raw: ByteBuffer(bytes: bytes))
        self.connection.flush()
        self.connection.close()
    }
}
