/// A worker, which serves one mode, such as `HTTP`.
public protocol Worker: Workers {
    /// The mode that it serves, as in `RR_MODE`.
    static var mode: WorkerMode { get }
}

extension Worker {
    public static var types: [any Worker.Type] { [Self.self] }
    public var all: [any Worker] { [self] }
}
