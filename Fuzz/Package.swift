// swift-tools-version: 6.1
import PackageDescription

// The readers are built here a second time, instrumented for libFuzzer, from the sources of the
// package above this one: `Readers` leads there. Each is a target as in that package.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What is not public is there for the fuzzers as well.
let testable: [SwiftSetting] = [.unsafeFlags(["-enable-testing"])]

/// A target of the package above.
func reader(
  _ name: String, _ dependencies: [Target.Dependency] = [], swift: [SwiftSetting] = [],
  linking: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Readers/\(name)", swiftSettings: strict + swift,
    linkerSettings: linking)
}

/// One executable a reader, in `Targets`, and what several of them share beside it.
func fuzzer(_ name: String, in folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: ["Harness"] + dependencies, path: "Targets/\(folder)",
    swiftSettings: strict)
}

let package = Package(
  name: "fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")
  ],
  targets: [
    .systemLibrary(name: "CHDF5", path: "Readers/CHDF5"),
    .systemLibrary(name: "CISAL", path: "Readers/CISAL"),
    .systemLibrary(name: "CLinux", path: "Readers/CLinux"),
    .systemLibrary(name: "COpenSSL", path: "Readers/COpenSSL", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CSandbox", path: "Readers/CSandbox", pkgConfig: "libseccomp"),
    .systemLibrary(name: "CZlib", path: "Readers/CZlib"),
    .systemLibrary(name: "CZstd", path: "Readers/CZstd"),
    .systemLibrary(name: "CMemory", path: "CMemory"),
    reader("Checksums", ["CISAL"]),
    reader("StrictJSON"),
    reader("Files", ["CLinux"]),
    reader("Tensors", ["StrictJSON"]),
    reader("TensorCodec", ["CZstd"]),
    reader("Digests", ["COpenSSL"]),
    // How a pack is laid out is not public.
    reader(
      "ContentStore", ["CLinux", "Checksums", "Digests", "Files", "TensorCodec"], swift: testable),
    reader("TensorFlowGraph", ["Tensors"]),
    reader("ZipFormat", ["CZlib", "Checksums", "Files"]),
    reader("NumPyFormat", ["Files", "Tensors", "ZipFormat"]),
    reader("SafetensorsFormat", ["Files", "StrictJSON", "Tensors"]),
    reader(
      "TensorFlowFormat",
      [
        "Checksums", "Files", "StrictJSON", "TensorFlowGraph", "Tensors",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    reader("HDF5Format", ["CHDF5", "Files", "Tensors"], linking: [.linkedLibrary("hdf5_serial")]),
    reader("KerasFormat", ["HDF5Format", "StrictJSON", "TensorFlowFormat", "Tensors"]),
    // Not readers, but a configuration of others is what they read.
    reader("KerasDialects", ["StrictJSON", "Tensors"]),
    reader("KerasGraph", ["KerasDialects", "StrictJSON", "TensorFlowGraph", "Tensors"]),
    // What a worker does is not public, but is fuzzed whole.
    reader(
      "IsolatedReaders",
      [
        "CSandbox", "Files", "HDF5Format", "KerasFormat", "NumPyFormat", "SafetensorsFormat",
        "StrictJSON", "TensorFlowFormat", "Tensors", "ZipFormat",
      ], swift: testable),

    .target(
      name: "Harness", dependencies: ["CMemory", "Checksums", "Files", "Tensors"],
      path: "Harness", swiftSettings: strict),
    .target(
      name: "BundleReading", dependencies: ["Files", "Harness", "TensorFlowFormat", "Tensors"],
      path: "BundleReading", swiftSettings: strict),
    .target(
      name: "TreeReading", dependencies: ["HDF5Format", "Harness", "Tensors"],
      path: "TreeReading", swiftSettings: strict),

    fuzzer("json", in: "JSON", ["StrictJSON"]),
    fuzzer("zip", in: "Zip", ["ZipFormat"]),
    fuzzer("npz", in: "Npz", ["NumPyFormat", "ZipFormat"]),
    fuzzer("npy", in: "Npy", ["NumPyFormat", "ZipFormat"]),
    fuzzer("safetensors", in: "Safetensors", ["SafetensorsFormat"]),
    fuzzer("safetensors-index", in: "SafetensorsIndex", ["Files", "SafetensorsFormat"]),
    fuzzer("bundle", in: "Bundle", ["BundleReading"]),
    fuzzer("bundle-entries", in: "BundleEntries", ["BundleReading"]),
    fuzzer("checkpoint-state", in: "CheckpointState", ["TensorFlowFormat"]),
    fuzzer("saved-model", in: "SavedModel", ["KerasFormat", "TensorFlowFormat", "Tensors"]),
    fuzzer("saved-model-text", in: "SavedModelText", ["TensorFlowFormat"]),
    fuzzer(
      "object-graph", in: "ObjectGraph", ["Files", "KerasFormat", "TensorFlowFormat", "Tensors"]),
    fuzzer("names", in: "Names", ["KerasFormat", "Tensors"]),
    fuzzer(
      "keras-config", in: "KerasConfig",
      ["HDF5Format", "KerasFormat", "StrictJSON", "TreeReading"]),
    fuzzer(
      "keras-tree", in: "KerasTree", ["HDF5Format", "KerasFormat", "Tensors", "TreeReading"]),
    fuzzer("graph", in: "Graph", ["KerasGraph", "StrictJSON", "Tensors"]),
    fuzzer("codec", in: "Codec", ["TensorCodec"]),
    fuzzer("pack", in: "Pack", ["ContentStore", "Digests", "Files", "TensorCodec"]),
    fuzzer("source", in: "Source", ["Files", "IsolatedReaders", "StrictJSON", "Tensors"]),
    fuzzer("answer", in: "Answer", ["IsolatedReaders", "StrictJSON", "Tensors"]),
  ]
)
