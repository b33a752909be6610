/// An element of a list, or an entry whose name is a number.
struct FormElement<Leaf: Sendable> {
    let number: Int
    let name: String
    let value: FormTree<Leaf>

    /// `1` and `01` are two names of one number.
    func precedes(_ other: FormElement<some Sendable>) -> Bool {
        self.number != other.number
            ? self.number < other.number : self.name.utf8.lexicographicallyPrecedes(other.name.utf8)
    }
}
