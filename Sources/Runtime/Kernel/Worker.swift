/// Serves one mode. This package has the workers; `HTTP` is one.
public protocol Worker: Workers {
    /// The value of `RR_MODE` that it serves.
    static var mode: WorkerMode { get }
}

extension Worker {
    public static var types: [any Worker.Type] { [Self.self] }
    public var all: [any Worker] { [self] }
}
