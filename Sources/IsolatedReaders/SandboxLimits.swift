/// What of a worker's limits depends on what it does.
struct SandboxLimits: Hashable {
  let processorSeconds: UInt64
  /// What it may grant itself later.
  let mostProcessorSeconds: UInt64
  let spoolBytes: UInt64
  let fileCount: Int

  /// Those of one that reads a source.
  init(sourceBytes: UInt64, fileCount: Int) {
    processorSeconds = ReadingTime.processorSeconds(sourceBytes: sourceBytes, decodedBytes: 0)
    spoolBytes = DecodedLimit.bytes(ofSourceOf: sourceBytes)
    mostProcessorSeconds = ReadingTime.processorSeconds(
      sourceBytes: sourceBytes, decodedBytes: spoolBytes)
    self.fileCount = fileCount
  }

  /// Those of one that lays out a file with these bytes of tensors, which it does not write.
  init(layoutOf tensorBytes: UInt64, requestBytes: UInt64) {
    processorSeconds = LayoutTime.processorSeconds(requestBytes: requestBytes)
    mostProcessorSeconds = processorSeconds
    let (sum, overflow) = tensorBytes.addingReportingOverflow(2 * LayoutLimit.skeletonBytes)
    spoolBytes = overflow ? .max : sum
    fileCount = 0
  }
}
