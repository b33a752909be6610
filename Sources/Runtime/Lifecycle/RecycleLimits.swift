import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The limits at which a worker asks RoadRunner for a replacement, before RoadRunner's own limits (`pool.supervisor`) end it in the
/// middle of a request.
public struct RecycleLimits: Sendable, Hashable {
    /// The limit of resident memory, in bytes; nil for no limit. It is checked after responses, once a second at most.
    public var residentMemory: Int?
    /// The limit of the process's age; nil for no limit. Each process subtracts up to a tenth at random, so that not all end at the
    /// same time.
    public var age: Duration?

    /// Creates limits; nil means no limit.
    public init(residentMemory: Int? = nil, age: Duration? = nil) {
        self.residentMemory = residentMemory
        self.age = age
    }
}

/// The limits of one process: a value, which is given the time.
struct RecycleState: Sendable {
    private let memoryLimit: Int?
    private let end: UInt64?
    private var nextLook: UInt64 = 0

    init(_ limits: RecycleLimits, now: UInt64, using generator: inout some RandomNumberGenerator) {
        self.memoryLimit = limits.residentMemory
        self.end = limits.age.map { age in
            let length = age.clampedNanoseconds
            let less = UInt64.random(in: 0...(length / 10), using: &generator)
            let end = now.addingReportingOverflow(length - less)
            return end.overflow ? .max : end.partialValue
        }
    }

    var hasLimits: Bool { self.memoryLimit != nil || self.end != nil }

    /// - Parameter memory: called once a second at most.
    /// - Returns: the reason why another worker should take over; nil when there is none.
    mutating func reason(now: UInt64, memory: () -> Int?) -> String? {
        if let end, now >= end { return "it has reached its maximum age" }
        guard let memoryLimit, now >= self.nextLook else { return nil }
        self.nextLook = now.addingReportingOverflow(1_000_000_000).partialValue
        guard let resident = memory(), resident > memoryLimit else { return nil }
        return "it has \(resident) bytes of resident memory, more than \(memoryLimit)"
    }
}

enum ProcessMemory {
    /// The resident memory of this process, in bytes; nil where the system does not report it.
    static func resident() -> Int? {
        #if canImport(Darwin)
        var info = mach_task_basic_info()
        var count = mach_msg_type_number_t(MemoryLayout<mach_task_basic_info>.size / MemoryLayout<natural_t>.size)
        let result = withUnsafeMutablePointer(to: &info) {
            $0.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), $0, &count)
            }
        }
        return result == KERN_SUCCESS ? Int(info.resident_size) : nil
        #else
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { SystemCall.closeDescriptor(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer -> Int? in
            guard case .bytes(let length) = SystemCall.read(descriptor, into: buffer), length > 0 else { return nil }
            let text = String(decoding: buffer[..<length], as: UTF8.self)
            let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            return pages.map { $0 * Int(sysconf(CInt(_SC_PAGESIZE))) }
        }
        #endif
    }
}
