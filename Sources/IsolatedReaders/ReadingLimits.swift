/// How much may be decoded from a source.
enum DecodedLimit {
  /// As much as one dataset alone may declare: 4 GiB, or 1000 times the source.
  static func bytes(ofSourceOf sourceBytes: UInt64) -> UInt64 {
    let (product, overflow) = sourceBytes.multipliedReportingOverflow(by: 1000)
    return max(4 << 30, overflow ? .max : product)
  }
}

/// How long reading may take. Real models take a hundredth of it, but for those of 100,000
/// variables.
enum ReadingTime {
  /// What a worker may take of the processor: 20 s, 1 s for 100 MB of source, 1 s for 20 MB
  /// decoded.
  static func processorSeconds(sourceBytes: UInt64, decodedBytes: UInt64) -> UInt64 {
    20 + sourceBytes / 100_000_000 + decodedBytes / 20_000_000
  }

  /// What the parent waits, by the clock on the wall: the reader's patience, and what a slow disk
  /// takes.
  static func wait(
    _ patience: Duration, sourceBytes: UInt64, decodedBytes: UInt64
  ) -> Duration {
    patience + .seconds(sourceBytes / 20_000_000) + .seconds(decodedBytes / 10_000_000)
  }
}

/// How much of a file that is laid out is not tensors.
enum LayoutLimit {
  /// It is held in memory. A hundred thousand layers take a fifth of it.
  static let skeletonBytes: UInt64 = 256 << 20
}

/// How long laying out a file may take.
enum LayoutTime {
  /// What a worker may take of the processor: 20 s, and 1 s for 100 kB of what is asked for.
  static func processorSeconds(requestBytes: UInt64) -> UInt64 { 20 + requestBytes / 100_000 }

  /// What the parent waits, by the clock on the wall.
  static func wait(_ patience: Duration, requestBytes: UInt64) -> Duration {
    patience + .seconds(requestBytes / 50_000)
  }
}
