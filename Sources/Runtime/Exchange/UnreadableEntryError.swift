/// An error that may mean that an entry is stored but cannot be read: it has another encryption key, is damaged, or is of another
/// type.
///
/// Callers that can do without the entry distinguish it by this protocol from a failing storage.
package protocol UnreadableEntryError: Error {
    var isUnreadable: Bool { get }
}
