/// The parts of the absolute URI that RoadRunner composes: `http://HOST/PATH?QUERY`.
struct RequestTarget {
    private let uri: UnsafeRawBufferPointer
    private var schemeEnd: Int?
    private var authorityEnd = 0

    init(_ uri: UnsafeRawBufferPointer) {
        self.uri = uri
        let slash = UInt8(ascii: "/")
        // The first colon ends the scheme, if two slashes follow.
        var colon = 0
        while colon < uri.count, uri[colon] != UInt8(ascii: ":"), uri[colon] != slash { colon += 1 }
        guard colon + 2 < uri.count, uri[colon] == UInt8(ascii: ":"), uri[colon + 1] == slash, uri[colon + 2] == slash else {
            return
        }
        var end = colon + 3
        while end < uri.count, uri[end] != slash, uri[end] != UInt8(ascii: "?") { end += 1 }
        self.schemeEnd = colon
        self.authorityEnd = end
    }

    /// The scheme; `https` only if RoadRunner itself terminates TLS.
    var scheme: String? { self.schemeEnd.map { UnsafeRawBufferPointer(rebasing: self.uri[..<$0]).text } }

    /// The `Host` header; nil if the client sent none (HTTP/1.0).
    var authority: String? {
        guard let schemeEnd, self.authorityEnd > schemeEnd + 3 else { return nil }
        return UnsafeRawBufferPointer(rebasing: self.uri[(schemeEnd + 3)..<self.authorityEnd]).text
    }

    /// Whether path and host cannot be separated. RoadRunner always writes a path: a query right after the host was part of the
    /// host.
    var isAmbiguous: Bool {
        self.schemeEnd != nil && self.authorityEnd < self.uri.count && self.uri[self.authorityEnd] != UInt8(ascii: "/")
    }

    /// The bytes of scheme and authority.
    var origin: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.uri[..<self.authorityEnd]) }

    /// The path and the query, as received.
    var path: String {
        let path = UnsafeRawBufferPointer(rebasing: self.uri[self.authorityEnd...])
        return path.first == UInt8(ascii: "/") ? path.text : "/" + path.text
    }
}
