/// The handlers of one kind of event, in the order in which they are called. Built once, at boot.
struct RouteTable<Event: Sendable, Response>: Sendable {
    typealias Handler = EventHandler<Event, Response>

    /// A name as Centrifugo compares it: by bytes. Swift takes strings of different bytes for equal.
    private struct Name: Hashable, Sendable {
        let text: String

        static func == (one: Name, other: Name) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = self.text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private struct Compiled: Sendable {
        let name: Name?
        let wildcard: ChannelPattern?
        let handler: Handler

        /// - Returns: nil for other kinds of events.
        init?(_ route: CentrifugoRoute) {
            guard let handler = route.handler as? Handler else { return nil }
            self.name = route.pattern.map(Name.init)
            self.wildcard = route.pattern.flatMap { ChannelPattern($0) }
            self.handler = handler
        }

        func matches(_ name: Name) -> Bool { self.wildcard?.matches(name.text) ?? (self.name == nil || self.name == name) }
    }

    private let ordered: [Compiled]
    /// Exact names, each with all matching handlers: one look-up.
    private let exact: [Name: [Handler]]

    /// - Parameter routes: those of all kinds, in order.
    init(_ routes: [CentrifugoRoute]) throws(RouteError) where Event: ProxyEvent {
        let ordered = routes.compactMap(Compiled.init)
        var names: Set<Name> = []
        for route in ordered {
            guard let name = route.name else { continue }
            guard !name.text.isEmpty else {
                throw RouteError(.emptyPattern, Event.kind, "a pattern must not be empty; omit it to handle everything")
            }
            if route.wildcard == nil, !names.insert(name).inserted {
                throw RouteError(.duplicateRoute, Event.kind, "there are two handlers for exactly \"\(name.text)\": remove one")
            }
        }
        self.ordered = ordered
        self.exact = Dictionary(
            uniqueKeysWithValues: names.map { name in (name, ordered.filter { $0.matches(name) }.map(\.handler)) })
    }

    var isEmpty: Bool { self.ordered.isEmpty }

    /// Returns the handlers that may answer for `name`, in order.
    func handlers(for name: String) -> [Handler] {
        let name = Name(text: name)
        return self.exact[name] ?? self.ordered.filter { $0.matches(name) }.map(\.handler)
    }

    /// Returns the handlers that may answer for one of `names`, each once and in order; without names, the handlers without a
    /// pattern.
    func handlers(forAny names: [String]) -> [Handler] {
        let names = names.map(Name.init)
        return self.ordered.filter { route in route.name == nil || names.contains { route.matches($0) } }.map(\.handler)
    }
}
