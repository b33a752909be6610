/// The version of this package.
package enum PackageVersion {
    /// The only place that has it: what names it to others reads it here.
    package static let current = "0.1.0"
}
