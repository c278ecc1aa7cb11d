import StrictJSON

/// Reads the JSON that describes a model: in an attribute, or a member of an archive.
enum ConfigText {
  /// No Keras nests models so deep; parsers that recurse fail somewhere beyond.
  static let depthLimit = 128

  /// - Parameters:
  ///   - bytes: the whole text.
  ///   - location: what to call it in messages.
  ///   - intact: how many of the model's tensors can be read without it.
  static func parse(
    _ bytes: [UInt8], at location: String, intact: Int
  ) throws(KerasFormatError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsing: bytes, depthLimit: depthLimit)
    } catch {
      throw .malformed(
        location: location, expected: "JSON", found: withWeights("\(error)", intact: intact))
    }
  }

  /// Says that the weights are not what is broken.
  static func withWeights(_ defect: String, intact: Int) -> String {
    intact == 0 ? defect : "\(defect) (the file's \(intact) tensors can be read)"
  }
}
