import CSlot
package import Goridge

/// How a slot has introduced itself.
struct SlotIntroduction: Sendable {
    let processID: Int32
    /// Nil where the host has to connect in its place.
    let relay: RelayDescriptors?
    let standardError: CInt
    /// Whether another host has served it.
    let wasServed: Bool
    /// Whether another program stands between RoadRunner and it.
    let isWrapped: Bool

    init(_ hello: roadrunner_hello) {
        self.processID = hello.pid
        self.standardError = hello.standard_error
        self.relay = hello.input >= 0 ? RelayDescriptors(input: hello.input, output: hello.output) : nil
        self.wasServed = hello.flags & UInt32(ROADRUNNER_SLOT_WAS_SERVED) != 0
        self.isWrapped = hello.flags & UInt32(ROADRUNNER_SLOT_IS_WRAPPED) != 0
    }
}

/// The connection to one slot. Belongs to the host's control loop.
final class SlotConnection: PollHandler {
    enum Event {
        case introduced(SlotIntroduction)
        /// Nothing comes any more: its process has ended, or it is no slot.
        case ended
    }

    private let loop: PollEventLoop
    private let descriptor: CInt
    private var isIntroduced = false
    private var isClosed = false
    /// What is done with what comes; kept until the connection is closed.
    var received: (SlotConnection, Event) -> Void

    /// Takes over the descriptor.
    init(_ descriptor: CInt, loop: PollEventLoop, received: @escaping (SlotConnection, Event) -> Void) {
        self.descriptor = descriptor
        self.loop = loop
        self.received = received
        loop.register(descriptor, interest: .read, handler: self)
    }

    func descriptorReady(_ descriptor: CInt, _ events: PollEvents) {
        var hello = roadrunner_hello()
        let result = roadrunner_shared_receive_hello(self.descriptor, &hello)
        guard result != 0 else { return }
        guard result > 0 else { return self.received(self, .ended) }
        let introduction = SlotIntroduction(hello)
        // A slot speaks once.
        guard !self.isIntroduced else {
            SystemCall.closeDescriptor(introduction.standardError)
            introduction.relay?.close()
            return self.received(self, .ended)
        }
        self.isIntroduced = true
        self.received(self, .introduced(introduction))
    }

    func attached(place: Int, memory: CInt) { self.tell(ROADRUNNER_HOST_ATTACHED, place, memory) }

    /// - Returns: whether the slot has it: without it no other host could serve it.
    func connected(_ relay: CInt) -> Bool { self.tell(ROADRUNNER_HOST_RELAY, 0, relay) }

    func leave(code: CInt) { self.tell(ROADRUNNER_HOST_LEAVE, Int(code & 0xFF)) }
    func refuse() { self.tell(ROADRUNNER_HOST_GONE, 0) }

    @discardableResult
    private func tell(_ kind: Int, _ value: Int, _ descriptor: CInt = -1) -> Bool {
        !self.isClosed && roadrunner_shared_tell(self.descriptor, CInt(kind), CInt(value), descriptor) == 0
    }

    func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.received = { _, _ in }
        self.loop.deregister(self.descriptor)
        SystemCall.closeDescriptor(self.descriptor)
    }
}

extension RelayDescriptors {
    /// Closes what nobody has taken over.
    package func close() {
        SystemCall.closeDescriptor(self.input)
        if self.output != self.input { SystemCall.closeDescriptor(self.output) }
    }
}
