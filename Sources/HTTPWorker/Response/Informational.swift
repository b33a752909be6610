public import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime

/// How a request's informational responses are sent, and which were.
struct InformationalState: Sendable {
    /// Sends one.
    ///
    /// - Returns: false when the final response was, so that it is too late.
    typealias Sender = @Sendable (HTTPResponse) async throws -> Bool

    /// Nil where there is no way to.
    var send: Sender?
    var support = InformationalSupport.full
    /// Header lines that the client has got already and will get again with the final response.
    var repeated: [HTTPField] = []
    /// `Link` lines of those that could not be sent: the final response has them.
    var unsentLinks: [HTTPField] = []
    var count = 0
    var isTooLate = false
    /// The same for senders on other threads.
    var window: InformationalWindow?

    static let unavailable = InformationalState()
    static let maximumLinks = 100
}

/// How informational responses reach the client.
enum InformationalSupport: Sendable {
    /// They arrive as they are sent.
    case full
    /// RoadRunner up to 2025: the first one arrives, its header lines come again with the final response, and the final status is
    /// lost: the client sees 200.
    case lossy
    /// They are not sent.
    case off

    /// - Parameter version: `RR_VERSION`.
    init(_ policy: InformationalPolicy, roadRunnerVersion version: String?) {
        let year = Self.year(of: version)
        switch policy {
        case .never: self = .off
        // Where the version is not known nothing is left out of the final response: that is what old ones do.
        case .always: self = year.map { $0 < Self.firstFixedYear } ?? false ? .lossy : .full
        case .automatic: self = year.map { $0 >= Self.firstFixedYear } ?? false ? .full : .off
        }
    }

    /// The first release that keeps the final status is one of 2026 (`http` plugin v6).
    private static let firstFixedYear = 2026

    /// A development build calls itself `2026-dev-82d735ef`; builds without a number may be any.
    private static func year(of version: String?) -> Int? {
        let digits = (version ?? "").utf8.drop { $0 == UInt8(ascii: "v") }.prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return Int(Substring(digits))
    }
}

extension RoadRunnerRequestContext {
    /// Sends an informational response before the final one: early hints (103), so that browsers load what the page needs
    /// while it is being made.
    ///
    /// RoadRunner up to 2025 loses the status of the final response after it. There it is not sent, unless
    /// ``HTTPOptions/informationalResponses`` (`HTTP_INFORMATIONAL`) says `always`: then the first one is sent, its header lines
    /// come with the final response as well, and that one should be a 200. `Link` lines of what is not sent come with the final response,
    /// where browsers can still use them.
    ///
    /// - Returns: whether it was sent.
    /// - Throws: ``InformationalError``, or `CancellationError` when nobody waits for the response any more.
    @discardableResult
    public func sendInformational(_ status: HTTPResponse.Status = .earlyHints, headers: HTTPFields) async throws -> Bool {
        guard status.kind == .informational, status.code != 101 else {
            throw InformationalError(code: .notInformational, status: status.code)
        }
        let state = self.info.withState { $0.informational }
        guard !state.isTooLate else { throw InformationalError(code: .tooLate, status: status.code) }
        guard let send = state.send, state.support != .off else {
            InformationalNotice.log(self.logger)
            self.info.keepLinks(of: headers)
            return false
        }
        if state.support == .lossy, state.count > 0 {
            self.logger.debug("the second informational response was not sent: this RoadRunner would swallow it")
            self.info.keepLinks(of: headers)
            return false
        }
        self.info.withState { state in
            state.informational.count += 1
            if state.informational.support == .lossy { state.informational.repeated += headers }
        }
        guard try await send(HTTPResponse(status: status, headerFields: headers)) else {
            throw InformationalError(code: .tooLate, status: status.code)
        }
        return true
    }
}

extension RequestInfo {
    /// For servers that can send them as they are.
    ///
    /// - Parameter send: returns false when the final response was sent.
    package func offerInformational(_ send: @escaping @Sendable (HTTPResponse) async throws -> Bool) {
        self.withState { $0.informational.send = send }
    }

    /// An informational response cannot be sent.
    fileprivate func keepLinks(of headers: HTTPFields) {
        let links = headers[fields: .link]
        guard !links.isEmpty else { return }
        // A limit, since a loop may make any number of them.
        self.withState { state in
            let free = max(0, InformationalState.maximumLinks - state.informational.unsentLinks.count)
            state.informational.unsentLinks += links.prefix(free)
        }
    }

    /// The final response is next.
    package func endInformational() { _ = self.finishInformational() }

    /// The final response is next.
    ///
    /// - Returns: what was sent before it.
    func finishInformational() -> InformationalState {
        self.withState { state in
            guard state.informational.send != nil else { return state.informational }
            state.informational.isTooLate = true
            state.informational.window?.close()
            // The closure that sends them holds the request, which would keep itself alive.
            state.informational.send = nil
            return state.informational
        }
    }
}

/// One line for a process.
private enum InformationalNotice {
    private static let once = AtomicFlag()

    static func log(_ logger: Logger) {
        self.once.perform {
            logger.notice(
                """
                informational responses (103 and others) are not sent: this RoadRunner would lose the status of the final response. \
                HTTP_INFORMATIONAL=always sends them all the same
                """)
        }
    }
}

extension HTTPField.Name {
    static let link = HTTPField.Name("Link") ?? .via
}

extension Response {
    /// With the `Link` lines of informational responses that could not be sent.
    func adding(links: [HTTPField]) -> Response {
        // A 304 changes what a cache has.
        guard self.status != .notModified else { return self }
        var response = self
        for link in links where !response.headers[values: .link].contains(where: { $0.hasBytes(of: link.value) }) {
            response.headers.append(link)
        }
        return response
    }

    /// Without the header lines that RoadRunner repeats by itself.
    func removing(_ repeated: [HTTPField]) -> Response {
        var response = self
        response.headers = HTTPFields(self.headers.filter { !repeated.contains($0) })
        return response
    }
}
