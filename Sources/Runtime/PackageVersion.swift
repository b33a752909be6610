/// The version of this package.
package enum PackageVersion {
    /// The current version. This is the only place that has it.
    package static let current = "0.1.0"
}
