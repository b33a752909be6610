import HTTPWorker

/// JSON values by name. Names are compared as bytes: Swift considers some different ones equal.
struct SessionValues: Sendable {
    private struct Entry: Codable, Sendable {
        let name: String
        var json: String
    }

    private var entries: [Entry] = []

    init() {}

    var isEmpty: Bool { self.entries.isEmpty }

    subscript(name: String) -> String? {
        get { self.index(name).map { self.entries[$0].json } }
        set {
            switch (self.index(name), newValue) {
            case (let index?, let json?): self.entries[index].json = json
            case (let index?, nil): self.entries.remove(at: index)
            case (nil, let json?): self.entries.append(Entry(name: name, json: json))
            case (nil, nil): break
            }
        }
    }

    private func index(_ name: String) -> Int? { self.entries.firstIndex { $0.name.hasBytes(of: name) } }
}

extension SessionValues: Codable {
    init(from decoder: any Decoder) throws { self.entries = try [Entry](from: decoder) }
    func encode(to encoder: any Encoder) throws { try self.entries.encode(to: encoder) }
}
