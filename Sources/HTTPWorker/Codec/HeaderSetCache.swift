import HTTPTypes

/// Remembers which remembered lines came together, as the header fields that they make.
///
/// A client's requests differ in their path more than in their headers. RoadRunner sends the lines in no particular order, so
/// that sets are compared, not sequences. Belongs to one thread.
struct HeaderSetCache {
    private static let slotCount = 16

    private struct Slot {
        var places: [HeaderLineCache.Place] = []
        /// Of the lines that `places` stand for.
        var version: UInt64 = 0
        var fields = HTTPFields()
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)

    /// The fields of these lines, made from `lines` if they have not come together before.
    mutating func fields(at places: [HeaderLineCache.Place], of lines: HeaderLineCache) -> HTTPFields {
        guard !places.isEmpty else { return HTTPFields() }
        let index = Self.index(of: places)
        if self.slots[index].version == lines.version, self.slots[index].places == places { return self.slots[index].fields }
        var fields = HTTPFields()
        fields.reserveCapacity(places.count + 4)
        for place in places { if let field = lines.field(at: place) { fields.append(field) } }
        self.slots[index] = Slot(places: places, version: lines.version, fields: fields)
        return fields
    }

    private static func index(of places: [HeaderLineCache.Place]) -> Int {
        var hash: UInt64 = 0
        for place in places { hash = (hash ^ place.number) &* 0x9E37_79B9_7F4A_7C15 }
        return Int(truncatingIfNeeded: hash >> 60)
    }
}
