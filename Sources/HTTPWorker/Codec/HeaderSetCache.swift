import HTTPTypes

/// Remembers sets of remembered lines that occurred together, and the head that each set makes.
///
/// The requests of a client differ in their path more than in their headers. RoadRunner sends the lines in random order, so sets
/// are compared, not sequences.
///
/// A head is lent for a request: lines that are not remembered are added to it in place, and removed when the request is over.
/// That causes no copy while nothing else holds the head; otherwise copy-on-write gives the next request its own head. Belongs to
/// one thread.
///
/// Measured in `Benchmarks/RESULTS.md`: lent heads, with responses written in place, lower the CPU time of a request by 30 per cent.
struct HeaderSetCache {
    private static let slotCount = 16
    /// The length in bytes up to which URIs are kept beyond their request.
    fileprivate static let maximumURI = 256

    /// A lent head, which belongs to one request; see ``takeBack(_:)``.
    struct Loan: Sendable { fileprivate let slot: Int }

    fileprivate struct Slot {
        var numbers: [HeaderLineCache.Number] = []
        var hash: UInt64 = 0
        var isUsed = false
        var head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil)
        /// The number of the head's lines that are remembered ones.
        var fieldCount = 0
        /// The bytes of the head's method; nil before the first.
        var method: [UInt8]?
        /// The bytes of its scheme and authority.
        var origin: [UInt8] = []
        var scheme: String?
        var authority: String?
        /// The bytes of its whole URI; nil when it has none.
        var uri: [UInt8]?
        /// Whether the URI is forgotten with its request: it is long, or has a query, which may hold secrets.
        var isTransient = false
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)

    /// Makes a head of these lines, method and URI, and lends it.
    mutating func lend(
        _ set: HeaderSet, of lines: HeaderLineCache, method: UnsafeRawBufferPointer, uri: UnsafeRawBufferPointer
    ) throws -> Loan {
        let hash = set.hash
        let index = Int(truncatingIfNeeded: hash &>> 60) & (Self.slotCount - 1)
        try self.slots[index].prepare(for: set, hash: hash, lines: lines, method: method, uri: uri)
        return Loan(slot: index)
    }

    /// Moves the lines out of a lent head, to be changed in place and put back.
    mutating func takeFields(of loan: Loan) -> HTTPFields {
        var fields = HTTPFields()
        swap(&fields, &self.slots[loan.slot].head.headerFields)
        return fields
    }

    mutating func putBack(_ fields: consuming HTTPFields, to loan: Loan) { self.slots[loan.slot].head.headerFields = fields }

    func head(of loan: Loan) -> HTTPRequest { self.slots[loan.slot].head }
    func scheme(of loan: Loan) -> String? { self.slots[loan.slot].scheme }
    func authority(of loan: Loan) -> String? { self.slots[loan.slot].authority }

    /// Ends a request: only the parts of its head that may be remembered are kept.
    @inline(__always)
    mutating func takeBack(_ loan: Loan) { self.slots[loan.slot].removeRest() }
}

extension HeaderSetCache.Slot {
    @inline(__always)
    fileprivate mutating func prepare(
        for set: HeaderSet, hash: UInt64, lines: HeaderLineCache, method: UnsafeRawBufferPointer, uri: UnsafeRawBufferPointer
    ) throws {
        if self.isUsed, self.hash == hash, set.isEqual(to: self.numbers) {
            // The head of a request that is not over yet.
            self.removeRest()
        } else {
            self.remember(set, hash, lines)
        }
        if !(self.method?.areEqual(to: method) ?? false) { try self.setMethod(method) }
        if !(self.uri?.areEqual(to: uri) ?? false) { try self.setTarget(uri) }
    }

    @inline(never)
    private mutating func remember(_ set: HeaderSet, _ hash: UInt64, _ lines: HeaderLineCache) {
        var fields = HTTPFields()
        fields.reserveCapacity(set.count + 4)
        for number in set.elements { if let field = lines.field(of: number) { fields.append(field) } }
        self.numbers = Array(set.elements)
        self.hash = hash
        self.isUsed = true
        self.fieldCount = fields.count
        self.head.headerFields = fields
    }

    @inline(never)
    private mutating func setMethod(_ bytes: UnsafeRawBufferPointer) throws {
        // Before anything is changed: a refused method must not be remembered.
        guard let method = HTTPRequest.Method(bytes.text) else {
            throw RequestDecodingError("\"\(bytes.text)\" is not an HTTP method")
        }
        self.head.method = method
        self.method = Array(bytes)
    }

    @inline(never)
    private mutating func setTarget(_ uri: UnsafeRawBufferPointer) throws {
        let target = RequestTarget(uri)
        // HTTP/2's `:authority` may be anything: the path could begin within it, and differ from the path that RoadRunner's
        // middleware saw.
        if target.isAmbiguous || target.authority.map({ !HostAndPort.isAuthority($0.utf8) }) ?? false {
            throw RequestDecodingError("the request's host is invalid", isClients: true)
        }
        if !self.origin.areEqual(to: target.origin) {
            self.scheme = target.scheme
            self.authority = target.authority
            self.head.scheme = self.scheme
            self.head.authority = self.authority
            self.origin = Array(target.origin)
        }
        self.head.path = target.path
        self.uri = Array(uri)
        self.isTransient = uri.count > HeaderSetCache.maximumURI || uri.contains(UInt8(ascii: "?"))
    }

    @inline(__always)
    fileprivate mutating func removeRest() {
        let more = self.head.headerFields.count &- self.fieldCount
        if more > 0 { self.head.headerFields.removeLast(more) }
        if self.isTransient { self.removeTarget() }
    }

    @inline(never)
    private mutating func removeTarget() {
        self.isTransient = false
        self.uri = nil
        self.head.path = nil
    }
}
