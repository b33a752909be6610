/// Reads `application/x-www-form-urlencoded` as Go's `net/url` does in RoadRunner.
enum URLEncodedForm {
    static func parse(_ bytes: UnsafeRawBufferPointer, limits: FormLimits) throws(FormError) -> FormTree<String> {
        var collector = FormCollector<String>()
        var length = 0
        try Self.forEachPair(of: bytes, upTo: limits.parts, "the form") { name, value throws(FormError) in
            length += name.count + value.count
            guard length <= limits.fieldBytes else { throw FormError.fieldsTooLong(limits.fieldBytes) }
            collector.add(String(replacingInvalidBytesOf: value), named: name)
        }
        return try collector.tree()
    }

    /// - Parameter what: the subject of error texts.
    static func forEachPair(
        of bytes: UnsafeRawBufferPointer, upTo maximum: Int, _ what: String,
        _ body: (_ name: [UInt8], _ value: [UInt8]) throws(FormError) -> Void
    ) throws(FormError) {
        // Empty pairs count.
        guard bytes.count(where: { $0 == UInt8(ascii: "&") }) < maximum else {
            throw FormError(.tooLarge, "\(what) has more than \(maximum) fields")
        }
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "&") { end += 1 }
            let pair = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            guard !pair.isEmpty else { continue }
            // Semicolons were separators in earlier standards.
            guard !pair.contains(UInt8(ascii: ";")) else {
                throw FormError(.malformed, "\(what) has a semicolon that is not written as %3B")
            }
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = UnsafeRawBufferPointer(rebasing: pair[..<equals])
            let value = UnsafeRawBufferPointer(rebasing: pair[min(equals + 1, pair.endIndex)...])
            guard let name = PercentEncoding.decode(name, plusIsSpace: true),
                let value = PercentEncoding.decode(value, plusIsSpace: true)
            else { throw FormError(.malformed, "\(what) has a percent sign that is not followed by two hexadecimal digits") }
            try body(name, value)
        }
    }
}
