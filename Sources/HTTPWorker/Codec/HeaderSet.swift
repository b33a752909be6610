/// The remembered lines of one request, by their numbers, ascending.
struct HeaderSet {
    /// The largest set that is looked up.
    private static let capacity = 64

    private var numbers = [HeaderLineCache.Number](repeating: 0, count: capacity)
    private(set) var count = 0

    mutating func removeAll() { self.count = 0 }

    /// - Returns: false when the set is full.
    @inline(__always)
    mutating func insert(_ number: HeaderLineCache.Number) -> Bool {
        guard self.count < Self.capacity else { return false }
        var index = self.count
        self.numbers.withUnsafeMutableBufferPointer { numbers in
            while index > 0, number < numbers[index &- 1] {
                numbers[index] = numbers[index &- 1]
                index &-= 1
            }
            numbers[index] = number
        }
        self.count &+= 1
        return true
    }

    var elements: ArraySlice<HeaderLineCache.Number> { self.numbers[..<self.count] }

    @inline(__always)
    func isEqual(to others: [HeaderLineCache.Number]) -> Bool {
        guard others.count == self.count else { return false }
        for index in others.indices where self.numbers[index] != others[index] { return false }
        return true
    }

    var hash: UInt64 {
        var hash: UInt64 = 0
        for index in 0..<self.count {
            hash = (hash ^ self.numbers[index]) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash &>> 32
        }
        return hash
    }
}
