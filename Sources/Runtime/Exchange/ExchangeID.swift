import Synchronization

/// The id of a request or an event: different in each process, and rendered only on demand.
package struct ExchangeID: Sendable, CustomStringConvertible {
    /// The beginning of all ids of this process.
    static let high = String(UInt64.random(in: .min ... .max), radix: 16)
    private static let last = Atomic<UInt64>(.random(in: .min ... .max))

    /// The part that is unique in the process; ``high`` comes before its 16 digits.
    let low: UInt64

    package init() { self.low = Self.last.wrappingAdd(1, ordering: .relaxed).newValue }

    package var description: String {
        let high = Self.high
        return String(unsafeUninitializedCapacity: high.utf8.count + 16) { bytes in
            var end = 0
            for byte in high.utf8 {
                bytes[end] = byte
                end += 1
            }
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: self.low >> UInt64(shift)) & 0xF
                bytes[end] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                end += 1
            }
            return end
        }
    }
}
