/// Numbers the slots of a host; only grows.
typealias SlotID = UInt64

/// Which slots a host has, which event loop serves each, whose standard error is the host's, and when the host ends. A value without
/// I/O: it is told what happened and says what to do.
///
/// Its promises: the kernel is shut down once, when no slot that could need it is left, and no slot is taken after that. A place is given
/// to one slot at a time.
struct SlotRegistry {
    enum Phase: Hashable {
        /// The kernel is being built: slots wait.
        case booting
        case serving
        /// Another process takes over: no more slots are taken, and those that are left go one after the other.
        case draining
        /// No slot is left that needs the kernel.
        case ending
    }

    private struct Slot {
        let place: Int
        let loop: Int
        /// It is served: its worker loop says when it leaves.
        var isServed = false
        /// It has nothing in hand any more, and gets nothing.
        var isLeaving = false
        /// Its process has ended, or another event loop or host serves it.
        var isLost = false

        /// Whether it needs the kernel, as far as RoadRunner is concerned.
        var isDone: Bool { self.isLeaving || self.isLost }
    }

    private(set) var phase = Phase.booting
    private var hasBooted = false
    private var slots: [SlotID: Slot] = [:]
    private var lastID: SlotID = 0
    private var freePlaces: [Int]
    private var loads: [Int]
    /// Whose standard error is the host's.
    private(set) var speaker: SlotID?

    /// - Parameters:
    ///   - places: how many slots there may be.
    ///   - loops: how many event loops there are.
    init(places: Int, loops: Int) {
        self.freePlaces = Array((0..<places).reversed())
        self.loads = Array(repeating: 0, count: max(1, loops))
    }

    var count: Int { self.slots.count }
    /// Whether no process is left that waits for this one.
    var isDone: Bool { self.slots.values.allSatisfy(\.isLost) }
    var ids: [SlotID] { self.slots.keys.sorted() }
    func loop(of id: SlotID) -> Int? { self.slots[id]?.loop }

    // MARK: Slots come

    enum Arrival: Hashable {
        /// It is the host's. `isServed` says whether its worker loop begins now, or with the others.
        case attached(SlotID, place: Int, isServed: Bool, speaks: Bool)
        /// The host is about to end: the slot waits for that, so that no two kernels overlap.
        case held
        /// The host takes no more slots.
        case refused
    }

    /// - Parameter busyLoops: event loops that are kept by a handler, and to be left alone.
    mutating func arrived(avoiding busyLoops: Set<Int> = []) -> Arrival {
        switch self.phase {
        case .ending: return .held
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

    /// The kernel can serve.
    ///
    /// - Returns: the slots whose worker loops begin now, in the order in which they came.
    mutating func booted() -> [SlotID] {
        guard !self.hasBooted, self.phase != .ending else { return [] }
        self.hasBooted = true
        if self.phase == .booting { self.phase = .serving }
        for id in self.slots.keys { self.slots[id]?.isServed = true }
        return self.ids
    }

    // MARK: Slots go

    /// Whether nobody would need the kernel without this slot.
    func isLast(_ id: SlotID) -> Bool {
        self.phase != .ending && self.slots[id] != nil && self.slots.allSatisfy { $0.key == id || $0.value.isDone }
    }

    /// A slot has nothing in hand any more.
    ///
    /// - Returns: whether the kernel is to be shut down before it goes: it is the last one.
    mutating func leaves(_ id: SlotID) -> Bool {
        guard self.slots[id] != nil, self.phase != .ending else { return false }
        self.slots[id]?.isLeaving = true
        guard self.slots.values.allSatisfy(\.isDone) else { return false }
        self.phase = .ending
        return true
    }

    /// What a slot leaves behind.
    struct Departure: Hashable {
        /// Whose standard error becomes the host's.
        var speaker: SlotID?
        /// Whether the kernel is to be shut down: no slot is left that needs it, and nobody else does it.
        var shutsDownKernel = false
    }

    /// The process of a slot has ended, and what it had in hand may go on; or another event loop or host serves it from now on.
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
        if self.phase != .ending, self.slots.values.allSatisfy(\.isDone) {
            self.phase = .ending
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

    /// A slot that was lost does not end: a handler keeps its event loop.
    ///
    /// - Returns: whether the kernel is to be shut down: no other slot is left.
    mutating func abandoned(_ id: SlotID) -> Bool {
        guard self.slots[id] != nil, self.phase != .ending, self.slots.values.allSatisfy(\.isDone) else { return false }
        self.phase = .ending
        return true
    }

    // MARK: The end

    /// Another process is to take over.
    ///
    /// - Returns: whether that was not known before.
    mutating func drain() -> Bool {
        guard self.phase == .booting || self.phase == .serving else { return false }
        self.phase = .draining
        return true
    }

    /// The host ends, whatever slots there are.
    ///
    /// - Returns: whether it did not before: the kernel is the caller's to shut down then.
    mutating func end() -> Bool {
        defer { self.phase = .ending }
        return self.phase != .ending
    }
}
