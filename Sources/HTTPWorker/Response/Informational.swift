public import HTTPTypes
import Hummingbird
import Logging
import RoadRunnerRuntime

extension RoadRunnerRequestContext {
    /// Sends an informational response before the final one, for example early hints (103), which let browsers load the page's
    /// resources while the page is being produced.
    ///
    /// RoadRunner up to 2025 loses the status of the final response after it. With such a version it is not sent, unless
    /// ``HTTPOptions/informationalResponses`` (`HTTP_INFORMATIONAL`) is `always`: then the first one is sent, its header lines
    /// are repeated in the final response, and that one should be a 200. The `Link` lines of unsent responses are added to the
    /// final response, where browsers can still use them.
    ///
    /// - Returns: whether it was sent.
    /// - Throws: ``InformationalError``, or `CancellationError` when the response is no longer awaited.
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
            self.logger.debug("skipped the second informational response: this RoadRunner drops it")
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
    /// Sets the sender, for servers that can send informational responses unchanged.
    ///
    /// - Parameter send: returns false when the final response was sent.
    package func offerInformational(_ send: @escaping @Sendable (HTTPResponse) async throws -> Bool) {
        self.withState { $0.informational.send = send }
    }

    /// Keeps the links of a response that cannot be sent.
    fileprivate func keepLinks(of headers: HTTPFields) {
        let links = headers[fields: .link]
        guard !links.isEmpty else { return }
        // Limited, since a loop may send any number of them.
        self.withState { state in
            let free = max(0, InformationalState.maximumLinks - state.informational.unsentLinks.count)
            state.informational.unsentLinks += links.prefix(free)
        }
    }

    /// Ends informational responses: the final response is next.
    ///
    /// - Returns: the responses that were sent before it.
    func finishInformational() -> InformationalState {
        self.withState { state in
            guard state.informational.send != nil else { return state.informational }
            state.informational.isTooLate = true
            state.informational.window?.close()
            // The closure holds the request, which would keep itself alive.
            state.informational.send = nil
            return state.informational
        }
    }
}

/// A notice that is logged once per process.
private enum InformationalNotice {
    private static let once = AtomicFlag()

    static func log(_ logger: Logger) {
        self.once.perform {
            logger.notice(
                """
                informational responses (103 and others) are not sent: this RoadRunner would lose the status of the final response. \
                Set HTTP_INFORMATIONAL=always to send them anyway
                """)
        }
    }
}

extension Response {
    /// Adds the `Link` lines of informational responses that could not be sent.
    func adding(links: [HTTPField]) -> Response {
        // The headers of a 304 would change the cached response.
        guard self.status != .notModified else { return self }
        var response = self
        for link in links where !response.headers[values: .link].contains(where: { $0.hasBytes(of: link.value) }) {
            response.headers.append(link)
        }
        return response
    }

    /// Removes the header lines that RoadRunner repeats by itself.
    func removing(_ repeated: [HTTPField]) -> Response {
        var response = self
        response.headers = HTTPFields(self.headers.filter { !repeated.contains($0) })
        return response
    }
}
