/// A node of a form, with its fields and its files.
struct FormNode {
    var fields = FormTree<String>.missing
    var files = FormTree<Upload>.missing

    var isMissing: Bool {
        if case .missing = self.fields, case .missing = self.files { true } else { false }
    }

    /// Whether there is nothing but an empty string, as from an input that was not filled in.
    var isEmptyText: Bool { self.fields.value?.utf8.isEmpty == true && self.files.isEmpty }

    subscript(name: String) -> FormNode { FormNode(fields: self.fields[name], files: self.files[name]) }

    /// The unique names of the entries of both.
    var names: [String] {
        let fields = self.fields.entries
        return fields.map(\.name) + self.files.entries.map(\.name).filter { fields[$0] == nil }
    }

    /// The elements of a list; a field and a file of one number are one element.
    var elements: [(name: String, node: FormNode)] {
        let (fields, files) = (self.fields.numbered, self.files.numbered)
        var elements: [(name: String, node: FormNode)] = []
        var (nextField, nextFile) = (0, 0)
        while nextField < fields.count || nextFile < files.count {
            let field = nextField < fields.count ? fields[nextField] : nil
            let file = nextFile < files.count ? files[nextFile] : nil
            let takesField = field.map { field in file.map { !$0.precedes(field) } ?? true } ?? false
            let takesFile = file.map { file in field.map { !$0.precedes(file) } ?? true } ?? false
            let place = FormNode(
                fields: takesField ? field?.value ?? .missing : .missing, files: takesFile ? file?.value ?? .missing : .missing)
            elements.append((takesField ? field?.name ?? "" : file?.name ?? "", place))
            if takesField { nextField += 1 }
            if takesFile { nextFile += 1 }
        }
        return elements
    }
}
