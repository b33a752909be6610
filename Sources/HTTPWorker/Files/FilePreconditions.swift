import HTTPTypes

/// Whether a file is sent, as a whole or a part of it: conditional requests (RFC 9110, section 13) and ranges (section 14).
enum FilePreconditions {
    enum Decision: Equatable {
        case whole
        case part(Range<Int>)
        case notModified
        /// The range lies beyond the end.
        case notSatisfiable
        /// `If-Match` or `If-Unmodified-Since` does not hold.
        case failed
    }

    struct Validators {
        /// With quotes.
        let eTag: String
        /// In seconds since 1970.
        let modified: Int
    }

    static func decide(_ method: HTTPRequest.Method, _ headers: HTTPFields, size: Int, _ validators: Validators) -> Decision {
        if let list = Self.tags(headers, .ifMatch) {
            guard Self.contains(list, validators.eTag, isStrong: true) else { return .failed }
        } else if let date = headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse), validators.modified > date {
            return .failed
        }
        if let list = Self.tags(headers, .ifNoneMatch) {
            if Self.contains(list, validators.eTag, isStrong: false) { return .notModified }
        } else if let date = headers[.ifModifiedSince].flatMap(HTTPDate.parse), validators.modified <= date {
            return .notModified
        }
        guard method == .get, let range = headers[.range], Self.allowsRange(headers[.ifRange], validators) else { return .whole }
        return Self.part(range, size: size)
    }

    /// `bytes=0-99`, `bytes=100-`, `bytes=-100`. Anything else, several ranges included, asks for the whole.
    static func part(_ text: String, size: Int) -> Decision {
        guard text.prefix(6).lowercased() == "bytes=" else { return .whole }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .whole }
        let first = Self.number(parts[0])
        let last = Self.number(parts[1])
        switch (parts[0].isEmpty, first, parts[1].isEmpty, last) {
        case (true, _, false, let length?):
            // The last bytes.
            guard length > 0, size > 0 else { return .notSatisfiable }
            return .part(max(0, size - length)..<size)
        case (false, let first?, true, _):
            return first < size ? .part(first..<size) : .notSatisfiable
        case (false, let first?, false, let last?):
            guard first <= last else { return .whole }
            return first < size ? .part(first..<(min(last, size - 1) + 1)) : .notSatisfiable
        default:
            return .whole
        }
    }

    /// Numbers that do not fit are beyond the end of any file.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }

    private static func allowsRange(_ condition: String?, _ validators: Validators) -> Bool {
        guard let condition else { return true }
        if condition.hasPrefix("\"") || condition.hasPrefix("W/") { return condition == validators.eTag }
        return HTTPDate.parse(condition) == validators.modified
    }

    private static func tags(_ headers: HTTPFields, _ name: HTTPField.Name) -> [String]? {
        let lines = headers[values: name]
        return lines.isEmpty ? nil : lines
    }

    private static func contains(_ lines: [String], _ eTag: String, isStrong: Bool) -> Bool {
        for line in lines {
            for tag in line.split(separator: ",") {
                let tag = tag.trimmingSpaces
                if tag == "*" || tag == eTag || (!isStrong && tag == "W/\(eTag)") { return true }
            }
        }
        return false
    }
}
