public import RoadRunnerRuntime

/// Options for finding key-value stores and encoding values.
public struct KeyValueOptions: ModuleOptions {
    /// A coder that comes with the package.
    public enum Serializer: String, Sendable {
        /// JSON, which every language reads: ``JSONValueCoder``.
        case json
        /// Strings and bytes as they are: ``RawValueCoder``.
        case raw
        /// Binary property lists: ``PropertyListValueCoder``.
        case plist
        /// Protobuf messages: ``ProtobufValueCoder``.
        case protobuf
    }

    /// `KV_AUTO_REGISTER`: whether names are checked against RoadRunner's configuration. When false, every name is accepted.
    public var autoRegister: Bool
    /// `KV_SERIALIZER`: how values are encoded unless the code names a coder: `json`, `raw`, `plist` or `protobuf`.
    public var serializer: Serializer

    /// Creates options with their default values.
    public init() { self.init(autoRegister: true) }

    /// Creates options. Omitted ones have their default values.
    public init(autoRegister: Bool = true, serializer: Serializer = .json) {
        self.autoRegister = autoRegister
        self.serializer = serializer
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let flag = try reader.flag("kv.auto.register") { self.autoRegister = flag }
        if let name = reader.text("kv.serializer") {
            guard let serializer = Serializer(rawValue: name.lowercased()) else {
                throw OptionError(key: "KV_SERIALIZER", value: name, expectation: "json, raw, plist or protobuf")
            }
            self.serializer = serializer
        }
    }

    /// The coder that ``serializer`` names.
    var coder: any ValueCoder {
        switch self.serializer {
        case .json: JSONValueCoder()
        case .raw: RawValueCoder()
        case .plist: PropertyListValueCoder()
        case .protobuf: ProtobufValueCoder()
        }
    }
}

extension RuntimeOptions {
    /// Options for finding key-value stores and encoding values.
    public var keyValue: KeyValueOptions {
        get { self[KeyValueOptions.self] }
        set { self[KeyValueOptions.self] = newValue }
    }
}
