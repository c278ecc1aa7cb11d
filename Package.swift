// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Debian's shared libhdf5 brings thirty libraries along (curl and Kerberos among them), and loading
// those is half of a program start. The archive beside it needs two.
let hdf5Archive = ["x86_64", "aarch64"]
  .map { "/usr/lib/\($0)-linux-gnu/hdf5/serial/libhdf5.a" }
  .first { FileManager.default.fileExists(atPath: $0) }
let hdf5: [LinkerSetting] =
  hdf5Archive.map { [.unsafeFlags([$0]), .linkedLibrary("sz"), .linkedLibrary("z")] }
  ?? [.linkedLibrary("hdf5_serial")]

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// Arrows go up this list only: a target depends on targets above it, never below.
let package = Package(
  name: "registry",
  products: [
    .executable(name: "registry", targets: ["registry"]),
    .library(name: "ModelRegistry", targets: ["ModelRegistry", "IsolatedReaders"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // Foreign libraries: module maps and what a C macro hides, nothing else.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CHDF5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "CSandbox", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),

    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    // The words everything else is written in.
    .target(name: "Digests", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(name: "Checksums", dependencies: ["CISAL"], swiftSettings: strict),
    .target(name: "StrictJSON", swiftSettings: strict),
    .target(name: "Files", dependencies: ["CLinux"], swiftSettings: strict),
    .target(name: "Tensors", dependencies: ["StrictJSON"], swiftSettings: strict),
    .target(name: "TensorFlowGraph", dependencies: ["Tensors"], swiftSettings: strict),

    // What is kept, and the index of it. Neither knows the other.
    .target(name: "TensorCodec", dependencies: ["CZstd"], swiftSettings: strict),
    .target(
      name: "ContentStore",
      dependencies: ["CLinux", "Checksums", "Digests", "Files", "TensorCodec"],
      swiftSettings: strict),
    .target(
      name: "CatalogMigrations", path: "Migrations",
      resources: [
        .embedInCode("0001-versions.sql"), .embedInCode("0002-exports.sql"),
        .embedInCode("0003-blobs.sql"),
      ], swiftSettings: strict),
    .target(
      name: "Catalog",
      dependencies: [
        "CatalogMigrations", "Digests", "Tensors", .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),

    // Formats: bytes of others in, a ModelSnapshot out.
    .target(
      name: "HDF5Format", dependencies: ["CHDF5", "Files", "Tensors"], swiftSettings: strict,
      linkerSettings: hdf5),
    .target(
      name: "ZipFormat", dependencies: ["Checksums", "CZlib", "Files", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "NumPyFormat", dependencies: ["Files", "Tensors", "ZipFormat"], swiftSettings: strict),
    .target(
      name: "SafetensorsFormat", dependencies: ["Files", "StrictJSON", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "TensorFlowFormat",
      dependencies: [
        "Checksums", "Files", "StrictJSON", "TensorFlowGraph", "Tensors",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], swiftSettings: strict),
    .target(
      name: "KerasFormat",
      dependencies: ["HDF5Format", "StrictJSON", "TensorFlowFormat", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "KerasDialects", dependencies: ["StrictJSON", "Tensors"], swiftSettings: strict),
    .target(
      name: "KerasGraph",
      dependencies: ["KerasDialects", "StrictJSON", "TensorFlowGraph", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "ModelExport",
      dependencies: [
        "HDF5Format", "KerasDialects", "KerasFormat", "KerasGraph", "NumPyFormat",
        "SafetensorsFormat", "StrictJSON", "TensorFlowFormat", "TensorFlowGraph", "Tensors",
        "ZipFormat",
      ], swiftSettings: strict),
    .target(
      name: "IsolatedReaders",
      dependencies: [
        "CSandbox", "Files", "HDF5Format", "KerasFormat", "NumPyFormat", "SafetensorsFormat",
        "StrictJSON", "TensorFlowFormat", "Tensors", "ZipFormat",
      ], swiftSettings: strict),

    // The facade, and the command line on it.
    .target(
      name: "ModelRegistry",
      dependencies: [
        "Catalog", "Checksums", "ContentStore", "Digests", "Files", "StrictJSON", "TensorCodec",
        "Tensors",
      ], swiftSettings: strict),
    .target(
      name: "RegistryCommands",
      dependencies: [
        "Catalog", "ContentStore", "Digests", "Files", "HDF5Format", "IsolatedReaders",
        "KerasFormat", "ModelExport", "ModelRegistry", "NumPyFormat", "StrictJSON", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "registry", dependencies: ["IsolatedReaders", "RegistryCommands"],
      swiftSettings: strict),

    .testTarget(
      name: "WordsTests", dependencies: ["Digests", "Files", "StrictJSON", "Tensors"],
      swiftSettings: strict),
    .testTarget(
      name: "TensorCodecTests", dependencies: ["TensorCodec"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "ContentStoreTests",
      dependencies: ["Checksums", "ContentStore", "Digests", "Files", "TensorCodec"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "CatalogTests",
      dependencies: [
        "Catalog", "CatalogMigrations", "Digests", "Tensors",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .testTarget(name: "ChecksumsTests", dependencies: ["Checksums"], swiftSettings: strict),
    .testTarget(
      name: "ZipFormatTests", dependencies: ["Checksums", "Files", "Tensors", "ZipFormat"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "NumPyFormatTests",
      dependencies: ["Checksums", "Files", "NumPyFormat", "StrictJSON", "Tensors", "ZipFormat"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "SafetensorsFormatTests",
      dependencies: ["Files", "SafetensorsFormat", "StrictJSON", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "HDF5FormatTests",
      dependencies: ["Digests", "Files", "HDF5Format", "StrictJSON", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "TensorFlowFormatTests",
      dependencies: [
        "Checksums", "Digests", "Files", "StrictJSON", "TensorFlowFormat", "TensorFlowGraph",
        "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "KerasFormatTests",
      dependencies: ["HDF5Format", "KerasFormat", "StrictJSON", "TensorFlowFormat", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "KerasDialectsTests", dependencies: ["KerasDialects", "StrictJSON", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "KerasGraphTests",
      dependencies: ["KerasGraph", "StrictJSON", "TensorFlowGraph", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "IsolatedReadersTests",
      dependencies: [
        "Files", "HDF5Format", "IsolatedReaders", "StrictJSON", "Tensors", "registry",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelRegistryTests",
      dependencies: [
        "Catalog", "Checksums", "ContentStore", "Digests", "Files", "IsolatedReaders",
        "ModelRegistry", "StrictJSON", "Tensors", "registry",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "RegistryCommandsTests",
      dependencies: [
        "Catalog", "Digests", "ModelRegistry", "RegistryCommands", "StrictJSON", "registry",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
  ]
)
