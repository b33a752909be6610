extension RequestDetails {
    /// The headers that error reporters get: only those that are known to hold no secrets. Others belong to the application, and
    /// may contain anything.
    var reported: RequestDetails {
        var details = RequestDetails(
            method: self.method, path: self.path, query: self.query,
            headers: self.headers.filter { Self.reportedHeaders.contains($0.name.lowercased()) })
        details.origin = self.origin
        return details
    }

    private static let reportedHeaders: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "access-control-request-headers",
        "access-control-request-method", "cache-control", "connection", "content-disposition", "content-encoding",
        "content-language",
        "content-length", "content-location", "content-range", "content-type", "date", "dnt", "expect", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "max-forwards", "origin", "pragma",
        "range", "referer", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode",
        "sec-fetch-site", "sec-fetch-user", "te", "traceparent", "trailer", "transfer-encoding", "upgrade",
        "upgrade-insecure-requests", "user-agent", "via", "x-forwarded-host",
        "x-forwarded-port", "x-forwarded-proto", "x-request-id", "x-requested-with",
    ]
}
