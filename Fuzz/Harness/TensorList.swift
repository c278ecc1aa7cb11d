public import Tensors

/// Tensors as a text that mutations can spell: one a line, `dense/kernel float32 3,4`.
public struct TensorList {
  /// A line of it.
  public struct Tensor {
    public let name: String
    public let dtype: DType
    public let shape: Shape
    /// A word behind the shape, when there is one.
    public let note: String?
    /// As many bytes as the shape takes, one tensor's behind the other's.
    public let extent: ByteExtent
  }

  /// Those lines that are tensors; of two with one name the first.
  public let tensors: [Tensor]

  /// Leaves out all other lines.
  public init(_ text: String) {
    var names: Set<String> = []
    var tensors: [Tensor] = []
    var end: UInt64 = 0
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let dtype = DType(rawValue: String(words[1])),
        let shape = Self.shape(words.dropFirst(2).first ?? ""),
        let byteCount = shape.byteCount(of: dtype),
        let extent = ByteExtent(offset: end, length: UInt64(byteCount)), extent.end < 1 << 40,
        names.insert(String(words[0])).inserted
      else { continue }
      end = extent.end
      tensors.append(
        Tensor(
          name: String(words[0]), dtype: dtype, shape: shape,
          note: words.count > 3 ? String(words[3]) : nil, extent: extent))
    }
    self.tensors = tensors
  }

  private static func shape(_ word: Substring) -> Shape? {
    let dimensions = word.split(separator: ",").map { Int($0) }
    guard dimensions.count <= 8 else { return nil }
    return Shape(dimensions.map { $0 ?? 1 })
  }
}

extension TensorList {
  /// As the model that a source may hold the weights of. The note says which are no weights.
  public func model(config: String, training: String? = nil) -> KnownModel {
    KnownModel(
      format: .kerasArchive, architecture: Architecture(dialect: .keras3, config: config),
      training: TrainingConfiguration(config: training, optimizer: "Adam"),
      variables: tensors.map { tensor in
        KnownVariable(
          path: tensor.name, role: tensor.note.flatMap { Role(rawValue: $0) } ?? .weight,
          slot: nil, dtype: tensor.dtype, shape: tensor.shape)
      })
  }
}
