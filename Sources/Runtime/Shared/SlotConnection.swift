import CSlot
import Goridge

/// The connection to one slot. It is confined to the host's control loop.
final class SlotConnection: PollHandler {
    enum Event {
        case introduced(SlotIntroduction)
        /// Nothing more will be received: the slot's process has ended, or it is not a slot.
        case ended
    }

    private let loop: PollEventLoop
    private let descriptor: CInt
    private var isIntroduced = false
    private var isClosed = false
    /// Called with each event; kept until the connection is closed.
    var received: (SlotConnection, Event) -> Void

    /// Takes ownership of the descriptor.
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
        // A slot sends one message only.
        guard !self.isIntroduced else {
            SystemCall.closeDescriptor(introduction.standardError)
            introduction.relay?.close()
            return self.received(self, .ended)
        }
        self.isIntroduced = true
        self.received(self, .introduced(introduction))
    }

    func attached(place: Int, memory: CInt) { self.tell(ROADRUNNER_HOST_ATTACHED, place, memory) }

    /// - Returns: whether the slot has received the relay, without which no other host could serve it.
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
