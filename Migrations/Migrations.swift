/// The catalog's schema, one step after another. A step that was shipped is never edited.
public enum Migrations {
  /// Name and SQL of each step, oldest first.
  public static var all: [(name: String, sql: String)] {
    [
      ("0001-versions", text(PackageResources._001_versions_sql)),
      ("0002-exports", text(PackageResources._002_exports_sql)),
      ("0003-blobs", text(PackageResources._003_blobs_sql)),
    ]
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
