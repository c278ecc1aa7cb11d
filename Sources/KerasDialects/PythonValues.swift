import StrictJSON

extension JSONValue {
  /// The value with lists where a SavedModel's metadata has Python's tuples and TensorFlow's
  /// shapes, which no other container of Keras 2 has.
  /// tf_keras/src/saving/legacy/saved_model/json_utils.py
  var withPlainLists: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.withPlainLists))
    case .object(let members):
      if let items = members["items"]?.array,
        members["class_name"] == "__tuple__" || members["class_name"] == "TensorShape"
      {
        return .array(items.map(\.withPlainLists))
      }
      return .object(members.mapValues(\.withPlainLists))
    default: return self
    }
  }
}
