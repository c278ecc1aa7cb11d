/// The descriptors that a worker is born with, besides 0 to 2, which lead nowhere.
enum WorkerDescriptors {
  static let source: Int32 = 3
  static let answer: Int32 = 4
  static let firstUnused: Int32 = 5
}
