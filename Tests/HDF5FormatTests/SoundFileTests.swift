import Digests
import Files
import HDF5Format
import StrictJSON
import Tensors
import Testing

/// What reads HDF5 in the tests' own process: one after another, because libhdf5 may have been built
/// without locks.
@Suite(.serialized) enum ReadingHere {}

extension ReadingHere {
  @Suite struct SoundFiles {
    @Test func theFixturesAreThere() {
      #expect(Fixture.all.count >= 7)
    }

    @Test(arguments: Fixture.all)
    func hasTheDatasetsThatH5pySees(_ fixture: Fixture) throws {
      let found = try fixture.tree().allDatasets().mapValues { dataset in
        [
          "elements": .string(dataset.elements.word), "storage": .string(dataset.storage.word),
          "shape": .array(dataset.shape.dimensions.map { .integer($0) }),
        ] as JSONValue
      }
      let expected = fixture.datasets.mapValues { json in
        ["elements": json["elements"], "storage": json["storage"], "shape": json["shape"]]
          .compactMapValues(\.self)
      }
      #expect(Set(found.keys) == Set(expected.keys))
      for (path, dataset) in expected {
        #expect(found[path] == .object(dataset), "\(path)")
      }
    }

    @Test(arguments: Fixture.all)
    func hasTheElementsThatH5pyReads(_ fixture: Fixture) throws {
      let file = try fixture.open()
      let hdf5 = try HDF5File(file.slice())
      for (path, dataset) in try hdf5.tree().allDatasets() {
        guard let digest = fixture.datasets[path]?["sha256"]?.string else { continue }
        var hasher = SHA256()
        var count = 0
        switch dataset.storage {
        case .contiguous(let extent):
          count = Int(extent.length)
          let bytes = try file.bytes(at: extent.offset, count: count)
          bytes.withUnsafeBytes { hasher.update($0) }
        case .encoded:
          try hdf5.decode(path) { piece in
            #expect(piece.count <= HDF5Limits.pieceBytes)
            hasher.update(piece)
            count += piece.count
          }
        case .none: Issue.record("\(path) has elements, and no storage")
        }
        #expect(hasher.finish().hex == digest, "\(path)")
        #expect(count == fixture.datasets[path]?["byteCount"]?.integer, "\(path)")
      }
    }

    @Test(arguments: Fixture.all)
    func decodesWhatIsContiguousToTheSameElements(_ fixture: Fixture) throws {
      let file = try fixture.open()
      let hdf5 = try HDF5File(file.slice())
      for (path, dataset) in try hdf5.tree().allDatasets() {
        guard case .contiguous = dataset.storage else { continue }
        var hasher = SHA256()
        try hdf5.decode("/" + path) { hasher.update($0) }
        #expect(hasher.finish().hex == fixture.datasets[path]?["sha256"]?.string, "\(path)")
      }
    }

    @Test(arguments: Fixture.all)
    func hasTheAttributesThatH5pyReads(_ fixture: Fixture) throws {
      let found = try fixture.tree().allAttributes()
      #expect(Set(found.keys) == Set(fixture.attributes.keys))
      for (path, expected) in fixture.attributes {
        #expect(.object(found[path]?.mapValues(\.json) ?? [:]) == expected, "\(path)")
      }
    }
  }
}
