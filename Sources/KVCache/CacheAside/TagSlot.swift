import Goridge

/// The entries that hold a tag's versions, several so that a new version can take over before the old one expires. All count.
enum TagSlot: String, CaseIterable, Sendable {
    case first = "~tag~"
    case second = "~tag="
    /// These are for the rotation of encryption keys, so that versions under the older key last as long as they would have.
    case third = "~tag+"
    case fourth = "~tag*"

    /// The key of a tag's entry, without the store's prefix.
    func key(_ tag: ExactString) -> String { self.rawValue + tag.text }
}
