import Goridge
import NIOCore

/// A value with the data that this package stores beside it where needed: the exact expiry, how long computing took, the tags.
///
/// A value that needs none of it is stored as it is, for other programs to read. A record begins with four bytes with which no
/// JSON, property list or protobuf message begins; other values that begin with them are stored as a record, too.
struct EntryRecord: Equatable {
    static let mark: [UInt8] = [0x00, 0x52, 0x53, 0x01]
    private static let maximumTags = 1000

    struct Tag: Equatable {
        let name: ExactString
        /// The tag's version when the value was stored. Another version means that the tag was invalidated.
        let version: UInt64
    }

    var value: ByteBuffer
    /// The expiry in milliseconds since 1970.
    var expiry: Int64?
    /// How long computing took, in milliseconds.
    var computation: UInt32?
    var tags: [Tag] = []

    enum Malformed: Error { case truncated, tooManyTags, notText }

    init(value: ByteBuffer, expiry: Int64? = nil, computation: UInt32? = nil, tags: [Tag] = []) {
        self.value = value
        self.expiry = expiry
        self.computation = computation
        self.tags = tags
    }

    func ending(_ expiry: Int64?) -> EntryRecord {
        var record = self
        record.expiry = expiry
        return record
    }

    /// Reads the stored bytes.
    init(stored: ByteBuffer) throws(Malformed) {
        guard stored.readableBytesView.starts(with: Self.mark) else {
            self.init(value: stored)
            return
        }
        var rest = stored
        rest.moveReaderIndex(forwardBy: Self.mark.count)
        guard let (expiry, computation, count) = rest.readMultipleIntegers(as: (Int64, UInt32, UInt16).self) else {
            throw .truncated
        }
        guard count <= Self.maximumTags else { throw .tooManyTags }
        var tags: [Tag] = []
        for _ in 0..<count {
            guard let length: UInt16 = rest.readInteger(), let name = rest.readBytes(length: Int(length)),
                let version: UInt64 = rest.readInteger()
            else { throw .truncated }
            guard let name = String(validating: name, as: UTF8.self) else { throw .notText }
            tags.append(Tag(name: ExactString(name), version: version))
        }
        self.init(
            value: rest, expiry: expiry == 0 ? nil : expiry, computation: computation == .max ? nil : computation, tags: tags)
    }

    /// The bytes to store.
    var stored: ByteBuffer {
        let isPlain = self.expiry == nil && self.computation == nil && self.tags.isEmpty
        if isPlain, !self.value.readableBytesView.starts(with: Self.mark) { return self.value }
        var buffer = ByteBuffer()
        buffer.writeBytes(Self.mark)
        buffer.writeMultipleIntegers(self.expiry ?? 0, self.computation ?? .max, UInt16(clamping: self.tags.count))
        for tag in self.tags {
            buffer.writeInteger(UInt16(clamping: tag.name.text.utf8.count))
            buffer.writeString(tag.name.text)
            buffer.writeInteger(tag.version)
        }
        buffer.writeImmutableBuffer(self.value)
        return buffer
    }

    /// Whether a record can hold these tags: at most 1,000 of at most 1,000 bytes.
    static func isPossible(tags: Set<ExactString>) -> Bool {
        tags.count <= self.maximumTags && tags.allSatisfy { (1...1000).contains($0.text.utf8.count) }
    }
}
