/// Serves the program, or a page in its place, during development.
protocol DevServer: Sendable {
    /// Starts serving.
    ///
    /// - Throws: when that is not possible.
    func start() async throws

    /// Called when the program has changed.
    func programChanged() async throws

    /// Shows a page, since there is no program.
    func show(_ page: DevPage) async throws

    /// Called when files have changed that the server itself reads.
    func settingsChanged() async throws

    /// Returns, with an error, when the server ends by itself.
    func ended() async throws

    /// Stops the server.
    func stop() async
}
