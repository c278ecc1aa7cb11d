// swift-tools-version: 6.1
import PackageDescription

// What coding of tensors saves and costs, apart from all else. `Library` leads to the sources of the
// package above, so that no more of it than the codec has to be built.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "codec",
  targets: [
    .systemLibrary(name: "CZstd", path: "Library/CZstd"),
    .target(
      name: "TensorCodec", dependencies: ["CZstd"], path: "Library/TensorCodec",
      swiftSettings: strict),
    .executableTarget(
      name: "codec", dependencies: ["TensorCodec"], path: "Codec", swiftSettings: strict),
  ]
)
