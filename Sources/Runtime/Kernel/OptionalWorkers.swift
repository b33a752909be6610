/// Workers behind an `if`. Their modes count as served until the kernel is built; one that is absent then is a boot failure.
public struct OptionalWorkers<Member: Workers>: Workers {
    private let member: Member?

    init(_ member: Member?) { self.member = member }

    public static var types: [any Worker.Type] { Member.types }
    public var all: [any Worker] { self.member?.all ?? [] }
}
