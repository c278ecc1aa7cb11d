import Catalog
import Digests
import ModelRegistry
import Testing

/// The bytes of manifests and layouts, pinned. The expected digests come from Fixtures/golden.py,
/// which follows Documentation/Format.md and knows nothing of this code.
@Suite struct GoldenTests {
  @Test func aVersionHasTheIdThatTheFormatSays() throws {
    let bench = try Workbench()
    let registry = try bench.makeRegistry()
    let tensors = [[UInt8](0..<10), [UInt8](200..<250)]
    let path = try bench.write("a.h5", tensors: tensors)
    let report = try registry.commit(path, lengths: tensors.map(\.count), model: "golden") {
      $0.message = "première \"é\"\n"
      $0.tags = ["owner": "ana"]
      $0.metrics = ["loss": "0.250"]
    }
    let version = report.version
    #expect(
      version.weightsID.hex == "b28abb5c72e33affa6db036d9c7a06a598a3601d349b6c995c41cd46d753b068")
    #expect(
      try registry.show(Reference(parsing: "v1")).manifest.layout.hex
        == "1812a8fe8cb03b74a12966c65c11a19bd8a51d1cbe8d91e14766dfbeb119400b")
    #expect(
      version.id.hex == "8007f515fb5b8a4ec72ae08b479e886873a39bac64d2b9413e958d6d45193121")
  }
}
