import TestSupport
import Testing

@testable import RoadRunnerRuntime

/// A reference to the registry, which lets expectations call its mutating methods.
private final class Slots {
    private var registry: SlotRegistry

    init(places: Int, loops: Int) { self.registry = SlotRegistry(places: places, loops: loops) }

    var phase: SlotRegistry.Phase { self.registry.phase }
    var speaker: SlotID? { self.registry.speaker }
    var count: Int { self.registry.count }
    var isEmpty: Bool { self.registry.count == 0 }
    func loop(of id: SlotID) -> Int? { self.registry.loop(of: id) }
    func arrived() -> SlotRegistry.Arrival { self.registry.arrived() }
    func booted() -> [SlotID] { self.registry.booted() }
    func isLast(_ id: SlotID) -> Bool { self.registry.isLast(id) }
    func leaves(_ id: SlotID) -> Bool { self.registry.leaves(id) }
    func lost(_ id: SlotID) -> SlotRegistry.Departure { self.registry.lost(id) }
    func ended(_ id: SlotID) -> SlotRegistry.Departure { self.registry.ended(id) }
    func drain() -> Bool { self.registry.drain() }
    func abandoned(_ id: SlotID) -> Bool { self.registry.abandoned(id) }
    var isDone: Bool { self.registry.isDone }
}

@Suite struct SlotRegistryTests {
    private func attach(_ registry: Slots) throws -> (id: SlotID, isServed: Bool, speaks: Bool) {
        guard case .attached(let id, _, let isServed, let speaks) = registry.arrived() else {
            throw Refused()
        }
        return (id, isServed, speaks)
    }

    private struct Refused: Error {}

    @Test func slotsWaitForTheBoot() throws {
        let registry = Slots(places: 4, loops: 2)
        let first = try self.attach(registry)
        let second = try self.attach(registry)
        #expect(!first.isServed && !second.isServed)
        #expect(registry.booted() == [first.id, second.id])
        #expect(registry.booted().isEmpty)
        #expect(try self.attach(registry).isServed)
    }

    @Test func slotsAreSpreadOverEventLoops() throws {
        let registry = Slots(places: 100, loops: 4)
        var ids: [SlotID] = []
        for _ in 0..<40 { ids.append(try self.attach(registry).id) }
        _ = registry.booted()
        for loop in 0..<4 { #expect(ids.filter { registry.loop(of: $0) == loop }.count == 10) }
        // New slots get the places of ended ones.
        for id in ids where registry.loop(of: id) == 2 { _ = registry.ended(id) }
        for _ in 0..<10 { #expect(registry.loop(of: try self.attach(registry).id) == 2) }
    }

    @Test func theLastSlotThatLeavesWaitsForTheKernel() throws {
        let registry = Slots(places: 4, loops: 1)
        let ids = try (0..<3).map { _ in try self.attach(registry).id }
        _ = registry.booted()
        #expect(!registry.leaves(ids[0]))
        #expect(!registry.isLast(ids[1]))
        #expect(!registry.leaves(ids[2]))
        #expect(registry.phase == .serving)
        #expect(registry.isLast(ids[1]))
        #expect(registry.leaves(ids[1]))
        #expect(registry.phase == .shuttingDown)
        #expect(registry.arrived() == .held)
        for id in ids { #expect(!registry.ended(id).shutsDownKernel) }
        #expect(registry.count == 0)
    }

    /// The handler of a lost slot may never return.
    @Test func lostSlotsAreNotAwaited() throws {
        let registry = Slots(places: 4, loops: 1)
        let ids = try (0..<3).map { _ in try self.attach(registry).id }
        _ = registry.booted()
        _ = registry.lost(ids[0])
        #expect(!registry.abandoned(ids[0]))
        #expect(!registry.leaves(ids[1]))
        #expect(registry.isLast(ids[2]))
        #expect(registry.leaves(ids[2]))
        #expect(registry.phase == .shuttingDown)
        for id in ids.dropFirst() { _ = registry.ended(id) }
        #expect(registry.isDone)
    }

    @Test func theKernelIsShutDownWhenOnlyLostSlotsAreLeft() throws {
        let registry = Slots(places: 4, loops: 1)
        let ids = try (0..<2).map { _ in try self.attach(registry).id }
        _ = registry.booted()
        for id in ids { _ = registry.lost(id) }
        #expect(registry.phase == .serving)
        #expect(registry.abandoned(ids[0]))
        #expect(!registry.abandoned(ids[1]))
        #expect(registry.arrived() == .held)
    }

    @Test func aSlotThatComesInTimeKeepsTheKernel() throws {
        let registry = Slots(places: 4, loops: 1)
        let first = try self.attach(registry).id
        _ = registry.booted()
        let second = try self.attach(registry).id
        #expect(!registry.leaves(first))
        #expect(!registry.ended(first).shutsDownKernel)
        #expect(registry.leaves(second))
    }

    @Test func withoutSlotsABootIsNotAwaited() throws {
        let registry = Slots(places: 4, loops: 1)
        let first = try self.attach(registry).id
        let second = try self.attach(registry).id
        _ = registry.lost(first)
        #expect(!registry.ended(first).shutsDownKernel)
        _ = registry.lost(second)
        #expect(registry.ended(second).shutsDownKernel)
        #expect(registry.booted().isEmpty)
    }

    /// One slot cannot be connected, while the others already leave.
    @Test func theKernelIsShutDownIfNoSlotDoes() throws {
        let registry = Slots(places: 4, loops: 1)
        let first = try self.attach(registry).id
        let second = try self.attach(registry).id
        _ = registry.booted()
        #expect(!registry.leaves(first))
        #expect(registry.ended(second).shutsDownKernel)
        #expect(!registry.ended(first).shutsDownKernel)
    }

    @Test func aDrainingRegistryAcceptsNoSlot() throws {
        let registry = Slots(places: 4, loops: 1)
        let first = try self.attach(registry).id
        #expect(registry.drain())
        #expect(!registry.drain())
        #expect(registry.arrived() == .refused)
        // Its slots are still served.
        #expect(registry.booted() == [first])
        #expect(registry.leaves(first))
    }

    @Test func theVoiceBelongsToALivingSlot() throws {
        let registry = Slots(places: 8, loops: 1)
        let first = try self.attach(registry)
        let second = try self.attach(registry)
        let third = try self.attach(registry)
        #expect(first.speaks && !second.speaks && !third.speaks)
        _ = registry.booted()
        #expect(registry.lost(second.id).speaker == nil)
        #expect(registry.lost(first.id).speaker == third.id)
        #expect(registry.ended(first.id).speaker == nil)
        _ = registry.ended(second.id)
        #expect(registry.ended(third.id).speaker == nil)
        #expect(registry.speaker == nil)
    }

    @Test func thereAreAsManySlotsAsPlaces() throws {
        let registry = Slots(places: 2, loops: 1)
        let first = try self.attach(registry).id
        _ = try self.attach(registry)
        #expect(registry.arrived() == .refused)
        _ = registry.ended(first)
        _ = try self.attach(registry)
    }

    /// Invariants for any order of events: a place belongs to one slot, and the kernel is shut down once.
    @Test func randomLives() {
        var generator = SeededGenerator.forTest()
        for _ in 0..<200 {
            let registry = Slots(places: 6, loops: 3)
            var places: [SlotID: Int] = [:]
            var leaving: Set<SlotID> = []
            var shutdowns = 0
            for _ in 0..<200 {
                let id = places.keys.sorted().randomElement(using: &generator)
                switch Int.random(in: 0..<12, using: &generator) {
                case 0..<5:
                    let wasShuttingDown = registry.phase == .shuttingDown
                    if case .attached(let id, let place, _, _) = registry.arrived() {
                        #expect(!wasShuttingDown && shutdowns == 0)
                        #expect(!places.values.contains(place))
                        places[id] = place
                    }
                case 5..<8:
                    if let id, !leaving.contains(id) {
                        leaving.insert(id)
                        if registry.leaves(id) { shutdowns += 1 }
                    }
                case 8..<10:
                    if let id {
                        if registry.ended(id).shutsDownKernel { shutdowns += 1 }
                        places[id] = nil
                    }
                case 10: if let id { _ = registry.lost(id) }
                default: if Int.random(in: 0..<20, using: &generator) == 0 { _ = registry.drain() } else { _ = registry.booted() }
                }
                #expect(shutdowns <= 1)
                #expect(registry.speaker == nil || places[registry.speaker ?? 0] != nil)
                #expect(registry.count == places.count)
            }
        }
    }
}
