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
