public import Goridge

/// The reason why a process could not start.
public struct LaunchError: RoadRunnerError {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case unknownRuntime, missingMode, unservedMode, duplicateMode, bootFailure, cannotListen, standaloneInPool
        }
        private let kind: Kind

        /// `APP_RUNTIME` names a runtime that does not exist.
        public static let unknownRuntime = Code(kind: .unknownRuntime)
        /// The runtime `roadrunner` or `shared` was requested, but `RR_MODE` is not set.
        public static let missingMode = Code(kind: .missingMode)
        /// The kernel has no worker for `RR_MODE`.
        public static let unservedMode = Code(kind: .unservedMode)
        /// The kernel has two workers for one mode.
        public static let duplicateMode = Code(kind: .duplicateMode)
        /// The kernel could not be built.
        public static let bootFailure = Code(kind: .bootFailure)
        /// The standalone runtime cannot listen on its address.
        public static let cannotListen = Code(kind: .cannotListen)
        /// The runtime `standalone` was requested in a process of one of RoadRunner's pools.
        public static let standaloneInPool = Code(kind: .standaloneInPool)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error: what was wrong, and what to do.
    public let description: String
    /// The underlying error, if there is one.
    public let underlying: (any Error)?

    package init(_ code: Code, _ description: String, underlying: (any Error)? = nil) {
        self.code = code
        self.description = description
        self.underlying = underlying
    }

    /// A runtime that talks to no pool was requested in a process that one of them started.
    package static func inPool(_ runtime: RuntimeName, mode: WorkerMode) -> LaunchError {
        LaunchError(
            .standaloneInPool,
            """
            APP_RUNTIME is "\(runtime)", but RR_MODE is "\(mode)": one of RoadRunner's pools started this process and waits for \
            its handshake. Remove APP_RUNTIME from the pool's environment and from .env, or start the program with RoadRunner's \
            service plugin, which sets no RR_MODE
            """)
    }

    static func missingMode(_ runtime: RuntimeName) -> LaunchError {
        LaunchError(
            .missingMode,
            """
            APP_RUNTIME is "\(runtime)", but RR_MODE is not set: this process was not started by one of RoadRunner's pools. \
            Start it with "rr serve", or choose APP_RUNTIME=standalone
            """
        )
    }

    package static func bootFailure(_ error: any Error, mode: WorkerMode?) -> LaunchError {
        let mode = mode.map { " (mode=\($0))" } ?? ""
        return LaunchError(.bootFailure, "BOOT FAILURE\(mode): \(type(of: error)): \(error)", underlying: error)
    }
}
