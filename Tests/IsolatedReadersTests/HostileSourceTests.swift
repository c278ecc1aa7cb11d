import Files
import Foundation
import IsolatedReaders
import StrictJSON
import Tensors
import Testing

@Suite struct HostileSources {
  struct Attack: CustomTestStringConvertible, Sendable {
    let name: String
    /// The rejection's code; empty for a file that is to be read.
    let code: String
    var testDescription: String { name }
  }

  static let attacks: [Attack] = {
    guard let text = try? Workshop.bytes(of: "hostile.json"),
      let codes = try? JSONValue(parsing: text).object
    else { return [] }
    return codes.sorted { $0.key < $1.key }.map { Attack(name: $0, code: $1.string ?? "?") }
  }()

  @Test func theAttacksAreThere() {
    #expect(Self.attacks.map(\.name) == Workshop.files(in: "hostile"))
    #expect(Self.attacks.count > 25)
  }

  @Test(arguments: attacks, Way.allCases)
  func isRejectedForWhatItIs(_ attack: Attack, _ way: Way) throws {
    let bytes = try Workshop.bytes(of: "hostile/" + attack.name)
    let clock = ContinuousClock()
    let start = clock.now
    let error = try Workshop.error(reading: bytes, by: Workshop.reader(way))
    #expect(clock.now - start < .seconds(5))
    guard case .rejected(let rejection) = error else {
      #expect(error == nil && attack.code.isEmpty)
      return
    }
    #expect(rejection.code.rawValue == attack.code)
  }

  @Test(arguments: Workshop.files(in: "crash"), Way.allCases)
  func whatCrashesLibhdf5IsAnErrorAndNoMore(_ name: String, _ way: Way) throws {
    let error = try Workshop.error(
      reading: Workshop.bytes(of: "crash/" + name),
      by: Workshop.reader(way, patience: .seconds(1)))
    switch error {
    case .crashed, .timedOut, .rejected: break
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func truncatedAnywhereItIsNotRead() throws {
    var generator = SeededGenerator(seed: 64)
    for name in ["latest.h5", "userblock-512.h5"] {
      let bytes = try Workshop.bytes(of: name)
      for _ in 0..<32 {
        let length = Int.random(in: 0..<bytes.count, using: &generator)
        let error = try Workshop.error(
          reading: Array(bytes.prefix(length)), by: Workshop.reader(.started))
        switch error {
        case .rejected(let rejection): #expect(rejection.code == .truncated, "\(length) bytes")
        case .notAModel: #expect(length < 600)
        default: Issue.record("\(length) bytes: \(String(describing: error))")
        }
      }
    }
  }

  /// As libFuzzer does it, but for the parent: whatever becomes of the worker, an error is thrown
  /// or what comes back is consistent.
  @Test func mutatedAnywhereItNeverHarmsTheParent() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("mutations are seeded with \(seed)")
    var generator = SeededGenerator(seed: seed)
    var outcomes: [String: Int] = [:]
    for round in 0..<300 {
      let name = ["latest.h5", "userblock-512.h5", "damaged-attribute.h5"][round % 3]
      var bytes = try Workshop.bytes(of: name)
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] =
          Bool.random(using: &generator)
          ? [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
          : UInt8.random(in: 0...255, using: &generator)
      }
      let way: Way = round.isMultiple(of: 2) ? .started : .forked
      let error = try Workshop.error(
        reading: bytes, by: Workshop.reader(way, patience: .seconds(1)))
      outcomes[outcome(error), default: 0] += 1
      if case .malformedAnswer(let defect) = error { Issue.record("\(seed), \(round): \(defect)") }
    }
    print("outcomes: \(outcomes)")
  }

  private func outcome(_ error: ReaderError?) -> String {
    switch error {
    case nil: "read"
    case .notAModel: "not a model"
    case .rejected(let rejection): rejection.code.rawValue
    case .crashed(let signal): "signal \(signal)"
    case .timedOut: "timed out"
    case .malformedAnswer: "malformed answer"
    }
  }
}
