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
