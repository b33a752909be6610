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

/// Percent encoding (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// - Returns: nil when a percent sign is not followed by two hexadecimal digits.
    package static func decode(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.underestimatedCount)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(Self.digit), let low = iterator.next().flatMap(Self.digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        return decoded
    }

    /// Encodes everything but letters, digits and `-._~`.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Returns the byte that two hexadecimal digits stand for.
    static func byte(_ digits: some Collection<UInt8>) -> UInt8? {
        var iterator = digits.makeIterator()
        guard let high = iterator.next().flatMap(Self.digit), let low = iterator.next().flatMap(Self.digit) else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }
}
