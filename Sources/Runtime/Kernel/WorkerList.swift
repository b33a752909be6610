/// A list of workers, made by ``WorkersBuilder``.
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
