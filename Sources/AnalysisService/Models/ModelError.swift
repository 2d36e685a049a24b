/// Why a model cannot be used. Its description is a sentence for whoever named the model.
struct ModelError: Error, Hashable, CustomStringConvertible {
    let description: String
    /// Another attempt may succeed: what holds the model does not answer.
    var isTemporary = false

    init(_ description: String, isTemporary: Bool = false) {
        self.description = description
        self.isTemporary = isTemporary
    }
}
