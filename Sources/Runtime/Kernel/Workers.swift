/// What RoadRunner's `RR_MODE` says: which plugin started the process.
public struct WorkerMode: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The `http` plugin.
    public static let http = WorkerMode(rawValue: "http")
    /// The `centrifuge` plugin: events of Centrifugo.
    public static let centrifuge = WorkerMode(rawValue: "centrifuge")

    public var description: String { self.rawValue }
}

/// The workers of a kernel, one per mode. Written as a list in ``Kernel/workers``.
public protocol Workers: Sendable {
    /// Their types. Known without a kernel, so that a mode that is not served is refused before anything boots.
    static var types: [any Worker.Type] { get }
    /// The workers themselves, in the order in which they are written.
    var all: [any Worker] { get }
}

/// Serves one mode. This package has the workers; `HTTP` is one.
public protocol Worker: Workers {
    /// The value of `RR_MODE` that it serves.
    static var mode: WorkerMode { get }
}

extension Worker {
    public static var types: [any Worker.Type] { [Self.self] }
    public var all: [any Worker] { [self] }
}

/// Several workers.
public struct WorkerList<each Member: Workers>: Workers {
    private let members: (repeat each Member)

    init(_ members: repeat each Member) { self.members = (repeat each members) }

    public static var types: [any Worker.Type] {
        var types: [any Worker.Type] = []
        repeat types += (each Member).types
        return types
    }

    public var all: [any Worker] {
        var all: [any Worker] = []
        repeat all += (each self.members).all
        return all
    }
}

/// Workers behind an `if`. Their modes count as served until the kernel is built; one that is absent then is a boot failure.
public struct OptionalWorkers<Member: Workers>: Workers {
    private let member: Member?

    init(_ member: Member?) { self.member = member }

    public static var types: [any Worker.Type] { Member.types }
    public var all: [any Worker] { self.member?.all ?? [] }
}

/// Workers behind an `if` with an `else`, or a `switch`.
public struct EitherWorkers<First: Workers, Second: Workers>: Workers {
    private enum Choice {
        case first(First)
        case second(Second)
    }

    private let choice: Choice

    init(first: First) { self.choice = .first(first) }
    init(second: Second) { self.choice = .second(second) }

    public static var types: [any Worker.Type] {
        First.types + Second.types.filter { type in !First.types.contains { $0.mode == type.mode } }
    }

    public var all: [any Worker] {
        switch self.choice {
        case .first(let member): member.all
        case .second(let member): member.all
        }
    }
}

/// Collects the workers of a kernel.
@resultBuilder
public enum WorkersBuilder {
    public static func buildBlock<Member: Workers>(_ member: Member) -> Member { member }

    public static func buildOptional<Member: Workers>(_ member: Member?) -> OptionalWorkers<Member> { OptionalWorkers(member) }

    public static func buildEither<First: Workers, Second: Workers>(first: First) -> EitherWorkers<First, Second> {
        EitherWorkers(first: first)
    }

    public static func buildEither<First: Workers, Second: Workers>(second: Second) -> EitherWorkers<First, Second> {
        EitherWorkers(second: second)
    }

    public static func buildBlock<each Member: Workers>(_ members: repeat each Member) -> WorkerList<repeat each Member> {
        WorkerList(repeat each members)
    }
}
