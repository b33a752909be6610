/// The options of a frame: at most ten unsigned 32-bit integers.
///
/// A worker's frames carry one (the length of the context), RPC frames two (the sequence number and the length of the method's
/// name), so up to two are stored without an allocation.
public struct FrameOptions: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral {
    /// The largest number of options that RoadRunner can read.
    public static let maximumCount = 10

    private var first: UInt32 = 0
    private var second: UInt32 = 0
    private var rest: [UInt32] = []
    public private(set) var count = 0

    public var startIndex: Int { 0 }
    public var endIndex: Int { self.count }

    /// Creates an empty list of options.
    public init() {}

    /// Creates options from a literal. It traps for more than ten elements, which are a mistake in the source.
    public init(arrayLiteral elements: UInt32...) {
        precondition(elements.count <= Self.maximumCount, "a frame has at most \(Self.maximumCount) options")
        for element in elements { self.append(element) }
    }

    public subscript(position: Int) -> UInt32 {
        precondition(position >= 0 && position < self.count, "option \(position) of \(self.count)")
        switch position {
        case 0: return self.first
        case 1: return self.second
        default: return self.rest[position - 2]
        }
    }

    package mutating func append(_ option: UInt32) {
        switch self.count {
        case 0: self.first = option
        case 1: self.second = option
        default: self.rest.append(option)
        }
        self.count += 1
    }
}
