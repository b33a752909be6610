import RoadRunnerRuntime

/// The choices for a new project.
struct ProjectChoices: Sendable, Hashable {
    /// A driver of RoadRunner's key-value storages.
    enum Storage: String, Sendable, Hashable, CaseIterable {
        case memory, boltdb, redis, memcached

        /// The storage's name in the project.
        var name: String {
            switch self {
            case .memory: "cache"
            case .boltdb: "store"
            case .redis, .memcached: self.rawValue
            }
        }
    }

    /// How the project runs in production.
    enum Runtime: String, Sendable, Hashable, CaseIterable {
        /// Workers of RoadRunner's pool.
        case pool
        /// A pool whose workers share one process.
        case shared
        /// One process that serves by itself, under RoadRunner's supervision.
        case native
    }

    /// The source of the package roadrunner-swift.
    enum Dependency: Sendable, Hashable {
        case release(String)
        case path(String)
    }

    /// The first release of this package whose declarations the templates use.
    static let release = Dependency.release(PackageVersion.current)

    /// The package's name.
    var name: String
    var servesHTTP = true
    var usesCentrifugo = false
    /// The storages, each once and in the order of the cases.
    var storages: [Storage] = []
    var encrypts = false
    var runtime = Runtime.pool
    var dependency = Self.release

    /// The names of all storages.
    var storageNames: [String] { self.storages.map(\.name) + (self.encrypts ? ["vault"] : []) }

    /// Whether the project keeps files in the folder `var`.
    var keepsFiles: Bool { self.encrypts || self.storages.contains(.boltdb) }

    /// Whether RoadRunner has a pool of workers.
    var hasPool: Bool { self.usesCentrifugo || self.runtime != .native }

    /// The products that the program imports.
    var products: [String] {
        ["RoadRunner"] + (self.storageNames.isEmpty ? [] : ["KVCache"]) + (self.encrypts ? ["KVEncryption"] : [])
            + (self.usesCentrifugo ? ["Centrifugo", "CentrifugoHTTP"] : [])
    }

    /// - Throws: for an invalid package name, or for a project that serves nothing.
    func check() throws(ToolError) {
        let name = self.name.utf8
        let isName = name.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, let first = name.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            first != UInt8(ascii: "-"),
            name.count <= 64
        else {
            throw ToolError(
                .invalidName, "\"\(self.name)\" cannot be a package's name",
                remedy: "a name has letters, digits, - and _, begins with a letter, and has at most 64 characters")
        }
        guard self.name.lowercased() != "roadrunner-swift" else {
            throw ToolError(
                .invalidName, "the package cannot have the name roadrunner-swift, like the package that it depends on",
                remedy: "choose another name")
        }
        guard self.servesHTTP || self.usesCentrifugo else {
            throw ToolError(.invalidName, "the program would serve nothing", remedy: "omit --no-http, or add --centrifugo")
        }
        guard self.servesHTTP || self.runtime != .native else {
            throw ToolError(
                .invalidName, "the runtime native serves HTTP, which --no-http excludes", remedy: "omit one of them")
        }
    }
}
