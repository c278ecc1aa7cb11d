import StrictJSON
import Tensors

extension Dialect {
  /// How a configuration is spelled: as the version says that wrote it, else by what only one
  /// Keras writes.
  init(of config: JSONValue, version: KerasVersion?) {
    if let version {
      self = version.major < 2 ? .keras1 : version.major == 2 ? .keras2 : .keras3
      return
    }
    var search = Markers()
    search.visit(config)
    // Neither: Keras records its version since 1.0.7, so that a file without one is Keras 1's.
    self = search.isKeras3 ? .keras3 : search.isKeras2 ? .keras2 : .keras1
  }

  private struct Markers {
    var isKeras3 = false
    var isKeras2 = false

    mutating func visit(_ value: JSONValue) {
      switch value {
      case .array(let elements): elements.forEach { visit($0) }
      case .object(let members):
        if members["batch_shape"] != nil || members["registered_name"] != nil { isKeras3 = true }
        if members["kernel_initializer"] != nil || members["units"] != nil { isKeras2 = true }
        members.values.forEach { visit($0) }
      default: break
      }
    }
  }
}
