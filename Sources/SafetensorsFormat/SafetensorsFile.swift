public import Files
public import Tensors

/// Reads safetensors files: a length, a JSON header, and the tensors' bytes.
/// https://github.com/huggingface/safetensors#format
public enum SafetensorsFile {
  /// The longest header that is read. The format allows 100 MB
  /// (https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs), which would
  /// take ten times as much memory; these describe 150,000 tensors.
  public static let headerByteCountLimit: UInt64 = 16 << 20

  /// Whether a file begins as one: the length of a header, less than 4 GiB, and its brace. No
  /// pickle that Python writes does; one that was made to is a finding of `snapshot`.
  public static func isSafetensors(_ head: FileSlice) -> Bool {
    // A file that is too short or cannot be read is none either.
    guard let start = try? head.bytes(at: 0, count: 9) else { return false }
    return start[4..<8].allSatisfy { $0 == 0 } && start[8] == UInt8(ascii: "{")
  }

  /// Finds the tensors of a file, in the order of their bytes. Of `__metadata__`, what says who
  /// wrote it becomes the producers: `format`, the library whose tensors they were (`pt`, `tf`,
  /// `np`, `flax`, `mlx`), and the versions of libraries that some add.
  ///
  /// - Parameter place: the file's place in the source.
  public static func snapshot(
    of file: FileSlice, place: Int
  ) throws(SafetensorsError) -> ModelSnapshot {
    let header = try Header(of: file)
    return ModelSnapshot(
      format: .safetensors, producers: header.producers,
      variables: try header.variables(place: place), findings: try Polyglot.findings(in: file))
  }
}
