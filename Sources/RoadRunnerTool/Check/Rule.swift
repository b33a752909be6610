/// Checks one part of a set-up.
protocol Rule: Sendable {
    func findings(_ setup: Setup) async -> [Finding]
}
