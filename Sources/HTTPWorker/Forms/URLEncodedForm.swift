/// Reads `application/x-www-form-urlencoded`, as RoadRunner does it.
package enum URLEncodedForm {
    package static func parse(_ bytes: UnsafeRawBufferPointer, limits: FormLimits) throws(FormError) -> FormTree<String> {
        var collector = FormCollector<String>()
        var count = 0
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "&") { end += 1 }
            let pair = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            guard !pair.isEmpty else { continue }
            count += 1
            guard count <= limits.parts else {
                throw FormError(.tooLarge, "the form has more than \(limits.parts) fields")
            }
            // As in Go's url.ParseQuery: it was a separator once.
            guard !pair.contains(UInt8(ascii: ";")) else {
                throw FormError(.malformed, "the form has a semicolon that is not written as %3B")
            }
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = UnsafeRawBufferPointer(rebasing: pair[..<equals])
            let value = UnsafeRawBufferPointer(rebasing: pair[min(equals + 1, pair.endIndex)...])
            collector.add(try Self.decode(value), named: try Self.decode(name))
        }
        return try collector.tree(.lastWins)
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormError) -> String {
        guard let decoded = PercentEncoding.decode(bytes, plusIsSpace: true) else {
            throw FormError(.malformed, "the form has a percent sign that is not followed by two hexadecimal digits")
        }
        return String(decoding: decoded, as: UTF8.self)
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

    /// Everything but letters, digits and `-._~` is encoded.
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

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }
}
