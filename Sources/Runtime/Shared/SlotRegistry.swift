/// The number of a slot of a host, which only grows.
typealias SlotID = UInt64

/// The slots of a host: which event loop serves each, which one's standard error the host uses, and when the host ends. A value
/// without I/O: events go in, actions come out.
///
/// It guarantees that the kernel is shut down once, when no slot that could need it is left, that no slot is accepted after that,
/// and that a place belongs to one slot at a time.
struct SlotRegistry {
    enum Phase: Hashable {
        /// The kernel is being built: slots wait.
        case booting
        case serving
        /// Another process takes over: no more slots are accepted, and the remaining ones leave one after another.
        case draining
        /// No slot is left that needs the kernel.
        case shuttingDown
    }

    private struct Slot {
        let place: Int
        let loop: Int
        /// Whether the slot is served; then its worker loop reports when it leaves.
        var isServed = false
        /// Whether the slot has no work left, and gets no more.
        var isLeaving = false
        /// Whether the slot's process has ended, or another event loop or host serves it.
        var isLost = false

        /// Whether the slot no longer needs the kernel, as far as RoadRunner is concerned.
        var isDone: Bool { self.isLeaving || self.isLost }
    }

    private(set) var phase = Phase.booting
    private var hasBooted = false
    private var slots: [SlotID: Slot] = [:]
    private var lastID: SlotID = 0
    private var freePlaces: [Int]
    private var loads: [Int]
    /// The slot whose standard error the host uses.
    private(set) var speaker: SlotID?

    /// - Parameters:
    ///   - places: the largest number of slots.
    ///   - loops: the number of event loops.
    init(places: Int, loops: Int) {
        self.freePlaces = Array((0..<places).reversed())
        self.loads = Array(repeating: 0, count: max(1, loops))
    }

    var count: Int { self.slots.count }
    /// Whether no process that waits for this one is left.
    var isDone: Bool { self.slots.values.allSatisfy(\.isLost) }
    var ids: [SlotID] { self.slots.keys.sorted() }
    func loop(of id: SlotID) -> Int? { self.slots[id]?.loop }

    // MARK: Slots arrive

    enum Arrival: Hashable {
        /// The host has accepted the slot. `isServed` says whether its worker loop begins now, or with the others.
        case attached(SlotID, place: Int, isServed: Bool, speaks: Bool)
        /// The host is about to end: the slot waits for that, so that no two kernels overlap.
        case held
        /// The host accepts no more slots.
        case refused
    }

    /// - Parameter busyLoops: the event loops that a handler occupies, which are avoided.
    mutating func arrived(avoiding busyLoops: Set<Int> = []) -> Arrival {
        switch self.phase {
        case .shuttingDown: return .held
        case .draining: return .refused
        case .booting, .serving: break
        }
        guard let place = self.freePlaces.popLast() else { return .refused }
        self.lastID &+= 1
        let free = self.loads.indices.filter { !busyLoops.contains($0) }
        let loop = (free.isEmpty ? Array(self.loads.indices) : free).min { self.loads[$0] < self.loads[$1] } ?? 0
        self.loads[loop] += 1
        let isServed = self.hasBooted
        self.slots[self.lastID] = Slot(place: place, loop: loop, isServed: isServed)
        let speaks = self.speaker == nil
        if speaks { self.speaker = self.lastID }
        return .attached(self.lastID, place: place, isServed: isServed, speaks: speaks)
    }

    /// The kernel was built.
    ///
    /// - Returns: the slots whose worker loops begin now, in the order in which they arrived.
    mutating func booted() -> [SlotID] {
        guard !self.hasBooted, self.phase != .shuttingDown else { return [] }
        self.hasBooted = true
        if self.phase == .booting { self.phase = .serving }
        for id in self.slots.keys { self.slots[id]?.isServed = true }
        return self.ids
    }

    // MARK: Slots leave

    /// Whether this slot is the last one that needs the kernel.
    func isLast(_ id: SlotID) -> Bool {
        self.phase != .shuttingDown && self.slots[id] != nil && self.slots.allSatisfy { $0.key == id || $0.value.isDone }
    }

    /// A slot has no work left.
    ///
    /// - Returns: whether the kernel must be shut down before the slot leaves, since it is the last one.
    mutating func leaves(_ id: SlotID) -> Bool {
        guard self.slots[id] != nil, self.phase != .shuttingDown else { return false }
        self.slots[id]?.isLeaving = true
        guard self.slots.values.allSatisfy(\.isDone) else { return false }
        self.phase = .shuttingDown
        return true
    }

    /// The consequences of a slot's departure.
    struct Departure: Hashable {
        /// The slot whose standard error the host uses from now on.
        var speaker: SlotID?
        /// Whether the kernel must be shut down: no slot that needs it is left, and the shutdown has not begun.
        var shutsDownKernel = false
    }

    /// The process of a slot has ended, while its work in flight may go on; or another event loop or host serves it from now on.
    mutating func lost(_ id: SlotID) -> Departure {
        self.slots[id]?.isLost = true
        return Departure(speaker: self.nextSpeaker(after: id))
    }

    /// The worker loop of a slot has ended, or will not begin.
    mutating func ended(_ id: SlotID) -> Departure {
        guard let slot = self.slots.removeValue(forKey: id) else { return Departure() }
        self.freePlaces.append(slot.place)
        self.loads[slot.loop] -= 1
        var departure = Departure(speaker: self.nextSpeaker(after: id))
        if self.phase != .shuttingDown, self.slots.values.allSatisfy(\.isDone) {
            self.phase = .shuttingDown
            departure.shutsDownKernel = true
        }
        return departure
    }

    private mutating func nextSpeaker(after id: SlotID) -> SlotID? {
        guard self.speaker == id else { return nil }
        let living = self.slots.filter { $0.key != id && !$0.value.isLost }
        self.speaker = living.filter { !$0.value.isLeaving }.keys.min() ?? living.keys.min()
        return self.speaker
    }

    /// A lost slot does not end, since a handler occupies its event loop.
    ///
    /// - Returns: whether the kernel must be shut down, since no other slot is left.
    mutating func abandoned(_ id: SlotID) -> Bool {
        guard self.slots[id] != nil, self.phase != .shuttingDown, self.slots.values.allSatisfy(\.isDone) else { return false }
        self.phase = .shuttingDown
        return true
    }

    // MARK: The end

    /// Lets another process take over.
    ///
    /// - Returns: whether this was the first call.
    mutating func drain() -> Bool {
        guard self.phase == .booting || self.phase == .serving else { return false }
        self.phase = .draining
        return true
    }

    /// Ends the host, whatever slots there are.
    ///
    /// - Returns: whether the host had not ended before; then the caller must shut down the kernel.
    mutating func end() -> Bool {
        defer { self.phase = .shuttingDown }
        return self.phase != .shuttingDown
    }
}
