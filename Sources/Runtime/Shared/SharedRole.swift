import CSlot

/// What this process is in a pool whose workers share one. It is decided before `main`, by C: a slot is none of Swift's business.
enum SharedRole {
    /// None, or not yet: the environment did not say that the pool is shared.
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

    /// Whether this process serves for others: it has no relay of its own, and its parent is one of its slots.
    static var isHost: Bool { if case .host = self.current { true } else { false } }
}
