package import HTTPTypes

extension HTTPField.Name {
    /// The name of a header that the program knows, and not its input.
    package init(known name: StaticString) {
        guard let valid = Self("\(name)") else { preconditionFailure("\(name) cannot be the name of a header") }
        self = valid
    }

    package static let centrifugoProxySecret = Self(known: "X-Centrifugo-Proxy-Secret")
    package static let forwarded = Self(known: "Forwarded")
    package static let lastEventID = Self(known: "Last-Event-ID")
    package static let link = Self(known: "Link")
    package static let referrerPolicy = Self(known: "Referrer-Policy")
    package static let xAccelBuffering = Self(known: "X-Accel-Buffering")
    package static let xForwardedFor = Self(known: "X-Forwarded-For")
    package static let xForwardedHost = Self(known: "X-Forwarded-Host")
    package static let xForwardedPort = Self(known: "X-Forwarded-Port")
    package static let xForwardedProto = Self(known: "X-Forwarded-Proto")
    package static let xFrameOptions = Self(known: "X-Frame-Options")
    package static let xSendfile = Self(known: "X-Sendfile")
}
