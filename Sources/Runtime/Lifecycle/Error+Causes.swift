extension Error {
    /// The underlying errors, as far as they can be found: those in its properties, or in the values of its case.
    ///
    /// Most errors are not the package's own, so there is no protocol to ask. What counts for all of them is the mirror, and not
    /// `RoadRunnerError.underlying`: an error that must not show what it quotes leaves that out of its mirror.
    package var causes: [any Error] {
        // Of a collection, which may have any number of them.
        let maximumCount = 8
        var causes: [any Error] = []
        for child in Mirror(reflecting: self).children {
            if let cause = child.value as? any Error {
                causes.append(cause)
                continue
            }
            let mirror = Mirror(reflecting: child.value)
            switch mirror.displayStyle {
            case .optional, .tuple, .collection:
                causes += mirror.children.prefix(maximumCount).compactMap { $0.value as? any Error }
            default: continue
            }
        }
        return causes
    }
}
