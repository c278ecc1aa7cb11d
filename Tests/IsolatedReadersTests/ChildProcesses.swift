import Foundation

/// What /proc says of processes.
enum ChildProcesses {
  /// The numbers of all processes that descend from one.
  static func descendants(of process: Int32) -> [Int32] {
    let tasks =
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    let children = tasks.flatMap { task -> [Int32] in
      let path = "/proc/\(process)/task/\(task)/children"
      // A thread that has ended has no children.
      return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
        .compactMap { Int32($0) }
    }
    return children + children.flatMap(descendants)
  }

  /// The lines of a process' status by their names; none when it is gone.
  static func status(of process: Int32) -> [String: String] {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let pairs = status.split(separator: "\n").compactMap { line -> (String, String)? in
      let parts = line.split(separator: ":", maxSplits: 1)
      return parts.count == 2
        ? (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)) : nil
    }
    return Dictionary(pairs) { _, last in last }
  }

  /// Where the descriptors of a process lead; `nil` when we may not know.
  static func descriptors(of process: Int32) -> [String: String]? {
    let folder = "/proc/\(process)/fd"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return nil
    }
    let pairs = names.compactMap { name in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))
        .map { (name, $0) }
    }
    return Dictionary(pairs) { _, last in last }
  }
}
