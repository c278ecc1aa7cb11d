import Digests
import Files
import Foundation
import HDF5Format
import StrictJSON
import Tensors
import Testing

/// A sound file that `Fixtures/make.py` wrote, and what h5py says is in it.
struct Fixture: CustomTestStringConvertible, Sendable {
  let name: String
  let datasets: [String: JSONValue]
  let attributes: [String: JSONValue]

  var testDescription: String { name }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  static let all: [Fixture] = {
    guard let text = try? Data(contentsOf: folder.appending(path: "expected.json")),
      let files = try? JSONValue(parsing: text)["files"]?.object
    else { return [] }
    return files.sorted { $0.key < $1.key }.map { name, content in
      Fixture(
        name: name, datasets: content["datasets"]?.object ?? [:],
        attributes: content["attributes"]?.object ?? [:])
    }
  }()

  /// The file, open.
  func open() throws -> OpenFile {
    try OpenFile.reading(Self.folder.appending(path: name).path)
  }

  /// Its tree, and what of it can be looked up by a path without a slash before it.
  func tree() throws -> HDF5Group {
    let file = try open()
    return try HDF5File(file.slice()).tree()
  }
}

extension HDF5Group {
  /// All datasets below, by their paths.
  func allDatasets(under path: String = "") -> [String: HDF5Dataset] {
    var all: [String: HDF5Dataset] = [:]
    for (name, dataset) in datasets { all[path + name] = dataset }
    for (name, group) in groups {
      all.merge(group.allDatasets(under: path + name + "/")) { _, last in last }
    }
    return all
  }

  /// The attributes of all objects below and of this one, by the objects' paths.
  func allAttributes(at path: String = "") -> [String: [String: HDF5Attribute]] {
    var all = [path: attributes]
    let prefix = path.isEmpty ? "" : path + "/"
    for (name, dataset) in datasets { all[prefix + name] = dataset.attributes }
    for (name, group) in groups {
      all.merge(group.allAttributes(at: prefix + name)) { _, last in last }
    }
    return all
  }
}

extension HDF5Elements {
  /// As `make.py` writes them.
  var word: String {
    switch self {
    case .numbers(let dtype): dtype.rawValue
    case .opaque(let width): "opaque \(width)"
    case .other: "other"
    }
  }
}

extension HDF5Storage {
  /// As `make.py` writes them.
  var word: String {
    switch self {
    case .none: "none"
    case .contiguous: "contiguous"
    case .encoded: "encoded"
    }
  }
}

extension HDF5Attribute {
  /// As `make.py` writes them.
  var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .strings(let texts): .array(texts.map { .string($0) })
    case .unread: .null
    }
  }
}
