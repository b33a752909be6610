public import Logging
public import Tracing

/// The subject of an exchange. Its properties are read only when they are used, and cost nothing otherwise.
public protocol ExchangeSubject: Sendable {
    /// A name without secrets, for log lines and reports: method and path, or kind and channel of an event.
    var name: String { get }
    /// Writes the name into `buffer`, as far as it fits, and returns the number of bytes written. It is called for each exchange,
    /// for the line that reports a crash, and should not allocate. The default implementation copies ``name``.
    func writeName(into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// The source of the route while the exchange runs; nil when the mode has no routes.
    var routeSource: (any RouteSource)? { get }
    /// The HTTP request, with its secrets redacted; nil for other modes.
    var details: RequestDetails? { get }
    /// The initial name of the server span.
    var spanName: String { get }

    /// Adds metadata to the logger of the exchange.
    func prepare(_ logger: inout Logger)
    /// Extracts the trace that the caller sent into `context`, so that the span continues it.
    func extractTrace(into context: inout ServiceContext)
    /// Sets the attributes that are known at the beginning.
    func spanBegan(_ span: any Span)
    /// Sets the attributes that are known at the end. The pipeline has recorded errors by then.
    func spanEnded(_ span: any Span, _ outcome: Outcome)
}

extension ExchangeSubject {
    public var routeSource: (any RouteSource)? { nil }
    public func writeName(into buffer: UnsafeMutableRawBufferPointer) -> Int { buffer.write(self.name, at: 0) }
    public var details: RequestDetails? { nil }
    public var spanName: String { self.name }
    public func prepare(_ logger: inout Logger) {}
    public func extractTrace(into context: inout ServiceContext) {}
    public func spanBegan(_ span: any Span) {}
    public func spanEnded(_ span: any Span, _ outcome: Outcome) {}
}

extension UnsafeMutableRawBufferPointer {
    /// Copies the UTF-8 of `text` as far as it fits. It is not generic, since it is called for each request from other modules,
    /// where it would not be specialized.
    ///
    /// - Returns: the end of the text in the buffer.
    package func write(_ text: String, at start: Int) -> Int {
        guard start < self.count else { return start }
        let rest = UnsafeMutableRawBufferPointer(rebasing: self[start...])
        var text = text
        return text.withUTF8 { source in
            let count = Swift.min(source.count, rest.count)
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(source)[..<count]))
            return start + count
        }
    }
}
