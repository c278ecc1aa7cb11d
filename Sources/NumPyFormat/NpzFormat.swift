public import Files
public import Tensors
public import ZipFormat

/// Reads NumPy's archives of arrays, a zip archive of `.npy` files.
/// https://numpy.org/doc/stable/reference/generated/numpy.savez.html
public enum NpzFormat {
  private static let suffix = ".npy"

  /// Whether an archive has arrays in it.
  public static func isNpz(_ archive: ZipArchive) -> Bool {
    archive.members.contains { $0.name.hasSuffix(suffix) }
  }

  /// Finds the archive's arrays: the variables, in its order, each under its member's name
  /// without `.npy`. What is stored as a tensor's bytes are stays where it is, with the CRC-32 of
  /// its member to be checked; what is deflated, big-endian or in Fortran order goes to the spool,
  /// checked. An array in Fortran order takes as much memory as it has bytes.
  ///
  /// - Parameter file: the place of the archive's file in the source.
  /// - Throws: `NumPyError`, `ZipError`, and what the spool throws.
  public static func snapshot(
    of archive: ZipArchive, file: Int, spool: Spool
  ) throws -> ModelSnapshot {
    guard isNpz(archive) else { throw NumPyError.notNpz }
    var reading = Reading(decoder: ArrayDecoder(archive: archive, spool: spool), file: file)
    for member in archive.members where !member.isFolder { try reading.take(member) }
    return reading.snapshot
  }

  /// An archive being read.
  private struct Reading {
    let decoder: ArrayDecoder
    let file: Int
    var snapshot = ModelSnapshot(format: .npz)

    mutating func take(_ member: ZipMember) throws {
      let head = try decoder.archive.leadingBytes(of: member, count: ArrayHeader.longest)
      guard member.name.hasSuffix(suffix), head.starts(with: ArrayHeader.magic) else {
        if isPickle(member, head: head) {
          find(.pickle, member, "Python objects")
        } else {
          find(.unreadDataset, member, "no array of NumPy")
        }
        return
      }
      let header = try ArrayHeader(head, location: member.name)
      switch header.elements {
      case .numbers(let dtype, let isBigEndian):
        try take(member, header: header, dtype: dtype, isBigEndian: isBigEndian)
      case .objects: find(.pickle, member, "an array of Python objects")
      case .other: find(.unreadDataset, member, "an array of \(header.description)")
      }
    }

    private mutating func find(_ kind: Finding.Kind, _ member: ZipMember, _ detail: String) {
      snapshot.findings.append(Finding(kind: kind, location: member.name, detail: detail))
    }

    /// By the name, or by how pickles of protocol 2 and later begin.
    private func isPickle(_ member: ZipMember, head: [UInt8]) -> Bool {
      let name = member.name.lowercased()
      let isMarked = head.count > 1 && head[0] == 0x80 && (2...5).contains(head[1])
      return isMarked || name.hasSuffix(".pkl") || name.hasSuffix(".pickle")
    }

    private mutating func take(
      _ member: ZipMember, header: ArrayHeader, dtype: DType, isBigEndian: Bool
    ) throws {
      let path = String(member.name.dropLast(suffix.count))
      guard !path.isEmpty, !path.hasSuffix("/") else {
        throw NumPyError.malformed(
          location: member.name, expected: "a name before \(suffix)", found: "none")
      }
      let byteCount = try byteCount(of: member, header: header, dtype: dtype)
      let isSwapped = isBigEndian && dtype.byteWidth > 1
      let bytes: TensorBytes
      if member.isStored && !isSwapped && !header.isTurned {
        bytes = try inPlace(member, header: header, byteCount: byteCount)
      } else {
        bytes = .decoded(
          try decoder.decode(
            member, header: header, dtype: dtype, isBigEndian: isBigEndian, byteCount: byteCount))
      }
      snapshot.variables.append(
        Variable(
          path: path, containerPath: path, role: .weight, dtype: dtype, shape: header.shape,
          bytes: bytes))
    }

    private func byteCount(
      of member: ZipMember, header: ArrayHeader, dtype: DType
    ) throws(NumPyError) -> Int {
      let found = member.byteCount - min(member.byteCount, UInt64(header.byteCount))
      guard let byteCount = header.shape.byteCount(of: dtype) else {
        throw .malformed(
          location: member.name, expected: "a shape of fewer than 2^63 bytes",
          found: "\(header.shape)")
      }
      guard UInt64(byteCount) == found else {
        throw .sizeMismatch(location: member.name, expected: UInt64(byteCount), found: found)
      }
      return byteCount
    }

    /// Records the member's CRC, to be checked by whoever reads the bytes.
    private mutating func inPlace(
      _ member: ZipMember, header: ArrayHeader, byteCount: Int
    ) throws(NumPyError) -> TensorBytes {
      guard
        let data = member.data.slice(at: UInt64(header.byteCount), byteCount: UInt64(byteCount)),
        let extent = ByteExtent(offset: data.offset, length: data.byteCount),
        let whole = ByteExtent(offset: member.data.offset, length: member.data.byteCount)
      else {
        throw .sizeMismatch(
          location: member.name, expected: UInt64(byteCount), found: member.data.byteCount)
      }
      snapshot.checksums.append(
        Checksum(
          algorithm: .crc32, value: member.crc32, file: file, extent: whole, name: member.name))
      return .source(file: file, extent)
    }
  }
}
