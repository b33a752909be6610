/// An error that may say that an entry is stored, but cannot be read: its key is another, it is damaged, or of another type.
///
/// Callers that can do without the entry tell it by this from a storage that fails.
package protocol UnreadableEntryError: Error {
    var isUnreadable: Bool { get }
}
