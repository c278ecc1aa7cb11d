import Testing

@testable import HDF5Format

/// Every array of up to three axes of up to four elements, with every chunk and several targets.
@Suite struct SlabsTests {
  struct Case: CustomTestStringConvertible {
    let rank: Int
    let target: Int
    var testDescription: String { "rank \(rank), \(target) bytes" }
  }

  static let cases = (1...3).flatMap { rank in
    [1, 2, 6, 12, 1000].map { Case(rank: rank, target: $0) }
  }

  private func tuples(of rank: Int, upTo limit: Int) -> [[Int]] {
    guard rank > 0 else { return [[]] }
    return tuples(of: rank - 1, upTo: limit).flatMap { rest in (1...limit).map { rest + [$0] } }
  }

  /// The C-order indices of a slab's elements, in the slab's own order.
  private func indices(of slab: Slabs.Slab, in dimensions: [Int]) -> [Int] {
    var result = [0]
    for (axis, dimension) in dimensions.enumerated() {
      let range = slab.start[axis]..<slab.start[axis] + slab.count[axis]
      result = result.flatMap { index in range.map { index * dimension + $0 } }
    }
    return result
  }

  @Test(arguments: cases)
  func slabsFollowEachOtherInCOrder(_ test: Case) {
    for dimensions in tuples(of: test.rank, upTo: 4) {
      for chunk in tuples(of: test.rank, upTo: 5) {
        let slabs = Slabs(dimensions: dimensions, chunk: chunk, width: 2, target: test.target)
        let visited = slabs.flatMap { indices(of: $0, in: dimensions) }
        #expect(visited == Array(0..<dimensions.reduce(1, *)), "\(dimensions) by \(chunk)")
      }
    }
  }

  @Test(arguments: cases)
  func slabsAreMadeOfWholeChunks(_ test: Case) {
    for dimensions in tuples(of: test.rank, upTo: 4) {
      for chunk in tuples(of: test.rank, upTo: 5) {
        let slabs = Slabs(dimensions: dimensions, chunk: chunk, width: 2, target: test.target)
        for slab in slabs {
          for axis in dimensions.indices {
            let end = slab.start[axis] + slab.count[axis]
            #expect(slab.start[axis] % chunk[axis] == 0)
            #expect(end % chunk[axis] == 0 || end == dimensions[axis])
          }
        }
      }
    }
  }

  @Test(arguments: cases)
  func noSlabIsLargerThanItSays(_ test: Case) throws {
    for dimensions in tuples(of: test.rank, upTo: 4) {
      for chunk in tuples(of: test.rank, upTo: 5) {
        let slabs = Slabs(dimensions: dimensions, chunk: chunk, width: 2, target: test.target)
        let largest = slabs.map { $0.count.reduce(2, *) }.max()
        #expect(slabs.slabBytes == largest)
        if chunk.allSatisfy({ $0 == 1 }) { #expect(try #require(largest) <= max(2, test.target)) }
      }
    }
  }

  @Test func aSizeThatDoesNotFitIsNoSize() {
    let half = Int.max / 2
    let slabs = Slabs(dimensions: [half, half], chunk: [half, half], width: 8, target: 1 << 20)
    #expect(slabs.slabBytes == nil)
  }
}
