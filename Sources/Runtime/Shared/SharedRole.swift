import CSlot

/// The role of this process in a pool whose workers share one. C code decides it before `main`: no Swift runs in a slot.
enum SharedRole {
    /// No role, or not yet: the environment does not configure a shared pool.
    case none
    /// The process that serves all slots, which connect to `listener`.
    case host(listener: CInt)
    /// A slot without a host.
    case alone(reason: String)

    static var current: SharedRole {
        switch Int(roadrunner_shared_role()) {
        case ROADRUNNER_SHARED_HOST: .host(listener: roadrunner_shared_listener())
        case ROADRUNNER_SHARED_ALONE: .alone(reason: String(cString: roadrunner_shared_reason()))
        default: .none
        }
    }

    /// Whether this process is a host: it has no relay itself, and its parent is one of its slots.
    static var isHost: Bool { if case .host = self.current { true } else { false } }
}
