/// A version of Keras as files record it: `3.15.1`, `2.2.4-tf`.
struct KerasVersion: Hashable {
  let major: Int
  let minor: Int
  /// 0 when the text has none.
  let patch: Int
  /// Whether tf.keras marked it as its own.
  let isMarkedAsTensorFlow: Bool

  /// `nil` when the text does not begin with two numbers.
  init?(_ text: String) {
    let numbers = text.prefix { $0.isASCIIDigit || $0 == "." }.split(separator: ".")
    guard numbers.count >= 2, let major = Int(numbers[0]), let minor = Int(numbers[1]) else {
      return nil
    }
    self.major = major
    self.minor = minor
    patch = numbers.count > 2 ? Int(numbers[2]) ?? 0 : 0
    isMarkedAsTensorFlow = text.hasSuffix("-tf")
  }
}
