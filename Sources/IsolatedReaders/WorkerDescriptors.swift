/// The descriptors that a worker is born with, besides 0 to 2, which lead nowhere.
enum WorkerDescriptors {
  /// A `WorkerRequest`, as canonical JSON.
  static let request: Int32 = 3
  static let answer: Int32 = 4
  /// The file for what does not lie in the source as it is.
  static let spool: Int32 = 5
  /// The source's files, in its order, from here on.
  static let firstFile: Int32 = 6
}
