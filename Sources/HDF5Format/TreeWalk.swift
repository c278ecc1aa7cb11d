import CHDF5

/// Walks down the hard links of a file, within limits.
struct TreeWalk {
  let byteCount: UInt64
  private var attributes = AttributeReader()
  private var seenGroups: Set<ObjectIdentity> = []
  private var linkCount = 0

  init(byteCount: UInt64) { self.byteCount = byteCount }

  mutating func tree(of file: borrowing Handle) throws(HDF5Error) -> HDF5Group {
    let root = try Handle(
      H5Gopen2(file.id, "/", chdf5_default_properties()), "H5Gopen2", at: "/", closedBy: H5Gclose)
    return try group(root, try ObjectInfo(root, at: "/"), path: "", depth: 0)
  }

  /// The path is empty for the root. Recurses, but no deeper than `HDF5Limits.depth`.
  private mutating func group(
    _ group: borrowing Handle, _ info: ObjectInfo, path: String, depth: Int
  ) throws(HDF5Error) -> HDF5Group {
    let location = path.isEmpty ? "/" : path
    guard seenGroups.insert(info.identity).inserted else {
      throw .unsafeLink(location: location, .sharedGroup)
    }
    guard depth <= HDF5Limits.depth else {
      throw limit(.depth, HDF5Limits.depth, found: depth, at: location)
    }
    var result = HDF5Group(attributes: try attributes.read(of: group, info, at: location))
    var names: Set<String> = []
    for link in try links(of: group, at: location) {
      let name = try link.validatedName(in: path)
      let childPath = path + "/" + name
      guard names.insert(name).inserted else { throw .repeatedName(location: childPath) }
      let child = try Handle(
        H5Oopen(group.id, name, chdf5_default_properties()), "H5Oopen", at: childPath,
        closedBy: H5Oclose)
      let info = try ObjectInfo(child, at: childPath)
      switch info.type {
      case H5O_TYPE_GROUP:
        result.groups[name] = try self.group(child, info, path: childPath, depth: depth + 1)
      case H5O_TYPE_DATASET: result.datasets[name] = try dataset(child, info, path: childPath)
      case H5O_TYPE_NAMED_DATATYPE: break
      default: throw .unknownObject(location: childPath)
      }
    }
    return result
  }

  private mutating func dataset(
    _ handle: borrowing Handle, _ info: ObjectInfo, path: String
  ) throws(HDF5Error) -> HDF5Dataset {
    let header = try DatasetHeader(handle, at: path)
    return HDF5Dataset(
      elements: header.type.elements, shape: header.shape,
      storage: try header.storage(of: handle, inFileOf: byteCount),
      attributes: try attributes.read(of: handle, info, at: path))
  }

  /// The links of a group, of every kind.
  private mutating func links(
    of group: borrowing Handle, at path: String
  ) throws(HDF5Error) -> [Link] {
    var found = LinkList(room: HDF5Limits.objects - linkCount)
    let status = withUnsafeMutablePointer(to: &found) { found in
      chdf5_iterate_links(
        group.id,
        { _, name, info, context in
          guard let name, let info, let context else { return -1 }
          return context.assumingMemoryBound(to: LinkList.self).pointee
            .append(Link(name: String(validatingCString: name), kind: info.pointee.type))
        }, found)
    }
    try checked(status, "H5Literate", at: path)
    guard status == 0 else {
      throw limit(.objects, HDF5Limits.objects, found: HDF5Limits.objects + 1, at: path)
    }
    linkCount += found.links.count
    return found.links
  }

}

/// An error that a limit was passed.
func limit(
  _ limit: HDF5Error.Limit, _ allowed: Int, found: Int, at location: String
) -> HDF5Error {
  .limitExceeded(location: location, limit, allowed: UInt64(allowed), found: UInt64(found))
}

private struct Link {
  /// `nil` when it is not UTF-8.
  let name: String?
  let kind: H5L_type_t

  /// The name of a hard link, by which libhdf5 finds that link and no other.
  func validatedName(in path: String) throws(HDF5Error) -> String {
    switch kind {
    case H5L_TYPE_HARD: break
    case H5L_TYPE_SOFT: throw .unsafeLink(location: path + "/" + (name ?? ""), .softLink)
    case H5L_TYPE_EXTERNAL: throw .unsafeLink(location: path + "/" + (name ?? ""), .externalLink)
    default: throw .unsafeLink(location: path + "/" + (name ?? ""), .userDefinedLink)
    }
    guard let name, !name.isEmpty, name != ".", !name.utf8.contains(UInt8(ascii: "/")) else {
      throw .badName(location: path + "/")
    }
    let pathBytes = path.utf8.count + 1 + name.utf8.count
    guard pathBytes <= HDF5Limits.pathBytes else {
      throw limit(.pathBytes, HDF5Limits.pathBytes, found: pathBytes, at: path)
    }
    return name
  }
}

private struct LinkList {
  var links: [Link] = []
  let room: Int

  init(room: Int) { self.room = room }

  /// What libhdf5's iteration wants: 0 to go on, 1 to stop.
  mutating func append(_ link: Link) -> herr_t {
    guard links.count < room else { return 1 }
    links.append(link)
    return 0
  }
}

/// What tells an object from the others in its file.
private struct ObjectIdentity: Hashable {
  let first: UInt64
  let second: UInt64
}

/// What an object is.
struct ObjectInfo {
  let type: H5O_type_t
  let attributeCount: UInt64
  fileprivate let identity: ObjectIdentity

  init(_ object: borrowing Handle, at location: String) throws(HDF5Error) {
    var info = chdf5_object_info()
    try checked(chdf5_get_object_info(object.id, &info), "H5Oget_info", at: location)
    type = info.type
    attributeCount = info.attribute_count
    identity = ObjectIdentity(first: info.identity.0, second: info.identity.1)
  }
}
