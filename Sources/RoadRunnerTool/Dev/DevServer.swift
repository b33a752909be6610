/// Serves what is at a place, while one develops.
protocol DevServer: Sendable {
    /// Begins to serve.
    ///
    /// - Throws: where that is not possible.
    func start() async throws

    /// The program is another one now.
    func programChanged() async throws

    /// There is no program; a page is shown.
    func show(_ page: DevPage) async throws

    /// Files have changed that the server reads itself.
    func settingsChanged() async throws

    /// Returns, with an error, when it has ended by itself.
    func ended() async throws

    /// Ends it.
    func stop() async
}
