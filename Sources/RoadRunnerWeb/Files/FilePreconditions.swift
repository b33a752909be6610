import HTTPTypes
import HTTPWorker
import RoadRunnerRuntime

/// Decides whether a file is sent, in whole or in part: conditional requests (RFC 9110, section 13) and ranges (section 14).
enum FilePreconditions {
    enum Decision: Equatable {
        case whole
        case part(Range<Int>)
        case notModified
        /// The range lies beyond the end of the file.
        case notSatisfiable
        /// `If-Match` or `If-Unmodified-Since` does not hold.
        case failed
    }

    struct Validators {
        /// The entity tag, with its quotes.
        let eTag: String
        /// The time of the last change, in seconds since 1970.
        let modified: Int
    }

    static func decide(_ method: HTTPRequest.Method, _ headers: HTTPFields, size: Int, _ validators: Validators) -> Decision {
        let eTag = EntityTag(validators.eTag)
        if let isMet = Self.names(eTag, headers[values: .ifMatch], { $0.matchesStrongly($1) }) {
            guard isMet else { return .failed }
        } else if let date = headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse), validators.modified > date {
            return .failed
        }
        let isRead = method == .get || method == .head
        if let isNamed = Self.names(eTag, headers[values: .ifNoneMatch], { $0.matchesWeakly($1) }) {
            // 304 applies only to methods that read: only then does the client have a copy to reuse.
            if isNamed { return isRead ? .notModified : .failed }
        } else if isRead, let date = headers[.ifModifiedSince].flatMap(HTTPDate.parse), validators.modified <= date {
            return .notModified
        }
        guard method == .get, let range = headers[.range], Self.allowsRange(headers[.ifRange], eTag, validators) else {
            return .whole
        }
        return Self.part(range, size: size)
    }

    /// Parses `bytes=0-99`, `bytes=100-`, `bytes=-100`. Anything else, including several ranges, asks for the whole file.
    static func part(_ text: String, size: Int) -> Decision {
        guard Substring(text.utf8.prefix(6)).hasBytesIgnoringCase(of: "bytes=") else { return .whole }
        let parts = text.utf8.dropFirst(6).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(
            Substring.init)
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

    /// A number that overflows is beyond the end of any file.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }

    private static func allowsRange(_ condition: String?, _ eTag: EntityTag?, _ validators: Validators) -> Bool {
        guard let condition else { return true }
        if let given = EntityTag(condition[...].trimmingSpaces) { return eTag?.matchesStrongly(given) ?? false }
        return HTTPDate.parse(condition) == validators.modified
    }

    /// Whether a list of entity tags contains the file's, or is `*`. Malformed tags are ignored.
    ///
    /// - Returns: nil if there is no such header.
    private static func names(
        _ eTag: EntityTag?, _ lines: [String], _ matches: (EntityTag, EntityTag) -> Bool
    ) -> Bool? {
        guard !lines.isEmpty else { return nil }
        let list = HeaderList(lines, quotes: .entityTags)
        if list.elementsEqual(["*"], by: { $0.hasBytes(of: $1) }) { return true }
        guard let eTag else { return false }
        return list.contains { EntityTag($0).map { matches(eTag, $0) } ?? false }
    }
}
