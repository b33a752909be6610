/// An entry of a `map<string, HeaderValue>`: a name, and the message that lists its values.
struct HeaderEntry {
    private(set) var name = UnsafeRawBufferPointer(start: nil, count: 0)
    private var list = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Name and values may come in either order, and either may be missing; the last of each counts.
    @inline(__always)
    init(_ entry: UnsafeRawBufferPointer) throws(ProtobufError) {
        var reader = ProtobufReader(entry)
        while true {
            if let (tag, bytes) = reader.nextShort() {
                if tag >> 3 == 1 { self.name = bytes }
                if tag >> 3 == 2 { self.list = bytes }
                continue
            }
            guard let (number, field) = try reader.next() else { return }
            if number == 1 { self.name = try field.bytes(of: number) }
            if number == 2 { self.list = try field.bytes(of: number) }
        }
    }

    @inline(__always)
    func forEachValue(_ body: (UnsafeRawBufferPointer) throws(ProtobufError) -> Void) throws(ProtobufError) {
        var reader = ProtobufReader(self.list)
        while let (number, field) = try reader.next() {
            if number == 1 { try body(try field.bytes(of: number)) }
        }
    }
}
