public import RoadRunnerRuntime

/// Options for serving Centrifugo's events, and for calling Centrifugo without RoadRunner.
public struct CentrifugoOptions: ModuleOptions {
    /// `CENTRIFUGO_LAZY_BOOT`: when the kernel is built.
    public var boot: BootPolicy = .eager
    /// `CENTRIFUGO_API_URL`: Centrifugo's HTTP API, which a standalone program calls, such as `http://127.0.0.1:8000/api`.
    public var apiURL: String?
    /// `CENTRIFUGO_API_KEY`: Centrifugo's `http_api.key`.
    public var apiKey: String?
    /// `CENTRIFUGO_PROXY_SECRET`: the secret that Centrifugo must send to a standalone program, in the header
    /// `X-Centrifugo-Proxy-Secret`.
    ///
    /// Without one, a standalone program that others can reach does not serve events. An empty one counts as none.
    public var proxySecret: String?
    /// `CENTRIFUGO_PROXY_INSECURE`: whether a standalone program serves events without a secret to everyone who can reach it,
    /// because something else keeps others away.
    public var proxyIsInsecure = false

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Omitted ones have their default values.
    public init(
        boot: BootPolicy = .eager, apiURL: String? = nil, apiKey: String? = nil, proxySecret: String? = nil,
        proxyIsInsecure: Bool = false
    ) {
        self.boot = boot
        self.apiURL = apiURL
        self.apiKey = apiKey
        self.proxySecret = proxySecret
        self.proxyIsInsecure = proxyIsInsecure
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let flag = try reader.flag("centrifugo.lazy.boot") { self.boot = flag ? .lazy : .eager }
        if let url = reader.text("centrifugo.api.url") { self.apiURL = url }
        if let key = reader.text("centrifugo.api.key", isSecret: true) { self.apiKey = key }
        if let secret = reader.text("centrifugo.proxy.secret", isSecret: true) { self.proxySecret = secret }
        if let flag = try reader.flag("centrifugo.proxy.insecure") { self.proxyIsInsecure = flag }
    }
}

extension RuntimeOptions {
    /// Options for serving Centrifugo's events, and for calling Centrifugo without RoadRunner.
    public var centrifugo: CentrifugoOptions {
        get { self[CentrifugoOptions.self] }
        set { self[CentrifugoOptions.self] = newValue }
    }
}
