import RoadRunnerRuntime

/// A route, and its distance to a path that matches no route.
package struct NearRoute: Sendable, Hashable {
    /// The route's pattern, such as `/users/{id}`.
    package let pattern: String
    /// The route's methods; `HEAD` is implied by `GET`.
    package let methods: [String]
    /// Whether the path matches the pattern, so only the method differs.
    package let isMatch: Bool
    private let distance: Int

    /// The number of parts that are compared; longer paths are compared by their beginning.
    private static let maximumParts = 16
    private static let maximumBytes = 64

    /// Groups routes by their pattern, nearest first.
    static func sorted(_ routes: [KernelDescription.Route], for path: String) -> [NearRoute] {
        let parts = Self.parts(of: path)
        var methods: [String: [String]] = [:]
        for route in routes { methods[route.pattern ?? "/**", default: []].append(route.kind) }
        return methods.map { pattern, methods in
            let wanted = Self.parts(of: pattern)
            let shown = methods.filter { $0 != "HEAD" || !methods.contains("GET") }.sorted()
            return NearRoute(
                pattern: pattern, methods: shown, isMatch: Self.matches(parts, wanted),
                distance: Self.distance(parts, wanted))
        }
        .sorted { ($0.isMatch ? 0 : 1, $0.distance, $0.pattern) < ($1.isMatch ? 0 : 1, $1.distance, $1.pattern) }
    }

    private static func parts(of path: String) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: Self.maximumParts)
            .map { Substring($0.prefix(Self.maximumBytes)) }
    }

    private static func matches(_ parts: [Substring], _ pattern: [Substring]) -> Bool {
        if let catchAll = pattern.firstIndex(of: "**") {
            return parts.count > catchAll && zip(parts, pattern[..<catchAll]).allSatisfy(Self.matches)
        }
        return parts.count == pattern.count && zip(parts, pattern).allSatisfy(Self.matches)
    }

    private static func matches(_ part: Substring, _ pattern: Substring) -> Bool {
        Self.isWildcard(pattern) || part.utf8.elementsEqual(pattern.utf8)
    }

    private static func isWildcard(_ part: Substring) -> Bool {
        part.utf8.first == UInt8(ascii: "{") || part.utf8.first == UInt8(ascii: "*") || part.utf8.first == UInt8(ascii: ":")
    }

    /// The number of differing bytes, part by part. Any string is near a parameter, but an exact match is nearer.
    private static func distance(_ parts: [Substring], _ pattern: [Substring]) -> Int {
        var distance = 0
        for index in 0..<max(parts.count, pattern.count) {
            // It matches all remaining parts.
            if index < pattern.count, pattern[index] == "**" { return distance + 3 }
            if index >= parts.count {
                distance += Self.isWildcard(pattern[index]) ? 4 : 6 + pattern[index].utf8.count
            } else if index >= pattern.count {
                distance += 6 + parts[index].utf8.count
            } else if Self.isWildcard(pattern[index]) {
                distance += 3
            } else {
                distance += 2 * Self.edits(Array(parts[index].utf8), Array(pattern[index].utf8))
            }
        }
        return distance
    }

    /// The number of bytes to insert, remove or replace (Levenshtein).
    private static func edits(_ one: [UInt8], _ other: [UInt8]) -> Int {
        guard one != other else { return 0 }
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (byte == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
