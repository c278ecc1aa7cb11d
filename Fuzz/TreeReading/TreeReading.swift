public import HDF5Format
import Harness
import Tensors

/// The tree of an HDF5 file as a text that mutations can spell, a line for an object or attribute:
///
///     layers/dense/vars/0 float32 3,4
///     model_weights @layer_names dense dense_1
///     model_weights/dense @name =dense
///
/// Instead of a type there may be `opaque` or `other`.
public enum TreeReading {
  /// The tree with the lines that say something.
  public static func tree(_ text: String) -> HDF5Group {
    var root = HDF5Group()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count >= 2 else { continue }
      let path = words[0].split(separator: "/").map(String.init)
      guard path.count <= HDF5Limits.depth else { continue }
      if words[1].hasPrefix("@") {
        let name = String(words[1].dropFirst())
        change(&root, path[...]) { $0.attributes[name] = attribute(Array(words.dropFirst(2))) }
      } else if let name = path.last, let dataset = dataset(line) {
        change(&root, path.dropLast()) { group in
          guard group.groups[name] == nil else { return }
          group.datasets[name] = dataset
        }
      }
    }
    return root
  }

  private static func attribute(_ words: [String]) -> HDF5Attribute {
    if words == ["?"] { return .unread }
    guard words.count == 1, words[0].hasPrefix("=") else { return .strings(words) }
    return .string(String(words[0].dropFirst()))
  }

  private static func dataset(_ line: Substring) -> HDF5Dataset? {
    let words = line.split(separator: " ")
    let list = TensorList("x float32 \(words.count > 2 ? words[2] : "")")
    guard let shape = list.tensors.first?.shape else { return nil }
    if words[1] == "opaque" || words[1] == "other" {
      return HDF5Dataset(
        elements: words[1] == "opaque" ? .opaque(byteWidth: 2) : .other("a string"), shape: shape,
        storage: .encoded)
    }
    guard let dtype = DType(rawValue: String(words[1])), let byteCount = shape.byteCount(of: dtype),
      let extent = ByteExtent(offset: 0, length: UInt64(byteCount))
    else { return nil }
    let isEncoded = words.count > 3 && words[3] == "encoded"
    return HDF5Dataset(
      elements: .numbers(dtype), shape: shape,
      storage: byteCount == 0 ? .none : isEncoded ? .encoded : .contiguous(extent))
  }

  /// Changes the group at a path, which is made where nothing is.
  private static func change(
    _ group: inout HDF5Group, _ path: ArraySlice<String>, _ body: (inout HDF5Group) -> Void
  ) {
    guard let name = path.first else { return body(&group) }
    guard group.datasets[name] == nil else { return }
    change(&group.groups[name, default: HDF5Group()], path.dropFirst(), body)
  }
}
