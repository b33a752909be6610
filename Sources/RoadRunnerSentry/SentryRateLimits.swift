import RoadRunnerRuntime

/// How long the server wants no error reports (Sentry's developer documentation, "Rate Limiting").
struct SentryRateLimits: Sendable {
    /// The pause in seconds when the server gives no valid duration.
    private static let usual = 60
    private static let longest = 86_400

    private var pausedUntil: ContinuousClock.Instant?

    func isPaused(at now: ContinuousClock.Instant) -> Bool { self.pausedUntil.map { $0 > now } ?? false }

    /// Records the limits in a response, whatever its status.
    ///
    /// - Parameters:
    ///   - limits: the lines of `X-Sentry-Rate-Limits`.
    ///   - retryAfter: the `Retry-After` header, used when there are no such lines.
    ///   - date: now, in seconds since 1970.
    /// - Returns: the pause from now in seconds; nil when the response asks for none.
    mutating func note(
        status: UInt, limits: [String], retryAfter: String?, at now: ContinuousClock.Instant, date: Int
    ) -> Int? {
        let seconds: Int
        if limits.isEmpty {
            guard status == 429 else { return nil }
            seconds = retryAfter.map { Self.seconds(retryAfter: $0, date: date) } ?? Self.usual
        } else {
            guard let longest = limits.flatMap(Self.errorLimits).max() else { return nil }
            seconds = longest
        }
        guard seconds > 0 else { return nil }
        let pause = min(seconds, Self.longest)
        self.pausedUntil = max(self.pausedUntil ?? now, now + .seconds(pause))
        return pause
    }

    /// The seconds of those limits that apply to errors: `60:error;transaction:organization, 2700::key`.
    private static func errorLimits(_ line: String) -> [Int] {
        line.utf8.split(separator: UInt8(ascii: ",")).compactMap { limit in
            let parts = limit.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count >= 2 else { return nil }
            let categories = parts[1].split(separator: UInt8(ascii: ";"))
            // Limits without categories apply to everything.
            guard categories.isEmpty || categories.contains(where: { $0.elementsEqual("error".utf8) }) else { return nil }
            return Self.number(Substring(parts[0])) ?? Self.usual
        }
    }

    private static func seconds(retryAfter: String, date: Int) -> Int {
        if let seconds = Self.number(retryAfter[...]) { return seconds }
        guard let end = HTTPDate.parse(retryAfter) else { return Self.usual }
        // A date in the past asks for no pause.
        return max(0, min(end - date, Self.longest))
    }

    private static func number(_ text: Substring) -> Int? {
        let text = text.drop { $0 == " " }
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        // Some servers write fractions. A number that overflows is long enough.
        let rest = text.utf8.dropFirst(digits.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: ".") else { return nil }
        return Int(Substring(digits)) ?? Self.longest
    }
}
